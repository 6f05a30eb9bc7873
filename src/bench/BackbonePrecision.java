import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.marginsoftmax.backbone.Backbones;
import org.marginsoftmax.data.Batch;
import org.marginsoftmax.data.ImageShape;
import org.marginsoftmax.layer.AngularHead;
import org.marginsoftmax.layer.Precision;
import org.marginsoftmax.train.BackbonePass;
import org.marginsoftmax.train.Device;
import org.marginsoftmax.train.Network;

/**
 * Forward and backward pass of a backbone in bfloat16, by the kernels of float32 or by its own,
 * against float32, in turns within one process: {@code BACKBONE SIZE CHANNELS BATCH TURNS
 * [PRECISION]}. Prints the processor time of all threads, which other work on the machine changes
 * least, and the time that passed.
 */
final class BackbonePrecision {
  public static void main(String[] args) {
    int size = Integer.parseInt(args[1]);
    int channels = Integer.parseInt(args[2]);
    int samples = Integer.parseInt(args[3]);
    int turns = Integer.parseInt(args[4]);
    Precision other = args.length > 5 ? Precision.valueOf(args[5]) : Precision.BFLOAT16_BY_FLOAT32;
    Network network =
        new Network(
            new ImageShape(size, size, channels),
            Backbones.of(args[0], 128),
            AngularHead.arcFace(0.5, 30),
            10);
    byte[] pixels = new byte[samples * size * size * channels];
    new Random(1).nextBytes(pixels);
    Batch batch = new Batch(samples, pixels, new int[samples], new int[samples]);
    try (BackbonePass exact = new BackbonePass(network, 1, Device.parse("cpu").session(2));
        BackbonePass rounded =
            new BackbonePass(network.withPrecision(other), 1, Device.parse("cpu").session(2))) {
      double[][] took = new double[4][turns];
      for (int turn = -1; turn < turns; turn++) {
        double[] first = timed(exact, batch);
        double[] second = timed(rounded, batch);
        if (turn >= 0) {
          took[0][turn] = first[0];
          took[1][turn] = second[0];
          took[2][turn] = first[1];
          took[3][turn] = second[1];
        }
      }
      say("processor time", took[0], took[1]);
      say("time passed", took[2], took[3]);
    }
  }

  private static double[] timed(BackbonePass pass, Batch batch) {
    OperatingSystemMXBean system =
        (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    long passed = System.nanoTime();
    long worked = system.getProcessCpuTime();
    pass.run(batch);
    return new double[] {
      (system.getProcessCpuTime() - worked) / 1e6, (System.nanoTime() - passed) / 1e6
    };
  }

  private static void say(String what, double[] exact, double[] rounded) {
    double[] ratios =
        IntStream.range(0, exact.length).mapToDouble(i -> rounded[i] / exact[i]).sorted().toArray();
    System.out.printf(
        "%s: float32 %.1f ms, bfloat16 %.1f ms, ratio %.2f (%.2f..%.2f)%n",
        what,
        median(exact),
        median(rounded),
        ratios[ratios.length / 2],
        ratios[0],
        ratios[ratios.length - 1]);
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }
}
