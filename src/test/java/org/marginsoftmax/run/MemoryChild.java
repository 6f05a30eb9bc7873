package org.marginsoftmax.run;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.marginsoftmax.data.ArrayShape;
import org.marginsoftmax.data.Batch;
import org.marginsoftmax.data.ElementSpec;
import org.marginsoftmax.data.ImageShape;
import org.marginsoftmax.train.Network;
import org.marginsoftmax.train.TrainingGraph;
import org.marginsoftmax.train.TrainingMemory;
import org.marginsoftmax.train.Update;

/**
 * Takes a few training steps on random samples and prints the peak that was expected before and the
 * one that was seen: SAMPLE, as in 28x28x1 or 200,80; CLASSES; and options such as
 * head.name=cosface.
 */
final class MemoryChild {
  private static final int STEPS = 4;

  private MemoryChild() {}

  public static void main(String[] args) {
    ElementSpec element =
        args[0].contains("x")
            ? ImageShape.parse(args[0])
            : new ArrayShape(Arrays.stream(args[0].split(",")).map(Integer::valueOf).toList());
    int classes = Integer.parseInt(args[1]);
    Map<String, Object> options = new LinkedHashMap<>();
    for (String arg : List.of(args).subList(2, args.length)) {
      String[] option = arg.split("=");
      options.put(option[0], value(option[1]));
    }
    TrainConfig config = TrainConfig.usual().with(options);
    config = config.withBackbone(config.backbone().suiting(element));
    int[] counts = new int[classes];
    Arrays.fill(counts, 1);
    Network network =
        new Network(
            element, config.backbone().backbone(), config.head().head(classes, counts), classes);
    network = config.loop().asTrained(network.withPixels(config.input().over(network.pixels())));
    Update update = config.optimizer().update(config.loop().accumulate());
    int n = config.loop().batchSize();
    TrainingMemory memory =
        TrainingMemory.of(
            TrainingMemory.Plan.of(network, update, n, false, 1, 0, SystemMemory.resident()));
    memory.reserve();
    byte[] bytes = new byte[n * element.bytes()];
    Random random = new Random(1);
    if (element instanceof ImageShape) {
      random.nextBytes(bytes);
    } else {
      ByteBuffer floats = ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
      while (floats.hasRemaining()) {
        floats.putFloat((float) random.nextGaussian());
      }
    }
    int[] numbers = new int[n];
    Arrays.setAll(numbers, i -> i);
    try (TrainingGraph graph = new TrainingGraph(network, update, 1, config.loop().session())) {
      graph.initialize();
      for (int t = 0; t < STEPS; t++) {
        Batch batch = new Batch(n, bytes, random.ints(n, 0, classes).toArray(), numbers);
        graph.step(Collections.nCopies(update.batches(), batch), t, 1e-6, 1, 1);
      }
      System.out.println(memory.said());
      System.out.println(memory.peak() + " " + SystemMemory.peak());
    }
  }

  private static Object value(String text) {
    if (text.matches("\\d+")) {
      return Integer.valueOf(text);
    }
    return text.matches("[0-9.]+") ? Double.valueOf(text) : text;
  }
}
