package org.marginsoftmax.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Folders of image files as users have them. */
class ImageFilesTest extends CommandTest {
  @TempDir Path dir;

  private void image(String name) throws IOException {
    Path file = dir.resolve(name);
    Files.createDirectories(file.getParent());
    BufferedImage image = new BufferedImage(8, 8, BufferedImage.TYPE_BYTE_GRAY);
    image.getRaster().setSample(name.hashCode() & 7, 3, 0, 200);
    assertTrue(ImageIO.write(image, "png", file.toFile()));
  }

  @Test
  void checkTellsWhatIsPassedOver() throws IOException {
    for (int i = 0; i < 5; i++) {
      image("photos/a/" + i + ".png");
      image("photos/b/" + i + ".png");
      Files.writeString(dir.resolve("photos/b/" + i + ".webp"), "");
    }
    Files.writeString(dir.resolve("photos/labels.csv"), "");
    String photos = dir.resolve("photos").toString();
    assertEquals(0, run("check", "--data", photos, "--batch-size", "4", "--json"), () -> err);
    assertEquals(
        Map.of(
            "images of other formats, convert them to PNG or JPEG",
            Map.of(".webp", 5),
            "no images by their extension",
            Map.of(".csv", 1)),
        new ObjectMapper()
            .convertValue(new ObjectMapper().readTree(out).get("passed_over"), Map.class));
  }
}
