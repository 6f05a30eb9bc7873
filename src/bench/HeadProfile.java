import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.marginsoftmax.backbone.NoBackbone;
import org.marginsoftmax.data.ArrayShape;
import org.marginsoftmax.data.Batch;
import org.marginsoftmax.layer.Centers;
import org.marginsoftmax.layer.Head;
import org.marginsoftmax.layer.Precision;
import org.marginsoftmax.run.HeadConfig;
import org.marginsoftmax.train.Device;
import org.marginsoftmax.train.Network;
import org.marginsoftmax.train.Optimizer;
import org.marginsoftmax.train.PartialFc;
import org.marginsoftmax.train.TrainingGraph;
import org.marginsoftmax.train.Update;
import org.tensorflow.Session;
import org.tensorflow.op.Op;
import org.tensorflow.proto.DeviceStepStats;
import org.tensorflow.proto.NodeExecStats;
import org.tensorflow.proto.RunOptions;

/**
 * Where the time of a head's training step goes, by TensorFlow's own trace: thread-milliseconds by
 * type of operation. Arguments: CLASSES [PARTIAL_FC [HEAD [SHARDS]]], for N 128, D 512.
 */
public final class HeadProfile {
  private static final int STEPS = 5;
  private static final int BATCH = 128;
  private static final int DIMENSION = 512;

  public static void main(String[] args) throws Exception {
    int classes = Integer.parseInt(args[0]);
    double rate = args.length > 1 ? Double.parseDouble(args[1]) : 1;
    int[] counts = new int[classes];
    Arrays.fill(counts, 5);
    Head head = HeadConfig.named(args.length > 2 ? args[2] : "arcface").head(classes, counts);
    PartialFc sampling = new PartialFc(rate, PartialFc.LazyStates.KEEP);
    int shards =
        args.length > 3
            ? Integer.parseInt(args[3])
            : Centers.usualBlocks(sampling.size(classes), head.subcenters(), DIMENSION);
    Network network =
        new Network(new ArrayShape(List.of(DIMENSION)), new NoBackbone(), head, classes)
            .withPartialFc(sampling)
            .withPrecision(
                "1".equals(System.getenv("TF_ENABLE_ONEDNN_OPTS"))
                    ? Precision.FLOAT32_BY_ONEDNN
                    : Precision.FLOAT32)
            .withShards(shards);
    byte[] features = new byte[4 * BATCH * DIMENSION];
    Random random = new Random(1);
    java.nio.ByteBuffer floats =
        java.nio.ByteBuffer.wrap(features).order(java.nio.ByteOrder.nativeOrder());
    while (floats.hasRemaining()) {
      floats.putFloat((float) random.nextGaussian());
    }
    int[] numbers = IntStream.range(0, BATCH).toArray();
    try (TrainingGraph graph =
        new TrainingGraph(
            network,
            new Update(new Optimizer.Sgd(0.9, false, 0), 0),
            1,
            Device.parse("cpu").session(Runtime.getRuntime().availableProcessors()))) {
      graph.initialize();
      Map<String, Double> micros = new TreeMap<>();
      long wall = 0;
      for (int t = 0; t < 3 + STEPS; t++) {
        Batch batch = new Batch(BATCH, features, random.ints(BATCH, 0, classes).toArray(), numbers);
        if (t < 3) {
          graph.step(batch, t, 1e-6, 1, 1);
          continue;
        }
        wall -= System.nanoTime();
        trace(graph, sampling, classes, batch, t, micros);
        wall += System.nanoTime();
      }
      double total = micros.values().stream().mapToDouble(m -> m).sum();
      System.out.printf(
          "C %d, partial-fc %s, shards %d: %.1f ms a step, %.1f thread-ms%n",
          classes, rate, shards, wall / 1e6 / STEPS, total / 1e3 / STEPS);
      micros.entrySet().stream()
          .sorted(Comparator.comparingDouble((Map.Entry<String, Double> e) -> -e.getValue()))
          .limit(24)
          .forEach(
              e ->
                  System.out.printf(
                      "%-36s %8.2f ms %5.1f %%%n",
                      e.getKey(), e.getValue() / 1e3 / STEPS, 100 * e.getValue() / total));
    }
  }

  private static void trace(
      TrainingGraph graph,
      PartialFc sampling,
      int classes,
      Batch batch,
      long step,
      Map<String, Double> micros)
      throws Exception {
    Object inputs = field(graph, "inputs");
    Method sample = method(sampling, "sample");
    int[] sampled =
        sampling.rate() == 1
            ? null
            : (int[]) sample.invoke(sampling, 1L, step, classes, List.of(batch.labels()));
    Method feed =
        Arrays.stream(inputs.getClass().getDeclaredMethods())
            .filter(m -> m.getName().equals("feed") && m.getParameterCount() == 8)
            .findFirst()
            .orElseThrow();
    feed.setAccessible(true);
    Object fed = feed.invoke(inputs, batch, step, step, 1e-6, 1.0, 1.0, sampled, null);
    Session.Runner runner =
        (Session.Runner) method(fed, "runner").invoke(fed, (Session) field(graph, "session"));
    Object update = field(graph, "update");
    try (AutoCloseable close = (AutoCloseable) fed;
        var result =
            runner
                .setOptions(
                    RunOptions.newBuilder().setTraceLevel(RunOptions.TraceLevel.FULL_TRACE).build())
                .addTarget((Op) method(update, "of").invoke(update, 0, step))
                .runAndFetchMetadata()) {
      for (DeviceStepStats device :
          result.getMetadata().orElseThrow().getStepStats().getDevStatsList()) {
        for (NodeExecStats node : device.getNodeStatsList()) {
          String label = node.getTimelineLabel();
          micros.merge(
              label.replaceFirst("(?s).* = (\\w+)\\(.*", "$1"),
              (double) (node.getOpEndRelMicros() - node.getOpStartRelMicros()),
              Double::sum);
        }
      }
    }
  }

  private static Method method(Object of, String name) {
    Method method =
        Arrays.stream(of.getClass().getDeclaredMethods())
            .filter(m -> m.getName().equals(name))
            .findFirst()
            .orElseThrow();
    method.setAccessible(true);
    return method;
  }

  private static Object field(Object of, String name) throws ReflectiveOperationException {
    Field field = of.getClass().getDeclaredField(name);
    field.setAccessible(true);
    return field.get(of);
  }
}
