import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.marginsoftmax.data.FashionMnist;
import org.marginsoftmax.data.Samples;
import org.marginsoftmax.serving.Embedder;
import org.marginsoftmax.serving.EmbedderConfig;

/**
 * Embeds the test images of Fashion-MNIST whenever told to: reads lines from standard input and
 * answers each with the seconds it took.
 *
 * <pre>EmbedWorker MODEL THREADS</pre>
 */
public final class EmbedWorker {
  private EmbedWorker() {}

  /** Works until standard input ends. */
  public static void main(String[] args) throws IOException {
    Samples test = FashionMnist.read(Path.of("data/fashion-mnist")).test();
    List<byte[]> images = new ArrayList<>();
    for (int i = 0; i < test.size(); i++) {
      byte[] pixels = new byte[test.shape().size()];
      test.copyPixels(i, pixels, 0);
      images.add(pixels);
    }
    EmbedderConfig config = new EmbedderConfig(256, Duration.ZERO, Integer.parseInt(args[1]), true);
    try (Embedder embedder = Embedder.open(Path.of(args[0]), config);
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in))) {
      embedder.warmUp().embedAll(images.subList(0, 2560));
      System.out.println("ready");
      while (in.readLine() != null) {
        long started = System.nanoTime();
        embedder.embedAll(images);
        System.out.println((System.nanoTime() - started) / 1e9);
      }
    }
  }
}
