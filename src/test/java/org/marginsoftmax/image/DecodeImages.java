package org.marginsoftmax.image;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.marginsoftmax.data.ImageShape;

/**
 * Reads image files for check_images.py: each line of a file has, between tabs, an image, a size, a
 * fit and where to write the pixels.
 */
public final class DecodeImages {
  private DecodeImages() {}

  public static void main(String[] arguments) throws IOException {
    for (String line : Files.readAllLines(Path.of(arguments[0]))) {
      String[] parts = line.split("\t");
      ImageSize size = ImageSize.parse(parts[1]);
      ImageForm form =
          new ImageForm(new ImageShape(size.height(), size.width(), 3), ImageFit.parse(parts[2]));
      try {
        Files.write(Path.of(parts[3]), ImageFile.read(Path.of(parts[0]), form));
      } catch (IOException e) {
        Files.writeString(Path.of(parts[3] + ".error"), e.toString());
      }
    }
  }
}
