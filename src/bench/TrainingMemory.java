import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.IntStream;
import org.marginsoftmax.backbone.NoBackbone;
import org.marginsoftmax.data.ArrayShape;
import org.marginsoftmax.data.Batch;
import org.marginsoftmax.data.Samples;
import org.marginsoftmax.layer.AngularHead;
import org.marginsoftmax.layer.Centers;
import org.marginsoftmax.layer.Precision;
import org.marginsoftmax.train.Checkpoints;
import org.marginsoftmax.train.Device;
import org.marginsoftmax.train.Network;
import org.marginsoftmax.train.Optimizer;
import org.marginsoftmax.train.TrainingGraph;
import org.marginsoftmax.train.TrainingState;
import org.marginsoftmax.train.Update;

/**
 * Prints the peak memory of each phase of a training with momentum, relative to the size of the
 * class centers: FOLDER for the checkpoint, [CLASSES [DIMENSION [SHARDS [AVERAGE]]]]. Linux only.
 */
final class TrainingMemory {
  private static final int BATCH = 128;
  private static final int VALIDATION = 512;

  private static long since = System.nanoTime();

  /** Features that are a function of their number, so that the data take no memory. */
  private record Drawn(int size, ArrayShape element, int classes) implements Samples {
    @Override
    public int label(int index) {
      return (int) (index * 7919L % classes);
    }

    @Override
    public List<String> classNames() {
      return List.of();
    }

    @Override
    public void copy(int index, byte[] target, int offset) {
      Random random = new Random(index);
      var floats =
          ByteBuffer.wrap(target, offset, element.bytes())
              .order(ByteOrder.nativeOrder())
              .asFloatBuffer();
      for (int i = 0; i < element.size(); i++) {
        floats.put((float) random.nextGaussian());
      }
    }

    @Override
    public String hash() {
      return "";
    }
  }

  public static void main(String[] args) throws IOException {
    Path folder = Path.of(args[0]);
    int classes = args.length > 1 ? Integer.parseInt(args[1]) : 1_000_000;
    int dimension = args.length > 2 ? Integer.parseInt(args[2]) : 512;
    int usual = Centers.usualBlocks(classes, 1, dimension);
    int shards = args.length > 3 ? Integer.parseInt(args[3]) : usual;
    Double average = args.length > 4 ? Double.valueOf(args[4]) : null;
    double centers = 4.0 * classes * dimension;
    System.out.printf(
        Locale.ROOT,
        "C %,d, D %d, %d shards: centers %.0f MB%n",
        classes,
        dimension,
        shards,
        centers / (1 << 20));
    Drawn samples = new Drawn(VALIDATION, new ArrayShape(List.of(dimension)), classes);
    said("before", centers);
    Network network =
        new Network(samples.element(), new NoBackbone(), AngularHead.arcFace(0.5, 64), classes)
            .withShards(shards)
            .withPrecision(
                "1".equals(System.getenv("TF_ENABLE_ONEDNN_OPTS"))
                    ? Precision.FLOAT32_BY_ONEDNN
                    : Precision.FLOAT32);
    Update update = new Update(new Optimizer.Sgd(0.9, false, 5e-4), 0, 1, average);
    long process = (long) (kilobytes("VmRSS") * 1024);
    org.marginsoftmax.train.TrainingMemory.of(
            org.marginsoftmax.train.TrainingMemory.Plan.of(
                network, update, BATCH, false, 1, 0, process))
        .reserve();
    Checkpoints checkpoints = new Checkpoints(folder);
    for (boolean resumed : new boolean[] {false, true}) {
      try (TrainingGraph graph =
          new TrainingGraph(
              network,
              update,
              1,
              Device.parse("cpu").session(Runtime.getRuntime().availableProcessors()))) {
        said("graph", centers);
        if (resumed) {
          checkpoints.restore(graph, checkpoints.latest().orElseThrow());
          said("resume", centers);
        } else {
          graph.initialize();
          said("first values", centers);
        }
        for (int t = 0; t < 5; t++) {
          graph.step(batch(samples, t), t, 0.1, 1, 1);
          said("step " + (t + 1), centers);
        }
        System.out.printf(Locale.ROOT, "accuracy %.4f%n", graph.accuracy(samples));
        said("accuracy", centers);
        System.out.printf(Locale.ROOT, "loss %.4f%n", graph.loss(samples));
        said("validation loss", centers);
        if (!resumed) {
          checkpoints.begin();
          checkpoints.save(graph, new TrainingState(5, 0, 0, 5, 0, 5));
          said("checkpoint", centers);
        }
      }
    }
  }

  private static Batch batch(Samples samples, int step) {
    int bytes = samples.element().bytes();
    byte[] elements = new byte[BATCH * bytes];
    int[] numbers = IntStream.range(0, BATCH).map(i -> step * BATCH + i).toArray();
    int[] labels = IntStream.of(numbers).map(samples::label).toArray();
    for (int i = 0; i < BATCH; i++) {
      samples.copy(numbers[i], elements, i * bytes);
    }
    return new Batch(BATCH, elements, labels, numbers);
  }

  /** Prints the peak since the last call and begins the next. */
  private static void said(String phase, double centers) throws IOException {
    double peak = kilobytes("VmHWM") * 1024;
    double now = kilobytes("VmRSS") * 1024;
    System.out.printf(
        Locale.ROOT,
        "%-16s peak %,7.0f MB, %.3f of the centers; after it %,7.0f MB; %.1f s%n",
        phase,
        peak / (1 << 20),
        peak / centers,
        now / (1 << 20),
        (System.nanoTime() - since) / 1e9);
    Files.writeString(Path.of("/proc/self/clear_refs"), "5");
    since = System.nanoTime();
  }

  private static double kilobytes(String field) throws IOException {
    return Files.readAllLines(Path.of("/proc/self/status")).stream()
        .filter(line -> line.startsWith(field + ":"))
        .mapToDouble(line -> Double.parseDouble(line.replaceAll("\\D", "")))
        .findFirst()
        .orElseThrow();
  }
}
