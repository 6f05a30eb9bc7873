package org.marginsoftmax.run;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.marginsoftmax.backbone.Backbone;
import org.marginsoftmax.backbone.BackboneCost;
import org.marginsoftmax.backbone.Backbones;
import org.marginsoftmax.data.ArrayShape;
import org.marginsoftmax.data.Batch;
import org.marginsoftmax.data.ElementSpec;
import org.marginsoftmax.data.ElementStore;
import org.marginsoftmax.data.ImageShape;
import org.marginsoftmax.data.InMemorySamples;
import org.marginsoftmax.layer.GradientMode;
import org.marginsoftmax.layer.InnerProductHead;
import org.marginsoftmax.margin.Margin;
import org.marginsoftmax.npy.NpyFile;
import org.marginsoftmax.train.Checkpoints;
import org.marginsoftmax.train.Device;
import org.marginsoftmax.train.Network;
import org.marginsoftmax.train.Optimizer;
import org.marginsoftmax.train.ScoringGraph;
import org.marginsoftmax.train.TrainingGraph;
import org.marginsoftmax.train.TrainingState;

/**
 * Backbones for {@code check_backbones.py}: FOLDER, which has cases.json. Of each case FOLDER/NAME
 * has samples.npy and labels.npy; it gets checkpoints of the initial values, of those after some
 * steps and after one more, the embeddings of the samples in between, and result.json.
 */
final class BackboneSteps {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int CLASSES = 3;

  /** Until the running statistics are near those of the batch: a deep network explodes before. */
  private static final int WARM = 6;

  private BackboneSteps() {}

  public static void main(String[] args) throws IOException {
    Path folder = Path.of(args[0]);
    for (JsonNode each : JSON.readTree(folder.resolve("cases.json").toFile())) {
      String name = each.get("name").asText();
      System.err.println(name);
      ObjectNode result = run(folder.resolve(name), each);
      JSON.writeValue(folder.resolve(name).resolve("result.json").toFile(), result);
    }
  }

  private static ObjectNode run(Path folder, JsonNode given) {
    NpyFile.Floats samples = NpyFile.readFloats(folder.resolve("samples.npy"));
    int[] labels = NpyFile.readLabels(folder.resolve("labels.npy")).values();
    List<Integer> sizes = Arrays.stream(samples.shape()).skip(1).boxed().toList();
    boolean images = sizes.size() == 3;
    ElementSpec element =
        images ? new ImageShape(sizes.get(0), sizes.get(1), sizes.get(2)) : new ArrayShape(sizes);
    byte[] bytes = bytes(samples.values(), images);
    Map<?, ?> options = JSON.convertValue(given.get("options"), Map.class);
    Map<String, Object> named = new LinkedHashMap<>();
    options.forEach((option, value) -> named.put(option.toString(), value));
    Backbone backbone = Backbones.of(given.get("backbone").asText(), named);
    Network network =
        new Network(
            element,
            backbone,
            new InnerProductHead(new Margin.None(), GradientMode.EXACT, 0),
            CLASSES);
    ObjectNode result = JSON.createObjectNode();
    BackboneCost cost = BackboneCost.of(backbone, sizes.stream().mapToLong(size -> size).toArray());
    result.put("parameters", cost.parameters());
    result.put("multiply_adds", cost.multiplyAdds());
    Batch batch = new Batch(labels.length, bytes, labels, new int[labels.length]);
    try (TrainingGraph graph =
        new TrainingGraph(
            network,
            new Optimizer.Sgd(0, false, 0),
            0,
            given.get("seed").asLong(),
            Device.parse("cpu").session(2))) {
      graph.initialize();
      save(graph, folder, "initial");
      for (int step = 0; step < WARM; step++) {
        graph.step(batch, step, given.get("warm").asDouble(), 1, 1);
      }
      Path before = save(graph, folder, "before");
      embed(network, before, element, bytes, labels, folder.resolve("embeddings.npy"));
      result.put("loss", graph.step(batch, WARM, given.get("rate").asDouble(), 1, 1).loss());
      save(graph, folder, "after");
    }
    return result;
  }

  private static byte[] bytes(float[] values, boolean images) {
    if (!images) {
      ByteBuffer buffer =
          ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.nativeOrder());
      buffer.asFloatBuffer().put(values);
      return buffer.array();
    }
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return bytes;
  }

  private static Path save(TrainingGraph graph, Path folder, String when) {
    Checkpoints checkpoints = new Checkpoints(folder.resolve(when));
    checkpoints.save(graph, new TrainingState(1, 0, 0, 1, 0, 1));
    return checkpoints.variables(1);
  }

  private static void embed(
      Network network, Path variables, ElementSpec element, byte[] bytes, int[] labels, Path to) {
    int each = element.bytes();
    ElementStore store =
        new ElementStore() {
          @Override
          public int count() {
            return labels.length;
          }

          @Override
          public ElementSpec element() {
            return element;
          }

          @Override
          public void copy(int index, byte[] target, int offset) {
            System.arraycopy(bytes, index * each, target, offset, each);
          }

          @Override
          public void update(MessageDigest digest) {
            digest.update(bytes);
          }
        };
    InMemorySamples samples = new InMemorySamples(store, labels, List.of("0", "1", "2"));
    try (ScoringGraph graph =
        ScoringGraph.restore(network, Device.parse("cpu").session(2), variables)) {
      float[][] rows = graph.embed(samples);
      float[] all = new float[rows.length * rows[0].length];
      for (int i = 0; i < rows.length; i++) {
        System.arraycopy(rows[i], 0, all, i * rows[0].length, rows[0].length);
      }
      NpyFile.write(to, all, rows.length, rows[0].length);
    }
  }
}
