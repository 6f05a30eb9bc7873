package org.marginsoftmax.run;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.marginsoftmax.backbone.PixelScaling;
import org.marginsoftmax.keras.FineTuning;
import org.marginsoftmax.keras.Inspection;
import org.marginsoftmax.keras.KerasBackbone;
import org.marginsoftmax.keras.LayerRates;
import org.marginsoftmax.npy.NpyFile;
import org.marginsoftmax.savedmodel.SavedModelFolder;

/**
 * What is made of every model of a folder, for {@code check_other_models.py}: FOLDER. One that is
 * refused has its message in {@code refused.txt}; others what {@code embed} answers in {@code
 * embedded.npy}, and what a step of SGD makes of them in {@code steps}. What {@code inspect} has
 * against one is in {@code inspect.txt}, what either warns of in {@code warnings.txt}.
 */
final class OtherModelSteps {
  private OtherModelSteps() {}

  public static void main(String[] args) throws IOException {
    try (Stream<Path> models = Files.list(Path.of(args[0]))) {
      for (Path model :
          models.filter(m -> Files.isDirectory(m.resolve("model"))).sorted().toList()) {
        JsonNode options = new ObjectMapper().readTree(model.resolve("options.json").toFile());
        Files.writeString(
            model.resolve("inspect.txt"), inspected(model.resolve("model"), values(options)));
        Files.writeString(model.resolve("warnings.txt"), "");
        attempt(model, "embed", () -> embed(model, options));
        attempt(model, "train", () -> train(model, options, Path.of(args[0])));
      }
    }
  }

  private static void attempt(Path model, String what, Runnable work) throws IOException {
    String said = "";
    try {
      work.run();
    } catch (IllegalArgumentException e) {
      said = e.getMessage();
    } catch (RuntimeException e) {
      said = "internal failure: " + e;
      e.printStackTrace();
    }
    Files.writeString(model.resolve(what + ".txt"), said);
  }

  /** What inspect warns of, and what train does. */
  private static void warn(Path model, JsonNode options, KerasBackbone backbone) {
    try {
      Files.writeString(
          model.resolve("warnings.txt"),
          "%s\n---\n%s"
              .formatted(
                  String.join(
                      "\n",
                      Inspection.of(SavedModelFolder.read(model.resolve("model")), values(options))
                          .warnings()),
                  String.join("\n", backbone.warnings())));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String inspected(Path model, Map<String, String> values) {
    try {
      return String.join("\n", Inspection.of(SavedModelFolder.read(model), values).obstacles());
    } catch (IllegalArgumentException e) {
      return e.getMessage();
    }
  }

  private static void embed(Path model, JsonNode options) {
    Map<String, Path> inputs = new TreeMap<>();
    inputs.put(options.path("input").asText(), model.resolve("images.npy"));
    Embed.run(
        new EmbedConfig(
            model.resolve("model"),
            inputs,
            null,
            model.resolve("embedded.npy"),
            text(options, "signature"),
            text(options, "output"),
            128,
            null,
            InputConfig.usual(),
            values(options),
            false),
        System.err);
  }

  private static void train(Path model, JsonNode options, Path data) {
    KerasBackbone backbone =
        new KerasBackbone(
            SavedModelFolder.read(model.resolve("model")),
            new FineTuning(
                text(options, "signature"),
                text(options, "output"),
                null,
                options.path("freeze").asText("none"),
                options.path("batch_norm").asBoolean(),
                false,
                null,
                PixelScaling.UNIT,
                LayerRates.SAME,
                values(options)));
    backbone.checkFeatures();
    warn(model, options, backbone);
    boolean arrays = options.path("arrays").asBoolean();
    NpyFile.Floats images =
        NpyFile.readFloats(arrays ? model.resolve("images.npy") : data.resolve("pixels.npy"));
    int[] labels = NpyFile.readLabels(data.resolve("labels.npy")).values();
    NpyFile.Floats centers = NpyFile.readFloats(data.resolve("centers.npy"));
    FineTuningSteps.train(
        backbone,
        FineTuningSteps.head("exact"),
        centers.shape()[0],
        FineTuningSteps.array(centers),
        images,
        labels,
        labels.length,
        options.path("rate").asDouble(),
        model.resolve("steps"));
  }

  private static Map<String, String> values(JsonNode options) {
    Map<String, String> values = new TreeMap<>();
    options
        .path("values")
        .properties()
        .forEach(each -> values.put(each.getKey(), each.getValue().asText()));
    return values;
  }

  private static String text(JsonNode options, String name) {
    return options.path(name).asText(null);
  }
}
