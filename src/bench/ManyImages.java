import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPInputStream;
import javax.imageio.ImageIO;

/**
 * Writes many JPEG images of 112 x 112 in colour, made from fewer: the first test images of
 * Fashion-MNIST, enlarged and tinted by class, again and again under other names.
 *
 * <p>java src/bench/ManyImages.java OUT IMAGES tar|folder
 */
final class ManyImages {
  private static final int DIFFERENT = 2000;
  private static final int SIDE = 112;
  private static final int PER_SHARD = 10_000;
  private static final int CLASSES = 1000;

  private ManyImages() {}

  public static void main(String[] args) throws IOException {
    Path out = Path.of(args[0]);
    int images = Integer.parseInt(args[1]);
    boolean tar = args[2].equals("tar");
    List<byte[]> encoded = encoded();
    Files.createDirectories(out);
    OutputStream shard = null;
    for (int i = 0; i < images; i++) {
      byte[] image = encoded.get(i % DIFFERENT);
      int label = i % CLASSES;
      if (tar) {
        if (i % PER_SHARD == 0) {
          close(shard);
          shard = Files.newOutputStream(out.resolve("shard-%03d.tar".formatted(i / PER_SHARD)));
        }
        entry(shard, "%07d.jpg".formatted(i), image);
        entry(
            shard, "%07d.cls".formatted(i), String.valueOf(label).getBytes(StandardCharsets.UTF_8));
      } else {
        Path folder = out.resolve("c%03d".formatted(label));
        if (i < CLASSES) {
          Files.createDirectories(folder);
        }
        Files.write(folder.resolve("%07d.jpg".formatted(i)), image);
      }
    }
    close(shard);
  }

  private static List<byte[]> encoded() throws IOException {
    List<byte[]> encoded = new ArrayList<>();
    Path file = Path.of("data/fashion-mnist/t10k-images-idx3-ubyte.gz");
    try (DataInputStream in =
        new DataInputStream(new GZIPInputStream(Files.newInputStream(file)))) {
      in.skipNBytes(16);
      for (int i = 0; i < DIFFERENT; i++) {
        BufferedImage small = new BufferedImage(28, 28, BufferedImage.TYPE_INT_RGB);
        byte[] grey = in.readNBytes(28 * 28);
        for (int p = 0; p < grey.length; p++) {
          int v = grey[p] & 0xff;
          small.setRGB(p % 28, p / 28, v << 16 | v * (i % 7) / 7 << 8 | v * (i % 11) / 11);
        }
        BufferedImage large = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = large.createGraphics();
        graphics.setRenderingHint(
            RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BILINEAR);
        graphics.drawImage(small, 0, 0, SIDE, SIDE, null);
        graphics.dispose();
        ByteArrayOutputStream jpeg = new ByteArrayOutputStream();
        ImageIO.write(large, "jpg", jpeg);
        encoded.add(jpeg.toByteArray());
      }
    }
    return encoded;
  }

  private static void entry(OutputStream out, String name, byte[] content) throws IOException {
    byte[] header = new byte[512];
    put(header, 0, name);
    put(header, 100, "0000644\0");
    put(header, 108, "0000000\0");
    put(header, 116, "0000000\0");
    put(header, 124, "%011o\0".formatted(content.length));
    put(header, 136, "%011o\0".formatted(0));
    put(header, 148, "        ");
    put(header, 156, "0");
    put(header, 257, "ustar\00000");
    int sum = 0;
    for (byte each : header) {
      sum += each & 0xff;
    }
    put(header, 148, "%06o\0 ".formatted(sum));
    out.write(header);
    out.write(content);
    out.write(new byte[-content.length & 511]);
  }

  private static void put(byte[] header, int at, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    System.arraycopy(bytes, 0, header, at, bytes.length);
  }

  private static void close(OutputStream shard) throws IOException {
    if (shard != null) {
      shard.write(new byte[1024]);
      shard.close();
    }
  }
}
