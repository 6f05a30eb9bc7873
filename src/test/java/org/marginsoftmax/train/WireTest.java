package org.marginsoftmax.train;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.marginsoftmax.backbone.Backbone;
import org.marginsoftmax.cluster.WireBytes;
import org.marginsoftmax.data.ImageShape;
import org.marginsoftmax.head.Heads;
import org.marginsoftmax.layer.Layers;
import org.marginsoftmax.layer.Tasks;
import org.marginsoftmax.run.HeadConfig;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.types.TFloat32;

/** What a step sends between the processes of a cluster. */
class WireTest {
  private static final int CLASSES = 40;
  private static final int N = 512;
  private static final int D = 256;

  /**
   * A tensor that one process sends another.
   *
   * @param bytes of a batch of N, whose labels are spread evenly over the workers
   */
  private record Sent(String what, String from, String to, Shape shape, long bytes) {
    @Override
    public String toString() {
      return "%s -> %s %s %s %d".formatted(from, to, what, shape, bytes);
    }
  }

  private static Processes of(int workers, boolean compresses) {
    return new Processes() {
      @Override
      public Tasks tasks() {
        return new Tasks(workers, compresses);
      }

      @Override
      public Session session(Graph graph) {
        return new Session(graph); // Not run.
      }
    };
  }

  private static List<Sent> sent(Network network, Update update, int workers, boolean compresses) {
    try (TrainingGraph graph =
        new TrainingGraph(network, update, 1, of(workers, compresses), false, false)) {
      Map<String, NodeDef> nodes = new HashMap<>();
      graph.graph().toGraphDef().getNodeList().forEach(node -> nodes.put(node.getName(), node));
      Deque<String> open = new ArrayDeque<>();
      graph.ofStep().forEach(op -> open.add(op.op().name()));
      Set<String> seen = new HashSet<>(open);
      Map<String, Sent> sent = new HashMap<>();
      while (!open.isEmpty()) {
        NodeDef to = nodes.get(open.pop());
        for (String input : to.getInputList()) {
          String name = input.replaceAll("^\\^", "").replaceAll(":.*", "");
          NodeDef from = nodes.get(name);
          if (seen.add(name)) {
            open.add(name);
          }
          if (!input.startsWith("^") && !from.getDevice().equals(to.getDevice())) {
            int index = input.contains(":") ? Integer.parseInt(input.replaceAll(".*:", "")) : 0;
            Output<?> output = graph.graph().operation(name).output(index);
            sent.put(
                input + to.getDevice(),
                new Sent(
                    from.getOp() + " " + input,
                    from.getDevice(),
                    to.getDevice(),
                    output.shape(),
                    bytes(output, from, workers)));
          }
        }
      }
      return List.copyOf(sent.values());
    }
  }

  /**
   * What is gathered or put together of labels' centers is of a worker's own labels, what is split
   * or multiplied by a backbone of its part of the batch; everything else is of the batch.
   */
  private static long bytes(Output<?> output, NodeDef from, int workers) {
    Set<String> ofShares = Set.of("GatherV2", "ConcatV2", "SplitV");
    boolean ofPart = from.getOp().equals("MatMul") && from.getDevice().contains(Tasks.WORKER);
    boolean share =
        output.shape().numDimensions() > 0 && (ofPart || ofShares.contains(from.getOp()));
    long elements = 1;
    for (long size : output.shape().asArray()) {
      elements *= size == Shape.UNKNOWN_SIZE ? (share ? N / workers : N) : size;
    }
    int each =
        switch (output.dataType().name()) {
          case "DT_DOUBLE", "DT_INT64" -> 8;
          case "DT_BFLOAT16" -> 2;
          case "DT_UINT8" -> 1;
          default -> 4;
        };
    return elements * each;
  }

  static Stream<String> heads() {
    return Heads.names().stream();
  }

  /** A dense layer. */
  private record Dense(boolean divides) implements Backbone {
    @Override
    public Operand<TFloat32> features(Layers layers, Operand<TFloat32> images) {
      return layers.dense("a", layers.flatten(images), D);
    }
  }

  private static Network network(String name, boolean divides) {
    int[] counts = new int[CLASSES];
    for (int k = 0; k < CLASSES; k++) {
      counts[k] = 2 + k;
    }
    return new Network(
            new ImageShape(16, 16, 1),
            new Dense(divides),
            HeadConfig.named(name).head(CLASSES, counts),
            CLASSES)
        .withShards(20);
  }

  /**
   * The features once to each worker and d loss / d features once back, and for each sample the
   * centers of its label once from the worker that has them, and their gradient in float64.
   */
  @ParameterizedTest
  @MethodSource("heads")
  void aStepSendsFeaturesAndTheirGradients(String name) {
    for (int workers : new int[] {1, 2, 4}) {
      Network network = network(name, false);
      int subcenters = network.head().subcenters();
      for (boolean compresses : new boolean[] {false, true}) {
        requireModel(network, workers, compresses, head(workers, compresses, subcenters));
      }
    }
  }

  /** And of a backbone the samples, the weights to each worker, and gradients of both. */
  @Test
  void aStepSendsTheWeightsOfADividedBackbone() {
    for (int workers : new int[] {1, 2, 4}) {
      double weights = 8.0 * D * D * workers;
      // Of the weights no worker sends itself its own.
      double own = 8.0 * D * D;
      double head = head(workers, false, 1);
      requireModel(
          network("arcface", true), workers, false, head + 8.0 * N * D + N * D + weights - own);
    }
  }

  private static double head(int workers, boolean compresses, int subcenters) {
    return new WireBytes(new Tasks(workers, compresses), true).ofStep(N, D, subcenters);
  }

  private static void requireModel(Network network, int workers, boolean compresses, double model) {
    Update update = new Update(new Optimizer.Sgd(0.9, false, 1e-3), 0);
    List<Sent> sent = sent(network, update, workers, compresses);
    long total = sent.stream().mapToLong(Sent::bytes).sum();
    assertTrue(
        total < 1.1 * model && (network.head().subcenters() > 1 || total > 0.95 * model),
        () ->
            "%d workers: %.2f of the model%n%s"
                .formatted(
                    workers,
                    total / model,
                    sent.stream()
                        .sorted((a, b) -> Long.compare(b.bytes(), a.bytes()))
                        .limit(40)
                        .map(Sent::toString)
                        .collect(Collectors.joining("\n"))));
  }
}
