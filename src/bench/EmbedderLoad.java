import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.marginsoftmax.data.Samples;
import org.marginsoftmax.serving.Embedder;
import org.marginsoftmax.serving.EmbedderConfig;
import org.marginsoftmax.source.FashionMnist;

/**
 * Calls an Embedder from many threads at once, each call an image: latencies, wrong answers,
 * memory.
 *
 * <pre>EmbedderLoad MODEL [CALLS [CALLERS]]     default 100000 calls of 64 callers</pre>
 */
public final class EmbedderLoad {
  private static final double BOUND = 1e-5;

  private EmbedderLoad() {}

  /** Runs once; fails on a wrong answer. */
  public static void main(String[] args) throws Exception {
    int calls = args.length > 1 ? Integer.parseInt(args[1]) : 100_000;
    int callers = args.length > 2 ? Integer.parseInt(args[2]) : 64;
    Samples test = FashionMnist.read(Path.of("data/fashion-mnist")).test();
    List<byte[]> images = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      byte[] pixels = new byte[test.element().size()];
      test.copy(i, pixels, 0);
      images.add(pixels);
    }
    try (Embedder embedder = Embedder.open(Path.of(args[0]), EmbedderConfig.usual())) {
      float[][] expected = embedder.warmUp().embedAll(images);
      round(embedder, images, expected, calls / 10, callers);
      long before = resident();
      long started = System.nanoTime();
      long[] nanos = round(embedder, images, expected, calls, callers);
      double seconds = (System.nanoTime() - started) / 1e9;
      Arrays.sort(nanos);
      System.out.printf(
          Locale.ROOT,
          "%,d calls of %d callers in %.1f s, %.0f a second; p50 %.1f ms, p95 %.1f ms, p99 %.1f ms; 0 wrong answers; memory %d MB before, %d MB after%n",
          calls,
          callers,
          seconds,
          calls / seconds,
          nanos[calls / 2] / 1e6,
          nanos[(int) (calls * 0.95)] / 1e6,
          nanos[(int) (calls * 0.99)] / 1e6,
          before >> 20,
          resident() >> 20);
    }
  }

  private static long[] round(
      Embedder embedder, List<byte[]> images, float[][] expected, int calls, int callers)
      throws Exception {
    long[] nanos = new long[calls];
    AtomicInteger next = new AtomicInteger();
    ExecutorService pool = Executors.newFixedThreadPool(callers);
    List<Future<?>> all = new ArrayList<>();
    for (int c = 0; c < callers; c++) {
      all.add(
          pool.submit(
              () -> {
                for (int i = next.getAndIncrement(); i < calls; i = next.getAndIncrement()) {
                  int at = i % images.size();
                  long started = System.nanoTime();
                  float[] found = embedder.embed(images.get(at));
                  nanos[i] = System.nanoTime() - started;
                  for (int k = 0; k < found.length; k++) {
                    if (!(Math.abs(found[k] - expected[at][k]) <= BOUND)) {
                      throw new IllegalStateException("wrong answer for image " + at);
                    }
                  }
                }
              }));
    }
    for (Future<?> each : all) {
      each.get();
    }
    pool.shutdown();
    return nanos;
  }

  private static long resident() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/status")).stream()
        .filter(line -> line.startsWith("VmRSS:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
        .findFirst()
        .orElseThrow();
  }
}
