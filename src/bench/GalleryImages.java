import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.marginsoftmax.data.Samples;
import org.marginsoftmax.npy.NpyFile;
import org.marginsoftmax.source.FashionMnist;

/**
 * Images for GalleryBench, as NPY of pixels: the 60,000 training images of Fashion-MNIST, 40,000 of
 * them again, flipped or not and shifted by up to 3 pixels each way, and 2,000 test images as
 * probes. Arguments: DATA OUT.
 */
final class GalleryImages {
  private static final int SIDE = 28;

  public static void main(String[] args) throws IOException {
    var data = FashionMnist.read(Path.of(args[0]));
    Path out = Files.createDirectories(Path.of(args[1]));
    Random random = new Random(1);
    write(out.resolve("originals.npy"), data.train(), 60_000, false, random);
    write(out.resolve("copies.npy"), data.train(), 40_000, true, random);
    write(out.resolve("probes.npy"), data.test(), 2_000, false, random);
  }

  private static void write(Path file, Samples from, int count, boolean changed, Random random) {
    float[] values = new float[count * SIDE * SIDE];
    byte[] pixels = new byte[SIDE * SIDE];
    for (int i = 0; i < count; i++) {
      from.copy(i, pixels, 0);
      boolean flip = changed && random.nextBoolean();
      int down = changed ? random.nextInt(7) - 3 : 0;
      int right = changed ? random.nextInt(7) - 3 : 0;
      for (int y = 0; y < SIDE; y++) {
        for (int x = 0; x < SIDE; x++) {
          int fromY = y - down;
          int fromX = flip ? SIDE - 1 - x + right : x - right;
          if (fromY >= 0 && fromY < SIDE && fromX >= 0 && fromX < SIDE) {
            values[(i * SIDE + y) * SIDE + x] = pixels[fromY * SIDE + fromX] & 0xff;
          }
        }
      }
    }
    NpyFile.write(file, values, count, SIDE, SIDE, 1);
  }
}
