import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.marginsoftmax.data.Samples;
import org.marginsoftmax.serving.Embedder;
import org.marginsoftmax.serving.EmbedderConfig;
import org.marginsoftmax.source.FashionMnist;

/**
 * Embeds the test images of Fashion-MNIST whenever told to: answers a line "all" on standard input
 * with the seconds that all took, a line "one" with the milliseconds of each of the first, one
 * after the other.
 *
 * <pre>EmbedWorker MODEL THREADS</pre>
 */
public final class EmbedWorker {
  private static final int SINGLE = 100;

  private EmbedWorker() {}

  /** Works until standard input ends. */
  public static void main(String[] args) throws IOException {
    Samples test = FashionMnist.read(Path.of("data/fashion-mnist")).test();
    List<byte[]> images = new ArrayList<>();
    for (int i = 0; i < test.size(); i++) {
      byte[] pixels = new byte[test.element().size()];
      test.copy(i, pixels, 0);
      images.add(pixels);
    }
    EmbedderConfig config = new EmbedderConfig(256, Duration.ZERO, Integer.parseInt(args[1]), true);
    try (Embedder embedder = Embedder.open(Path.of(args[0]), config);
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in))) {
      embedder.warmUp().embedAll(images.subList(0, 2560));
      System.out.println("ready");
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        if (line.equals("one")) {
          System.out.println(
              images.subList(0, SINGLE).stream()
                  .map(image -> String.valueOf(seconds(() -> embedder.embed(image)) * 1e3))
                  .collect(Collectors.joining(" ")));
        } else {
          System.out.println(seconds(() -> embedder.embedAll(images)));
        }
      }
    }
  }

  private static double seconds(Runnable work) {
    long started = System.nanoTime();
    work.run();
    return (System.nanoTime() - started) / 1e9;
  }
}
