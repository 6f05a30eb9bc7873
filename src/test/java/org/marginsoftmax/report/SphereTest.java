package org.marginsoftmax.report;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Base64;
import java.util.List;
import java.util.OptionalDouble;
import java.util.Random;
import java.util.stream.IntStream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.marginsoftmax.InvalidInputException;
import org.w3c.dom.Document;
import org.xml.sax.InputSource;

class SphereTest {
  private static short[] numbers(String base64) {
    byte[] bytes = Base64.getDecoder().decode(base64);
    short[] numbers = new short[bytes.length / 2];
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asShortBuffer().get(numbers);
    return numbers;
  }

  @Test
  void coordinatesKeepFourDigitsWhateverTheyAre() {
    Random random = new Random(1);
    float[][] rows = new float[1000][7];
    for (float[] row : rows) {
      for (int k = 0; k < row.length; k++) {
        row[k] = (float) (2 * random.nextDouble() - 1);
      }
    }
    rows[0] = new float[] {-1, 1, 0, -1.00001f, 1.00001f, 1e-9f, -1e-9f};
    short[] packed = numbers(Packed.coordinates(rows));
    assertEquals(7000, packed.length);
    for (int i = 0; i < packed.length; i++) {
      assertEquals(rows[i / 7][i % 7], packed[i] / 32767.0, 2e-5);
    }
    int[] whole = IntStream.rangeClosed(-32768, 32767).toArray();
    short[] same = numbers(Packed.integers(whole));
    assertArrayEquals(whole, IntStream.range(0, same.length).map(i -> same[i]).toArray());
    assertEquals("", Packed.coordinates(new float[0][]));
  }

  @Test
  void refusesWhatDoesNotBelongTogether() {
    OptionalDouble none = OptionalDouble.empty();
    new Sphere(new float[2][3], new int[2], new float[1][3], new float[2], none);
    new Sphere(new float[0][], new int[0], new float[0][], new float[0], none);
    assertThrows(
        InvalidInputException.class,
        () -> new Sphere(new float[2][3], new int[1], new float[1][3], new float[2], none));
    assertThrows(
        InvalidInputException.class,
        () -> new Sphere(new float[2][3], new int[2], new float[1][3], new float[1], none));
    assertThrows(
        InvalidInputException.class,
        () -> new Sphere(new float[2][2], new int[2], new float[1][3], new float[2], none));
    assertThrows(
        InvalidInputException.class,
        () -> new Sphere(new float[2][3], new int[2], new float[1][4], new float[2], none));
    assertThrows(
        InvalidInputException.class,
        () -> new Growth("validation", new int[2], new int[1], new float[1][1][3]));
    assertThrows(
        InvalidInputException.class,
        () -> new Growth("validation", new int[1], new int[2], new float[1][1][3]));
  }

  @Test
  void manyEpochsAreThinnedToSixtyWithTheFirstAndTheLast() {
    for (int n = 1; n < 300; n++) {
      float[][][] points = new float[n][1][3];
      for (int e = 0; e < n; e++) {
        points[e][0][0] = e / 300f;
      }
      Growth growth =
          new Growth("training", IntStream.rangeClosed(1, n).toArray(), new int[1], points);
      int[] epochs = (int[]) growth.asData().get("epochs");
      assertEquals(Math.min(60, n), epochs.length);
      assertEquals(1, epochs[0]);
      assertEquals(n, epochs[epochs.length - 1]);
      short[] packed = numbers((String) growth.asData().get("points"));
      for (int e = 0; e < epochs.length; e++) {
        assertEquals((epochs[e] - 1) / 300.0, packed[3 * e] / 32767.0, 1e-4);
        assertTrue(e == 0 || epochs[e] > epochs[e - 1]);
      }
    }
  }

  /** Each sample once, in a well-formed picture that no name breaks. */
  @Test
  void stillPictureHasEverySampleAndIsWellFormed() throws Exception {
    List<String> names = List.of("</svg><script>", "a & \"b\"", "😀".repeat(40), "c");
    for (int[] coloured : new int[][] {{0, 1, 2, 3}, {2}, {}}) {
      String svg = SphereFigure.of(Pages.sphere(4, 400, 0.2), names, coloured);
      assertFalse(svg.contains("<script"));
      assertEquals(400, svg.split("h0", -1).length - 1);
      Document document =
          DocumentBuilderFactory.newInstance()
              .newDocumentBuilder()
              .parse(new InputSource(new StringReader(svg)));
      assertEquals(coloured.length, document.getElementsByTagName("text").getLength());
      if (coloured.length == 4) {
        assertEquals(names.get(0), document.getElementsByTagName("text").item(0).getTextContent());
        assertEquals(
            "😀".repeat(17) + "…", document.getElementsByTagName("text").item(2).getTextContent());
      }
    }
  }
}
