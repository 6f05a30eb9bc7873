import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.marginsoftmax.backbone.NoBackbone;
import org.marginsoftmax.cluster.Chief;
import org.marginsoftmax.cluster.Cluster;
import org.marginsoftmax.data.ArrayShape;
import org.marginsoftmax.data.Batch;
import org.marginsoftmax.layer.Centers;
import org.marginsoftmax.layer.Precision;
import org.marginsoftmax.run.HeadConfig;
import org.marginsoftmax.run.Versions;
import org.marginsoftmax.train.Device;
import org.marginsoftmax.train.Network;
import org.marginsoftmax.train.Optimizer;
import org.marginsoftmax.train.PartialFc;
import org.marginsoftmax.train.Processes;
import org.marginsoftmax.train.TrainingGraph;
import org.marginsoftmax.train.Update;

/**
 * Steps of a head on random features, over the workers of a cluster file or, with none, in this
 * process: FILE|none HEAD CLASSES DIMENSION BATCH STEPS RATE. Prints the losses, the median
 * milliseconds a step, and the bytes that this process sent and received a step, if its network
 * namespace has but this traffic. Linux only.
 */
final class ClusterSteps {
  private ClusterSteps() {}

  public static void main(String[] args) throws IOException {
    int classes = Integer.parseInt(args[2]);
    int dimension = Integer.parseInt(args[3]);
    int batch = Integer.parseInt(args[4]);
    int steps = Integer.parseInt(args[5]);
    double rate = Double.parseDouble(args[6]);
    int[] counts = new int[classes];
    Arrays.fill(counts, 5);
    PartialFc sampling = new PartialFc(rate, PartialFc.LazyStates.KEEP);
    var config = Device.parse("cpu").session(1);
    try (Chief chief =
        args[0].equals("none")
            ? null
            : Chief.of(
                Cluster.read(Path.of(args[0])), Versions.ofLibraries(), config, System.err)) {
      Processes processes = chief == null ? Processes.one(config) : chief;
      int workers = Math.max(1, processes.tasks().workers());
      Network network =
          new Network(
                  new ArrayShape(List.of(dimension)),
                  new NoBackbone(),
                  HeadConfig.named(args[1]).head(classes, counts),
                  classes)
              .withShards(
                  Math.max(4, Centers.usualBlocks(sampling.size(classes), 1, dimension, workers)))
              .withPartialFc(sampling)
              .withPrecision(Precision.FLOAT32_BY_ONEDNN);
      Update update = new Update(new Optimizer.Sgd(0.9, false, 5e-4), 0);
      try (TrainingGraph graph = new TrainingGraph(network, update, 1, processes, false, false)) {
        graph.initialize();
        double[] millis = new double[steps];
        long before = 0;
        for (int t = 0; t < steps; t++) {
          if (t == 2) {
            before = traffic();
          }
          long start = System.nanoTime();
          double loss = graph.step(batch(batch, dimension, classes, t), t, 0.1, 1, 1).loss();
          millis[t] = (System.nanoTime() - start) / 1e6;
          if (t < 5 || t == steps - 1) {
            System.out.printf("loss %d %.9g%n", t, loss);
          }
        }
        long sent = traffic() - before;
        Arrays.sort(millis);
        System.out.printf("milliseconds %.2f%n", millis[steps / 2]);
        System.out.printf("bytes %.0f%n", (double) sent / (steps - 2));
      }
    }
    System.exit(0); // TensorFlow's runtime does not end by itself.
  }

  private static Batch batch(int size, int dimension, int classes, int step) {
    Random random = new Random(step);
    ByteBuffer floats = ByteBuffer.allocate(4 * size * dimension).order(ByteOrder.nativeOrder());
    while (floats.hasRemaining()) {
      floats.putFloat((float) random.nextGaussian());
    }
    return new Batch(
        size,
        floats.array(),
        random.ints(size, 0, classes).toArray(),
        IntStream.range(size * step, size * (step + 1)).toArray());
  }

  /** Bytes through all interfaces but loopback, both ways. */
  private static long traffic() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/net/dev")).stream()
        .map(line -> line.strip().split("[:\\s]+"))
        .filter(columns -> columns.length > 10 && !columns[0].equals("lo"))
        .filter(columns -> columns[1].matches("\\d+"))
        .mapToLong(columns -> Long.parseLong(columns[1]) + Long.parseLong(columns[9]))
        .sum();
  }
}
