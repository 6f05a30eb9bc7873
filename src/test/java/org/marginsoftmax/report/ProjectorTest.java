package org.marginsoftmax.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The files of TensorBoard's projector; that it shows them is ProjectorBrowserTest's. */
class ProjectorTest {
  @TempDir Path dir;

  /** Embeddings, some of which are zeros, ones, or would be valid UTF-8 as they are. */
  static float[][] embeddings(int n, int dimension, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[][] rows = new float[n][dimension];
    for (float[] row : rows) {
      for (int k = 0; k < dimension; k++) {
        row[k] =
            switch (random.nextInt(4)) {
              case 0 -> 0;
              case 1 -> 1;
              case 2 -> Float.intBitsToFloat(0x3e0a090a);
              default -> (float) random.nextDouble(-1, 1);
            };
      }
    }
    return rows;
  }

  private static List<List<String>> rows(int n) {
    return IntStream.range(0, n).mapToObj(i -> List.of("class " + i % 3, "sample " + i)).toList();
  }

  @Test
  void numbersAreReadBackAndAreNoText() throws IOException {
    for (int n : new int[] {1, 2, 3, 50}) {
      for (int dimension : new int[] {1, 2, 3, 64}) {
        for (long seed = 0; seed < 20; seed++) {
          float[][] rows = embeddings(n, dimension, seed);
          new Projector("made up", rows, List.of("class", "sample"), rows(n), null).write(dir);
          byte[] bytes = Files.readAllBytes(dir.resolve("projector/embeddings.bytes"));
          assertEquals(4 * n * dimension, bytes.length);
          ByteBuffer numbers = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
          for (int i = 0; i < n * dimension; i++) {
            float expected = rows[i / dimension][i % dimension];
            float tolerance = i == 0 ? Math.max(1e-40f, 3.1e-5f * Math.abs(expected)) : 0;
            assertEquals(expected, numbers.getFloat(), tolerance, "number " + i);
          }
          // TensorBoard decodes line after line, and takes what it can decode for TSV.
          int end = 0;
          while (end < bytes.length && bytes[end] != '\n') {
            end++;
          }
          ByteBuffer line = ByteBuffer.wrap(bytes, 0, end);
          assertThrows(
              CharacterCodingException.class,
              () -> StandardCharsets.UTF_8.newDecoder().decode(line));
        }
      }
    }
  }

  @Test
  void everySampleIsALineWhateverItsName() throws IOException {
    List<String> names =
        Stream.of("\t", "\n", "\r", "\\", "\\t", "a", "ü", "漢", " ", "\r\n", "\u2028", "<b>")
            .toList();
    List<List<String>> rows =
        names.stream()
            .flatMap(a -> names.stream().map(b -> List.of("class " + a + b, b + a + b)))
            .toList();
    float[][] numbers = embeddings(rows.size(), 4, 1);
    new Projector("made up", numbers, List.of("class", "sample"), rows, null).write(dir);
    String text = Files.readString(dir.resolve("projector/samples.tsv"));
    String[] lines = text.split("\n", -1);
    assertEquals("class\tsample", lines[0]);
    assertEquals(rows.size() + 2, lines.length);
    assertEquals("", lines[lines.length - 1]);
    for (int i = 0; i < rows.size(); i++) {
      String[] cells = lines[i + 1].split("\t", -1);
      assertEquals(2, cells.length, lines[i + 1]);
      for (int k = 0; k < 2; k++) {
        assertFalse(cells[k].contains("\r"));
        // Escapes have one meaning.
        StringBuilder read = new StringBuilder();
        for (int c = 0; c < cells[k].length(); c++) {
          char at = cells[k].charAt(c);
          read.append(
              at != '\\'
                  ? at
                  : switch (cells[k].charAt(++c)) {
                    case 't' -> '\t';
                    case 'n' -> '\n';
                    case 'r' -> '\r';
                    default -> '\\';
                  });
        }
        assertEquals(rows.get(i).get(k), read.toString());
      }
    }
  }

  @Test
  void theConfigurationSaysWhatIsThere() throws IOException {
    new Projector(
            "made up",
            embeddings(7, 3, 1),
            List.of("class", "sample"),
            rows(7),
            new Thumbnails(Pages.images(7), 8, 8, 1))
        .write(dir);
    assertEquals(
        """
        embeddings {
          tensor_name: "made up"
          tensor_path: "projector/embeddings.bytes"
          tensor_shape: 7
          tensor_shape: 3
          metadata_path: "projector/samples.tsv"
          sprite {
            image_path: "projector/images.png"
            single_image_dim: 8
            single_image_dim: 8
          }
        }
        """,
        Files.readString(dir.resolve("projector_config.pbtxt")));
    try (Stream<Path> files = Files.walk(dir)) {
      assertEquals(
          List.of(
              "projector",
              "projector/embeddings.bytes",
              "projector/images.png",
              "projector/samples.tsv",
              "projector_config.pbtxt"),
          files.skip(1).map(f -> dir.relativize(f).toString()).sorted().toList());
    }
  }

  @Test
  void everyImageIsWhereTensorBoardLooksForIt() throws IOException {
    for (int n : new int[] {1, 2, 3, 4, 5, 9, 10, 12, 13, 64, 65, 99, 100, 101}) {
      new Projector(
              "made up",
              embeddings(n, 2, 1),
              List.of("class", "sample"),
              rows(n),
              new Thumbnails(Pages.images(n), 8, 8, 1))
          .write(dir);
      BufferedImage image = ImageIO.read(dir.resolve("projector/images.png").toFile());
      // As it divides: the width of the sheet by that of an image.
      int columns = image.getWidth() / 8;
      assertEquals((int) Math.ceil(Math.sqrt(n)), columns);
      assertEquals((n + columns - 1) / columns * 8, image.getHeight());
      for (int i = 0; i < n; i++) {
        for (int p = 0; p < 64; p++) {
          int x = i % columns * 8 + p % 8;
          int y = i / columns * 8 + p / 8;
          assertEquals(i % 64 == p ? 255 : 0, image.getRaster().getSample(x, y, 0));
        }
      }
    }
  }

  /** 8,192 pixels are the side of the largest texture that every browser has. */
  @Test
  void theLargestSheetIsOneThatBrowsersTake() {
    for (int side : new int[] {1, 28, 60}) {
      byte[] pixels = new byte[side * side];
      List<byte[]> images = Collections.nCopies(Projector.MOST, pixels);
      Thumbnails.Sheet sheet = new Thumbnails(images, side, side, 1).square();
      assertTrue(sheet.image().getWidth() <= 8192 && sheet.image().getHeight() <= 8192);
      assertEquals(Math.min(48, side), sheet.width());
    }
  }
}
