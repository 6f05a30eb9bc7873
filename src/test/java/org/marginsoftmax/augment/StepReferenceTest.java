package org.marginsoftmax.augment;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Steps against Pillow, NumPy and colorsys (make_augment_reference.py). */
class StepReferenceTest {
  private static final JsonNode REFERENCE = read();

  private static JsonNode read() {
    try {
      return new ObjectMapper()
          .readTree(Path.of("src/test/resources/fixtures/augmented.json").toFile());
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static byte[] bytes(JsonNode text) {
    return Base64.getDecoder().decode(text.asText());
  }

  static Picture picture(int channels) {
    return Picture.of(
        REFERENCE.get("height").asInt(),
        REFERENCE.get("width").asInt(),
        channels,
        bytes(REFERENCE.get("pictures").get(String.valueOf(channels))),
        0);
  }

  @Test
  void everyStepIsWhatOthersComputeToo() {
    List<String> wrong = new ArrayList<>();
    int compared = 0;
    for (JsonNode reference : REFERENCE.get("cases")) {
      String step = reference.get("step").asText();
      int channels = reference.get("channels").asInt();
      double[] amounts = new ObjectMapper().convertValue(reference.get("amounts"), double[].class);
      Picture found = applied(step, amounts, picture(channels));
      byte[] pixels = new byte[found.levels().length];
      found.write(pixels, 0);
      byte[] expected = bytes(reference.get("pixels"));
      byte[] inside = reference.has("inside") ? bytes(reference.get("inside")) : null;
      int most = 0;
      double sum = 0;
      int n = 0;
      for (int i = 0; i < pixels.length; i++) {
        if (inside == null || inside[i / channels] != 0) {
          int off = Math.abs((pixels[i] & 0xff) - (expected[i] & 0xff));
          most = Math.max(most, off);
          sum += off;
          n++;
        }
      }
      assertTrue(n > pixels.length / 4, step);
      compared++;
      // Encoders differ: in how they round, and in how they thin out colours.
      boolean jpeg = step.equals("jpeg");
      if (jpeg ? sum / n > 1.5 : most > 1) {
        wrong.add(
            "%s %s, %d channels: at most %d, mean %.3f"
                .formatted(step, reference.get("amounts"), channels, most, sum / n));
      }
    }
    assertEquals(List.of(), wrong);
    assertEquals(43, compared);
  }

  private static Picture applied(String step, double[] a, Picture picture) {
    switch (step) {
      case "rotate":
        return Homography.rotation(a[0]).of(picture);
      case "scale":
        return Homography.scaling(a[0]).of(picture);
      case "shift":
        return Homography.shift(a[0], a[1]).of(picture);
      case "perspective":
        return corners(picture, a, 0).of(picture);
      case "rotate shift perspective":
        return Homography.rotation(a[0])
            .then(Homography.shift(a[1], a[2]))
            .then(corners(picture, a, 3))
            .of(picture);
      case "brightness":
        Colour.brightness(picture, a[0]);
        return picture;
      case "contrast":
        Colour.contrast(picture, a[0]);
        return picture;
      case "saturation":
        Colour.saturation(picture, a[0]);
        return picture;
      case "hue":
        Colour.hue(picture, a[0]);
        return picture;
      case "blur":
        Blur.gaussian(picture, a[0]);
        return picture;
      case "jpeg":
        Jpeg.compress(picture, (int) a[0]);
        return picture;
      default:
        throw new AssertionError(step);
    }
  }

  private static Homography corners(Picture picture, double[] a, int from) {
    double[] x = new double[4];
    double[] y = new double[4];
    System.arraycopy(a, from, x, 0, 4);
    System.arraycopy(a, from + 4, y, 0, 4);
    return Homography.corners(picture.width(), picture.height(), x, y);
  }
}
