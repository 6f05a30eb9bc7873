import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.marginsoftmax.backbone.Backbone;
import org.marginsoftmax.backbone.SmallCnn;
import org.marginsoftmax.data.Batch;
import org.marginsoftmax.data.Samples;
import org.marginsoftmax.keras.FineTuning;
import org.marginsoftmax.keras.KerasBackbone;
import org.marginsoftmax.keras.LayerRates;
import org.marginsoftmax.layer.AngularHead;
import org.marginsoftmax.savedmodel.SavedModelFolder;
import org.marginsoftmax.source.FashionMnist;
import org.marginsoftmax.train.Device;
import org.marginsoftmax.train.Network;
import org.marginsoftmax.train.Optimizer;
import org.marginsoftmax.train.TrainingGraph;
import org.tensorflow.Operand;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Op;
import org.tensorflow.proto.DeviceStepStats;
import org.tensorflow.proto.NodeExecStats;
import org.tensorflow.proto.RunOptions;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TUint8;

/**
 * Prints what the operations of a training step take, by kind, as TensorFlow's own trace has it: of
 * the small CNN, or of a Keras model, [MODEL frozen|train].
 */
final class StepProfile {
  private static final int STEPS = 30;
  private static TrainingGraph graph;

  public static void main(String[] args) throws ReflectiveOperationException {
    Samples train = FashionMnist.read(Path.of("data/fashion-mnist")).train();
    byte[] pixels = new byte[128 * 784];
    int[] labels = new int[128];
    for (int i = 0; i < 128; i++) {
      train.copy(i, pixels, i * 784);
      labels[i] = train.label(i);
    }
    Backbone backbone =
        args.length == 0
            ? new SmallCnn(128)
            : new KerasBackbone(
                SavedModelFolder.read(Path.of(args[0])),
                new FineTuning(
                    null,
                    null,
                    null,
                    "none",
                    args[1].equals("train"),
                    args[1].equals("train"),
                    null,
                    null,
                    LayerRates.SAME,
                    Map.of()));
    Network network = new Network(train.element(), backbone, AngularHead.arcFace(0.5, 30), 10);
    try (TrainingGraph built =
        new TrainingGraph(
            network, new Optimizer.Adam(0.9, 0.999, 1e-7), 0, 1, Device.parse("cpu").session(2))) {
      graph = built;
      graph.initialize();
      for (int i = 0; i < 10; i++) {
        graph.step(new Batch(128, pixels, labels, new int[128]), i, 1e-3, 1, 1);
      }
      Map<String, Long> nanos = new TreeMap<>();
      for (int i = 0; i < STEPS; i++) {
        trace(pixels, labels, nanos);
      }
      long total = nanos.values().stream().mapToLong(n -> n).sum();
      nanos.entrySet().stream()
          .sorted(Comparator.comparingLong((Map.Entry<String, Long> e) -> -e.getValue()))
          .limit(14)
          .forEach(
              e ->
                  System.out.printf(
                      "%-36s %6.2f ms %5.1f %%%n",
                      e.getKey(), e.getValue() / 1e6 / STEPS, 100.0 * e.getValue() / total));
    }
  }

  private static void trace(byte[] pixels, int[] labels, Map<String, Long> nanos)
      throws ReflectiveOperationException {
    try (TUint8 images =
            TUint8.tensorOf(Shape.of(128, 28, 28, 1), DataBuffers.of(pixels, true, false));
        TInt32 ids = TInt32.vectorOf(labels);
        TFloat64 step = TFloat64.scalarOf(10);
        TFloat32 rate = TFloat32.scalarOf(1e-3f);
        TFloat64 strength = TFloat64.scalarOf(1);
        var result =
            ((Session) field("session"))
                .runner()
                .setOptions(
                    RunOptions.newBuilder().setTraceLevel(RunOptions.TraceLevel.FULL_TRACE).build())
                .feed("train.elements", images)
                .feed("train.labels", ids)
                .feed("train.step", step)
                .feed("train.learning_rate", rate)
                .feed("train.margin_strength", strength)
                .feed("train.scale_share", strength)
                .fetch((Operand<?>) ((List<?>) field("means")).get(0))
                .addTarget(update())
                .runAndFetchMetadata()) {
      for (DeviceStepStats device :
          result.getMetadata().orElseThrow().getStepStats().getDevStatsList()) {
        for (NodeExecStats node : device.getNodeStatsList()) {
          String label = node.getTimelineLabel();
          String kind = label.replaceFirst(".* = (\\w+)\\(.*", "$1");
          nanos.merge(
              kind, 1000 * (node.getOpEndRelMicros() - node.getOpStartRelMicros()), Long::sum);
        }
      }
    }
  }

  /** The operation that updates the variables. */
  private static Op update() throws ReflectiveOperationException {
    Object steps = field("update");
    Method of = steps.getClass().getDeclaredMethod("of", int.class, long.class);
    of.setAccessible(true);
    return (Op) of.invoke(steps, 0, 10L);
  }

  private static Object field(String name) throws ReflectiveOperationException {
    Field field = TrainingGraph.class.getDeclaredField(name);
    field.setAccessible(true);
    return field.get(graph);
  }
}
