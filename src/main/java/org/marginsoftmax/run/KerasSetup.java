package org.marginsoftmax.run;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintStream;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.backbone.Backbone;
import org.marginsoftmax.data.ImageShape;
import org.marginsoftmax.keras.KerasBackbone;
import org.marginsoftmax.keras.KerasHead;
import org.marginsoftmax.savedmodel.SavedModelFolder;
import org.marginsoftmax.train.Network;

/**
 * What a run takes from Keras models: its backbone, values for options that were left open, and
 * initial class centers.
 */
final class KerasSetup {
  private KerasSetup() {}

  /**
   * The backbone of a run that has not started, after audit and trial if it is a model; null if the
   * data decides.
   *
   * @param tried whether the model was tried before
   * @throws InvalidInputException if there is none, or it cannot be trained like this
   */
  static Backbone trainable(TrainConfig config, RunInputs inputs, boolean tried) {
    KerasConfig keras = config.keras();
    if (keras.initHead() == null && keras.initHeadVariable() != null) {
      throw new InvalidInputException(
          "init head variable: expected a model to find it in, found none for '%s'; name its folder with `init-head`"
              .formatted(keras.initHeadVariable()));
    }
    if (keras.from() == null) {
      refuseWithout(keras);
      return config.backbone().name() == null ? null : config.backbone().backbone();
    }
    if (!BackboneConfig.KERAS.equals(config.backbone().name())) {
      throw new InvalidInputException(
          "backbone: expected that of the Keras model, found '%s' besides; leave `backbone` or `from-keras` out"
              .formatted(config.backbone().name()));
    }
    // The run's own copy was tried before it was taken.
    KerasBackbone backbone = backbone(config, inputs, tried || inputs.keepsKeras());
    backbone.checkFeatures();
    return backbone;
  }

  /** The Keras model as a backbone of a run; it was tried when the run was started. */
  static KerasBackbone backbone(TrainConfig config, RunInputs inputs) {
    return backbone(config, inputs, true);
  }

  private static KerasBackbone backbone(TrainConfig config, RunInputs inputs, boolean tried) {
    return config
        .keras()
        .backbone(
            inputs.savedModel(config.keras()),
            config.backbone().embedding(),
            config.input().asked(),
            config.optimizer().learningRate(),
            tried);
  }

  /** A copy of the configuration with the scaling of the pixels that the model shows. */
  static TrainConfig withScaling(TrainConfig config, KerasBackbone backbone) {
    return config.input().pixels() != null
        ? config
        : config.with(InputConfig.options(config.input().over(backbone.pixels())));
  }

  /** The head whose class centers initialize the run's; null for none. */
  static KerasHead firstHead(KerasConfig keras, RunInputs inputs, int classes) {
    return keras.initHead() == null
        ? null
        : KerasHead.of(
            SavedModelFolder.read(inputs.firstHead(keras)), keras.initHeadVariable(), classes);
  }

  /**
   * A copy of the configuration with margin and scale of the initial head, unless others were asked
   * for.
   */
  static TrainConfig withFirstHead(TrainConfig config, KerasHead first) {
    Set<String> asked = config.head().options().keySet();
    Map<String, Object> found = new LinkedHashMap<>();
    first.margin().ifPresent(margin -> found.put("head.margin", margin));
    first.scale().ifPresent(scale -> found.put("head.scale", scale));
    found.keySet().removeIf(option -> asked.contains(option.substring("head.".length())));
    return config.with(found);
  }

  /** A copy of the network that starts from the class centers of the initial head. */
  static Network withFirstCenters(Network network, KerasHead first) {
    int dimension = network.dimension();
    if (first.dimension() != dimension || network.head().subcenters() != 1) {
      throw new InvalidInputException(
          "init head: expected class centres of size %d, one a class, found %s of size %d for %d a class; choose features that fit, or leave `init-head` out"
              .formatted(
                  dimension, first.variable(), first.dimension(), network.head().subcenters()));
    }
    return network.withCenters(first.centers());
  }

  /** Prints what the model takes and which part of it is trained. */
  static void say(TrainConfig config, Network network, PrintStream progress) {
    if (!(network.backbone() instanceof KerasBackbone backbone)) {
      return;
    }
    progress.printf(
        Locale.ROOT,
        "from %s: input %s%s; features of size %d; %s%n",
        config.keras().from(),
        backbone.input(),
        network.element() instanceof ImageShape ? scaled(backbone, network) : "",
        network.dimension(),
        backbone.trained());
    if (network.precision().rounds()) {
      progress.println(
          "the model itself is trained in float32; `precision` is that of the head, and of a new layer for `embedding`");
    }
    backbone.warnings().forEach(warning -> progress.println("warning: " + warning));
  }

  private static String scaled(KerasBackbone backbone, Network network) {
    return ", pixels in %s; pixels of 0..255 %s"
        .formatted(backbone.input().range(), network.pixels());
  }

  /** Refuses options for a model if no model is given. */
  private static void refuseWithout(KerasConfig keras) {
    JsonNode none = Json.tree(KerasConfig.none());
    List<String> given =
        Json.tree(keras).properties().stream()
            .filter(option -> !option.getValue().equals(none.get(option.getKey())))
            .map(Map.Entry::getKey)
            .filter(name -> !Set.of("init_head", "init_head_variable", "trust").contains(name))
            .map(name -> "`" + OptionNames.of("keras." + name) + "`")
            .toList();
    if (!given.isEmpty()) {
      throw new InvalidInputException(
          "fine-tuning: expected a Keras model, found none for %s; name its folder with `from-keras`"
              .formatted(String.join(", ", given)));
    }
  }
}
