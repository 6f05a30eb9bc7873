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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.marginsoftmax.data.ImageShape;
import org.marginsoftmax.head.Heads;
import org.marginsoftmax.layer.Tasks;
import org.marginsoftmax.run.HeadConfig;
import org.tensorflow.Graph;
import org.tensorflow.Output;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.NodeDef;

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

  private static Processes of(int workers) {
    return new Processes() {
      @Override
      public Tasks tasks() {
        return new Tasks(workers);
      }

      @Override
      public Session session(Graph graph) {
        return new Session(graph); // Not run.
      }
    };
  }

  private static List<Sent> sent(Network network, Update update, int workers) {
    try (TrainingGraph graph = new TrainingGraph(network, update, 1, of(workers), false, false)) {
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
                    bytes(output, from, to, workers)));
          }
        }
      }
      return List.copyOf(sent.values());
    }
  }

  /** Rows of labels' centers are of the worker's own labels, everything else of the batch. */
  private static long bytes(Output<?> output, NodeDef from, NodeDef to, int workers) {
    boolean share =
        output.shape().numDimensions() > 0
            && (to.getDevice().contains(Tasks.WORKER) && from.getOp().equals("GatherV2")
                || from.getDevice().contains(Tasks.WORKER)
                    && (from.getOp().equals("ConcatV2") || from.getOp().equals("GatherV2")));
    long elements = 1;
    for (long size : output.shape().asArray()) {
      elements *= size == Shape.UNKNOWN_SIZE ? (share ? N / workers : N) : size;
    }
    return elements * (Set.of("DT_DOUBLE", "DT_INT64").contains(output.dataType().name()) ? 8 : 4);
  }

  static Stream<String> heads() {
    return Heads.names().stream();
  }

  private static Network network(String name) {
    int[] counts = new int[CLASSES];
    for (int k = 0; k < CLASSES; k++) {
      counts[k] = 2 + k;
    }
    return new Network(
            new ImageShape(16, 16, 1),
            (layers, images) -> layers.dense("a", layers.flatten(images), D),
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
      Network network = network(name);
      List<Sent> sent = sent(network, new Update(new Optimizer.Sgd(0.9, false, 1e-3), 0), workers);
      long total = sent.stream().mapToLong(Sent::bytes).sum();
      int subcenters = network.head().subcenters();
      double model = 4.0 * N * D * (2 * workers + 3 * subcenters);
      assertTrue(
          total < 1.1 * model,
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
}
