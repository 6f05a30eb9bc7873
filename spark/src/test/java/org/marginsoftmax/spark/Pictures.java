package org.marginsoftmax.spark;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import javax.imageio.ImageIO;

/** Small pictures, no two alike: grey and in colour, PNG and JPEG, of several sizes. */
final class Pictures {
  /** Names that shells, URIs and patterns take for something else. */
  static final List<String> ODD_NAMES =
      List.of(
          "with space.png",
          "zürich/schön ä.png",
          "日本語.jpg",
          "100%25 of %20 them.png",
          "a#b?c=d&e.png",
          "{x}[y]*z.png",
          "colon:12:30.png",
          "plus+comma,'quote'\".png",
          "back\\slash.png");

  private Pictures() {}

  /** Writes as many pictures as are asked for. */
  public static void main(String[] args) throws IOException {
    write(Path.of(args[0]), Integer.parseInt(args[1]));
  }

  /** Writes pictures and returns their names, relative to the folder. */
  static List<String> write(Path folder, int count) throws IOException {
    List<String> names = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      names.add(
          i < ODD_NAMES.size()
              ? ODD_NAMES.get(i)
              : String.format(Locale.ROOT, "%02d/%05d.%s", i % 7, i, i % 10 == 3 ? "jpg" : "png"));
    }
    for (int i = 0; i < count; i++) {
      Path file = folder.resolve(names.get(i));
      Files.createDirectories(file.getParent());
      Files.write(file, content(i, names.get(i).endsWith("jpg") ? "jpg" : "png"));
    }
    return names;
  }

  /** The content of a file. */
  static byte[] content(int seed, String format) {
    Random random = new Random(seed);
    boolean color = random.nextInt(4) == 0;
    int width = 28 + random.nextInt(20);
    BufferedImage image =
        new BufferedImage(
            width,
            28 + random.nextInt(20),
            color ? BufferedImage.TYPE_INT_RGB : BufferedImage.TYPE_BYTE_GRAY);
    Graphics2D graphics = image.createGraphics();
    for (int i = 0; i < 5; i++) {
      graphics.setColor(new Color(random.nextInt(1 << 24)));
      graphics.fillOval(random.nextInt(28), random.nextInt(28), 4 + random.nextInt(20), 9);
    }
    graphics.dispose();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      ImageIO.write(image, format, bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }
}
