package org.marginsoftmax.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.data.ImageShape;
import org.marginsoftmax.layer.Fixtures;

/** Sizes and fits. */
class ImageResizeTest {
  private static final List<ImageFit> FITS =
      List.of(ImageFit.STRETCH, ImageFit.CROP, ImageFit.pad(0), ImageFit.pad(77));

  private static BufferedImage noise(int height, int width, Random random) {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_BYTE_GRAY);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        image.getRaster().setSample(x, y, 0, random.nextInt(256));
      }
    }
    return image;
  }

  /** The weight of each pixel along an axis, from the definition of the filter. */
  private static double[] weights(int size, double start, double length, int to, int at) {
    double factor = length / to;
    double support = Math.max(1, factor);
    double center = start + (at + 0.5) * factor;
    double[] weights = new double[size];
    double sum = 0;
    for (int k = 0; k < size; k++) {
      weights[k] = Math.max(0, 1 - Math.abs(k + 0.5 - center) / support);
      sum += weights[k];
    }
    for (int k = 0; k < size; k++) {
      weights[k] /= sum;
    }
    return weights;
  }

  private static double expected(BufferedImage image, ImageForm form, int y, int x) {
    double h = image.getHeight();
    double w = image.getWidth();
    int height = form.shape().height();
    int width = form.shape().width();
    double rows = h;
    double columns = w;
    int above = 0;
    int before = 0;
    if (form.fit().kind() == ImageFit.Kind.CROP) {
      double scale = Math.max(height / h, width / w);
      rows = height / scale;
      columns = width / scale;
    } else if (form.fit().kind() == ImageFit.Kind.PAD) {
      double scale = Math.min(height / h, width / w);
      int inner = (int) Math.max(1, Math.round(w * scale));
      int innerHeight = (int) Math.max(1, Math.round(h * scale));
      above = (height - innerHeight) / 2;
      before = (width - inner) / 2;
      height = innerHeight;
      width = inner;
    }
    if (y < above || y >= above + height || x < before || x >= before + width) {
      return form.fit().border();
    }
    double[] down = weights((int) h, (h - rows) / 2, rows, height, y - above);
    double[] across = weights((int) w, (w - columns) / 2, columns, width, x - before);
    double value = 0;
    for (int i = 0; i < down.length; i++) {
      for (int j = 0; down[i] != 0 && j < across.length; j++) {
        value += down[i] * across[j] * image.getRaster().getSample(j, i, 0);
      }
    }
    return value;
  }

  /** Fixtures made by Pillow: Image.resize(size, Image.BILINEAR). */
  @Test
  void resizesAsPillowDoes() {
    for (JsonNode node : Fixtures.read("resized.json")) {
      double[] in = Fixtures.doubles(node.get("pixels"));
      int channels = node.get("channels").asInt();
      ImageSize image = new ImageSize(node.get("height").asInt(), node.get("width").asInt());
      ImageSize to = new ImageSize(node.get("to_height").asInt(), node.get("to_width").asInt());
      byte[] found =
          ImageResize.of(
              (y, row) -> {
                for (int i = 0; i < row.length; i++) {
                  row[i] = (byte) in[y * row.length + i];
                }
              },
              image,
              channels,
              Placement.of(ImageFit.STRETCH, image, to));
      int[] expected = Fixtures.ints(node.get("expected"));
      for (int i = 0; i < expected.length; i++) {
        assertEquals(expected[i], found[i] & 0xff, to + " at " + i);
      }
    }
  }

  @Test
  void everyPixelIsTheFiltersWhateverTheSizeAndTheFit() {
    Random random = new Random(3);
    for (int i = 0; i < 400; i++) {
      BufferedImage image = noise(1 + random.nextInt(60), 1 + random.nextInt(60), random);
      ImageShape shape = new ImageShape(1 + random.nextInt(24), 1 + random.nextInt(24), 1);
      ImageForm form = new ImageForm(shape, FITS.get(i % FITS.size()));
      byte[] pixels = ImageFile.resized(image, form);
      for (int p = 0; p < pixels.length; p++) {
        double wanted = expected(image, form, p / shape.width(), p % shape.width());
        assertEquals(
            wanted,
            pixels[p] & 0xff,
            1.001, // half a level for each axis
            "%s, %d x %d".formatted(form, image.getHeight(), image.getWidth()));
      }
    }
  }

  /** Where nothing has to be resized, cut off or added, every fit gives the image itself. */
  @Test
  void anImageOfTheSizeOfTheSamplesIsKept() {
    Random random = new Random(4);
    for (int i = 0; i < 100; i++) {
      BufferedImage image = noise(1 + random.nextInt(40), 1 + random.nextInt(40), random);
      int[] given =
          image.getRaster().getSamples(0, 0, image.getWidth(), image.getHeight(), 0, (int[]) null);
      ImageShape shape = new ImageShape(image.getHeight(), image.getWidth(), 3);
      for (ImageFit fit : FITS) {
        byte[] pixels = ImageFile.resized(image, new ImageForm(shape, fit));
        for (int p = 0; p < pixels.length; p++) {
          assertEquals(given[p / 3], pixels[p] & 0xff);
        }
      }
    }
  }

  /** A turned image is fitted as it is seen: the border is where it would be if stored upright. */
  @Test
  void aTurnedImageIsFittedAsItIsSeen() {
    Random random = new Random(5);
    for (int exif = 1; exif <= 8; exif++) {
      Orientation orientation = new Orientation(exif);
      for (int i = 0; i < 40; i++) {
        BufferedImage stored = noise(1 + random.nextInt(30), 1 + random.nextInt(30), random);
        ImageSize size = new ImageSize(stored.getHeight(), stored.getWidth());
        ImageSize upright = orientation.swapsSides() ? size.turned() : size;
        byte[] values =
            ImageFile.resized(
                stored, ImageForm.stretched(new ImageShape(size.height(), size.width(), 1)));
        BufferedImage seen =
            new BufferedImage(upright.width(), upright.height(), BufferedImage.TYPE_BYTE_GRAY);
        byte[] turned = orientation.upright(values, upright, 1);
        seen.getRaster().setDataElements(0, 0, upright.width(), upright.height(), turned);
        ImageForm form =
            new ImageForm(
                new ImageShape(1 + random.nextInt(20), 1 + random.nextInt(20), 3),
                FITS.get(i % FITS.size()));
        byte[] expected = ImageFile.resized(seen, form);
        byte[] found = ImageFile.resized(stored, orientation, form);
        for (int p = 0; p < expected.length; p++) {
          // A sum within rounding of a half may go to either side.
          assertEquals(expected[p] & 0xff, found[p] & 0xff, 1, form + " " + orientation);
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"112, 112, 112", "112x96, 112, 96", "1x1024, 1, 1024", "28x28, 28, 28"})
  void aSizeIsReadAsItIsWritten(String text, int height, int width) {
    ImageSize size = ImageSize.parse(text);
    assertEquals(new ImageSize(height, width), size);
    assertEquals(size, ImageSize.parse(size.toString()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "x", "112x", "x96", "112X96", "112x96x3", "-1", "0", "0x5", "1e3", " 5"})
  void whatIsNoSizeIsRefused(String text) {
    InvalidInputException refused =
        assertThrows(InvalidInputException.class, () -> ImageSize.parse(text));
    assertTrue(refused.getMessage().contains("112x96"), refused.getMessage());
  }

  @ParameterizedTest
  @ValueSource(strings = {"stretch", "crop", "pad", "pad:1", "pad:255"})
  void aFitIsReadAsItIsWritten(String text) {
    assertEquals(text, ImageFit.parse(text).toString());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "fill", "pad:", "pad:256", "pad:-1", "crop:3", "PAD"})
  void whatIsNoFitIsRefused(String text) {
    InvalidInputException refused =
        assertThrows(InvalidInputException.class, () -> ImageFit.parse(text));
    assertTrue(refused.getMessage().contains("stretch, crop, pad"), refused.getMessage());
  }

  @Test
  void aBorderOfNothingElseIsRefused() {
    assertEquals(ImageFit.parse("pad"), ImageFit.pad(0));
    assertThrows(InvalidInputException.class, () -> new ImageFit(ImageFit.Kind.CROP, 1));
    assertArrayEquals(
        new byte[] {9, 5, 9},
        ImageFile.resized(grey5(), new ImageForm(new ImageShape(1, 3, 1), ImageFit.pad(9))));
  }

  private static BufferedImage grey5() {
    BufferedImage image = new BufferedImage(1, 1, BufferedImage.TYPE_BYTE_GRAY);
    image.getRaster().setSample(0, 0, 0, 5);
    return image;
  }
}
