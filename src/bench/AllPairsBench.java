import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.marginsoftmax.eval.Embeddings;
import org.marginsoftmax.eval.Evaluation;
import org.marginsoftmax.eval.Protocol;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.linalg.MatMul;
import org.tensorflow.types.TFloat32;

/**
 * All pairs of made-up embeddings: the time of verification and retrieval, intervals included, as a
 * ratio to the bare product in float32, block by block, nothing read; and the memory beyond the
 * embeddings. {@code AllPairsBench [n [d [classes [turns]]]]}
 */
public final class AllPairsBench {
  private static final int ROWS = 256;

  public static void main(String[] args) throws Exception {
    int n = args.length > 0 ? Integer.parseInt(args[0]) : 100_000;
    int d = args.length > 1 ? Integer.parseInt(args[1]) : 512;
    int classes = args.length > 2 ? Integer.parseInt(args[2]) : 10_000;
    int turns = args.length > 3 ? Integer.parseInt(args[3]) : 1;
    Random random = new Random(1);
    float[][] centers = new float[classes][d];
    for (float[] center : centers) {
      Arrays.setAll(new double[d], k -> center[k] = (float) random.nextGaussian());
    }
    float[][] rows = new float[n][d];
    int[] labels = new int[n];
    for (int i = 0; i < n; i++) {
      labels[i] = i % classes;
      for (int k = 0; k < d; k++) {
        rows[i][k] = (float) (centers[labels[i]][k] + 1.5 * random.nextGaussian());
      }
    }
    Embeddings embeddings = new Embeddings(rows, labels);
    rows = null;
    System.gc();
    for (int turn = 0; turn < turns; turn++) {
      double product = product(embeddings.vectors());
      long before = memory("VmRSS");
      long start = System.nanoTime();
      Evaluation found = Evaluation.ofUnknownClasses(embeddings, Protocol.usual(1));
      double seconds = (System.nanoTime() - start) / 1e9;
      System.out.printf(
          "%,d x %,d of size %d, %,d classes: product %.1f s, evaluation %.1f s, ratio %.2f; at most %.2f GB more memory%n",
          n, n, d, classes, product, seconds, seconds / product, (memory("VmHWM") - before) / 1e6);
      found.metrics().stream()
          .filter(m -> m.name().startsWith("tar") || m.name().startsWith("map"))
          .forEach(m -> System.out.println("  " + m.name() + " " + m.value() + " " + m.interval()));
    }
  }

  private static double product(float[][] all) {
    int n = all.length;
    int d = all[0].length;
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      Operand<TFloat32> some = tf.placeholder(TFloat32.class);
      Operand<TFloat32> others = tf.placeholder(TFloat32.class);
      Operand<TFloat32> product = tf.linalg.matMul(some, others, MatMul.transposeB(true));
      try (Session session = new Session(graph);
          TFloat32 whole = tensor(all, 0, n, d)) {
        long start = 0;
        // The first block is not counted: TensorFlow prepares the session.
        for (int from = -ROWS; from < n; from += ROWS) {
          start = from == 0 ? System.nanoTime() : start;
          int first = Math.max(0, from);
          try (TFloat32 block = tensor(all, first, Math.min(ROWS, n - first), d)) {
            session.runner().feed(some, block).feed(others, whole).fetch(product).run().close();
          }
        }
        return (System.nanoTime() - start) / 1e9;
      }
    }
  }

  private static TFloat32 tensor(float[][] rows, int from, int count, int d) {
    return TFloat32.tensorOf(
        Shape.of(count, d),
        data -> {
          for (int i = 0; i < count; i++) {
            data.asRawTensor().data().asFloats().offset((long) i * d).write(rows[from + i]);
          }
        });
  }

  private static long memory(String name) throws Exception {
    return Files.readAllLines(Path.of("/proc/self/status")).stream()
        .filter(line -> line.startsWith(name))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
        .findFirst()
        .orElseThrow();
  }
}
