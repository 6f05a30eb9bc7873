package org.marginsoftmax.augment;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.function.IntToDoubleFunction;
import java.util.function.LongToDoubleFunction;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.data.ArrayShape;
import org.marginsoftmax.data.Augmenter;
import org.marginsoftmax.data.ElementSpec;
import org.marginsoftmax.data.ImageShape;

class AugmentationTest {
  private static final int DRAWS = 2000;
  private static final ImageShape COLOUR = new ImageShape(36, 52, 3);
  private static final ArrayShape SEQUENCE = new ArrayShape(List.of(40, 6));

  private static byte[] pixels(ImageShape shape, long seed) {
    byte[] pixels = new byte[shape.size()];
    new Random(seed).nextBytes(pixels);
    return pixels;
  }

  private static byte[] changed(String list, ElementSpec element, byte[] sample, long draw) {
    byte[] copy = sample.clone();
    Augmentation.of(list, element).augment(copy, 0, draw);
    return copy;
  }

  private static float[] numbers(IntToDoubleFunction of) {
    float[] values = new float[SEQUENCE.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) of.applyAsDouble(i);
    }
    return values;
  }

  private static byte[] bytes(float[] values) {
    byte[] bytes = new byte[values.length * Float.BYTES];
    ArrayShape.floats(bytes).put(values);
    return bytes;
  }

  private static float[] changed(String list, ArrayShape shape, float[] values, long draw) {
    float[] found = new float[values.length];
    ArrayShape.floats(changed(list, shape, bytes(values), draw)).get(found);
    return found;
  }

  @Test
  void atStrengthOrProbability0EveryStepIsTheIdentity() {
    for (Augmentation.StepHelp step : Augmentation.steps()) {
      ElementSpec element = step.of().equals("arrays") ? SEQUENCE : COLOUR;
      assertSame(Augmenter.NONE, Augmentation.of(step.name() + ":0", element), step.name());
      if (step.strength() != null) {
        assertSame(Augmenter.NONE, Augmentation.of(step.name() + ":1:0", element), step.name());
      }
    }
    assertSame(Augmenter.NONE, Augmentation.of("none", COLOUR));
    assertSame(Augmenter.NONE, Augmentation.of("none", SEQUENCE));
  }

  /** Nothing jumps: a strength near 0 changes next to nothing. */
  @Test
  void strengthsBeginAtTheIdentity() {
    byte[] sample = pixels(COLOUR, 3);
    for (ImageStep step : ImageStep.values()) {
      if (step.strength() != null) {
        byte[] found = changed(step.word() + ":1:0.000001", COLOUR, sample, 5);
        assertArrayEquals(sample, found, step.word());
      }
    }
    float[] values = numbers(i -> i % 7);
    for (String step : List.of("time-crop:1:0.0001", "time-mask:1:0.9", "frequency-mask:1:0.9")) {
      assertArrayEquals(values, changed(step, SEQUENCE, values, 5), step);
    }
    assertArrayEquals(values, changed("noise:1:0.0000001", SEQUENCE, values, 5), 1e-5f);
  }

  @Test
  void mirroredTwiceAndTurnedFourTimesIsTheImage() {
    for (int side : new int[] {1, 2, 7, 28, 32}) {
      ImageShape shape = new ImageShape(side, side, 3);
      byte[] sample = pixels(shape, side);
      Picture picture = Picture.of(side, side, 3, sample, 0);
      Picture mirrored = Homography.mirror().of(picture);
      Picture turned = Homography.rotation(90).of(picture);
      for (int y = 0; y < side; y++) {
        for (int x = 0; x < side; x++) {
          for (int c = 0; c < 3; c++) {
            float level = picture.levels()[(y * side + x) * 3 + c];
            assertEquals(level, mirrored.levels()[(y * side + side - 1 - x) * 3 + c]);
            // Counterclockwise: the right column becomes the top row.
            assertEquals(level, turned.levels()[((side - 1 - x) * side + y) * 3 + c], 1e-3);
          }
        }
      }
      assertArrayEquals(picture.levels(), Homography.mirror().of(mirrored).levels());
      Homography four =
          Homography.rotation(90)
              .then(Homography.rotation(90))
              .then(Homography.rotation(90))
              .then(Homography.rotation(90));
      assertArrayEquals(picture.levels(), four.of(picture).levels(), 1e-3f);
      assertArrayEquals(sample, changed("flip:1,flip:1", shape, sample, 1));
    }
  }

  /** Together they are one change: interpolated once, the levels are those of one change. */
  /** Pixels that are only moved are not interpolated: the same to the bit. */
  @Test
  void aMirroredImageIsWhatInterpolationGives() {
    Random random = new Random(5);
    for (ImageShape shape :
        List.of(
            new ImageShape(1, 1, 1),
            new ImageShape(3, 4, 3),
            new ImageShape(7, 5, 1),
            new ImageShape(6, 9, 3))) {
      byte[] sample = new byte[shape.size()];
      random.nextBytes(sample);
      byte[] expected = new byte[sample.length];
      Homography.mirror()
          .of(Picture.of(shape.height(), shape.width(), shape.channels(), sample, 0))
          .write(expected, 0);
      assertArrayEquals(expected, changed("flip:1", shape, sample, 1));
    }
  }

  @Test
  void stepsThatMoveAreInterpolatedOnce() {
    byte[] sample = pixels(COLOUR, 4);
    byte[] there = sample.clone();
    Picture picture = Picture.of(36, 52, 3, sample, 0);
    Homography.shift(0.5, 0).then(Homography.shift(-0.5, 0)).of(picture).write(there, 0);
    assertArrayEquals(sample, there);
    assertArrayEquals(
        changed("noise:1:9,rotate:1:9,shift:1:0.2", COLOUR, sample, 8),
        changed("rotate:1:9,noise:1:9,shift:1:0.2", COLOUR, sample, 8));
  }

  /** A step draws numbers of its own, whatever the others do. */
  @Test
  void anotherStrengthOfOneStepLeavesTheOthers() {
    ImageShape grey = new ImageShape(30, 30, 1);
    byte[] sample = new byte[900];
    byte[] weak = changed("blur:1:0.1,erase:1:0.5", grey, sample, 8);
    byte[] strong = changed("blur:1:9,erase:1:0.5", grey, sample, 8);
    assertArrayEquals(weak, strong);
  }

  @Test
  void sameDrawSameBytesAndNoOthers() {
    for (String list : List.of("light", "photo", "face", "document")) {
      byte[] batch = new byte[3 * COLOUR.size()];
      new Random(1).nextBytes(batch);
      byte[] before = batch.clone();
      Augmentation.of(list, COLOUR).augment(batch, COLOUR.size(), 77);
      byte[] sample = Arrays.copyOfRange(before, COLOUR.size(), 2 * COLOUR.size());
      byte[] found = Arrays.copyOfRange(batch, COLOUR.size(), 2 * COLOUR.size());
      assertArrayEquals(changed(list, COLOUR, sample, 77), found);
      assertFalse(Arrays.equals(found, changed(list, COLOUR, sample, 78)));
      for (int i : new int[] {0, 2}) {
        assertTrue(
            Arrays.equals(
                before,
                i * COLOUR.size(),
                (i + 1) * COLOUR.size(),
                batch,
                i * COLOUR.size(),
                (i + 1) * COLOUR.size()));
      }
    }
  }

  /** Every step at its usual and largest strength on every shape, however small. */
  @Test
  void anySizeAndStrengthWorks() {
    for (int[] size : new int[][] {{1, 1}, {1, 9}, {9, 1}, {2, 3}, {28, 28}, {17, 40}}) {
      for (int channels : new int[] {1, 3}) {
        ImageShape shape = new ImageShape(size[0], size[1], channels);
        for (ImageStep step : ImageStep.values()) {
          for (double strength :
              step.strength() == null
                  ? new double[] {1}
                  : new double[] {step.strength().usual(), step.strength().largest()}) {
            for (long draw = 0; draw < 8; draw++) {
              String list = step.word() + ":1" + (step.strength() == null ? "" : ":" + strength);
              changed(list, shape, pixels(shape, draw), draw);
            }
          }
        }
        for (String preset : Augmentation.presets().keySet()) {
          changed(preset, shape, pixels(shape, 3), 4);
        }
      }
    }
  }

  /** Far beyond the borders every pixel is one of the border. */
  @Test
  void theBorderGoesOn() {
    ImageShape grey = new ImageShape(8, 8, 1);
    byte[] sample = new byte[64];
    for (int i = 0; i < 64; i++) {
      sample[i] = (byte) (i % 8 == 0 || i % 8 == 7 || i < 8 || i >= 56 ? 200 : 10);
    }
    Picture far = Homography.shift(30, -30).of(Picture.of(8, 8, 1, sample, 0));
    for (float level : far.levels()) {
      assertEquals(200, level);
    }
    assertEquals(grey.size(), far.levels().length);
  }

  private static double[] drawn(LongToDoubleFunction measure) {
    return LongStream.range(0, DRAWS).mapToDouble(measure).sorted().toArray();
  }

  /** Quartiles, least and most of what should be uniform. */
  private static void assertUniform(double from, double to, double[] sorted, double slack) {
    for (int quarter = 0; quarter <= 4; quarter++) {
      int index = Math.min(DRAWS - 1, quarter * DRAWS / 4);
      double expected = from + quarter * (to - from) / 4;
      assertEquals(expected, sorted[index], slack + 0.05 * (to - from), "quarter " + quarter);
    }
    assertTrue(sorted[0] >= from - slack && sorted[DRAWS - 1] <= to + slack);
  }

  @Test
  void amountsAreUniformWithinTheStrength() {
    ImageShape dot = new ImageShape(1, 1, 1);
    byte[] level = {100};
    assertUniform(
        0.6,
        1.4,
        drawn(draw -> (changed("brightness:1:0.4", dot, level, draw)[0] & 0xff) / 100.0),
        0.005);
    // A ramp says how far it was moved.
    ImageShape ramp = new ImageShape(1, 101, 1);
    byte[] levels = new byte[101];
    for (int i = 0; i < 101; i++) {
      levels[i] = (byte) (2 * i);
    }
    assertUniform(
        -0.2,
        0.2,
        drawn(
            draw ->
                ((levels[50] & 0xff) - (changed("shift:1:0.2", ramp, levels, draw)[50] & 0xff))
                    / 202.0),
        0.005);
    double[] factors =
        drawn(
            draw -> {
              byte[] found = changed("scale:1:1", ramp, levels, draw);
              return Math.log(40.0 / ((found[60] & 0xff) - (found[40] & 0xff)));
            });
    assertUniform(-Math.log(2), Math.log(2), factors, 0.06);
    // The slope of a plane says how it was turned.
    ImageShape plane = new ImageShape(41, 41, 1);
    byte[] slope = new byte[41 * 41];
    for (int i = 0; i < slope.length; i++) {
      slope[i] = (byte) (127 + 3 * (i % 41 - 20));
    }
    assertUniform(
        -30,
        30,
        drawn(
            draw -> {
              byte[] found = changed("rotate:1:30", plane, slope, draw);
              double right = (found[20 * 41 + 30] & 0xff) - (found[20 * 41 + 10] & 0xff);
              double down = (found[30 * 41 + 20] & 0xff) - (found[10 * 41 + 20] & 0xff);
              return Math.toDegrees(Math.atan2(down, right));
            }),
        1.5);
  }

  @Test
  void probabilitiesAreKept() {
    byte[] sample = pixels(COLOUR, 9);
    for (double p : new double[] {0.1, 0.5, 0.9}) {
      long mirrored =
          LongStream.range(0, DRAWS)
              .filter(draw -> !Arrays.equals(sample, changed("flip:" + p, COLOUR, sample, draw)))
              .count();
      assertEquals(p, (double) mirrored / DRAWS, 4 * Math.sqrt(p * (1 - p) / DRAWS));
    }
  }

  @Test
  void noiseHasItsEnergyAndErasingItsArea() {
    SplittableRandom random = new SplittableRandom(1);
    float[] flat = new float[100_000];
    Arrays.fill(flat, 128);
    Noise.add(flat, 7, random);
    double squares = 0;
    double sum = 0;
    for (float level : flat) {
      squares += (level - 128) * (level - 128);
      sum += level - 128;
    }
    assertEquals(49, squares / flat.length, 1);
    assertEquals(0, sum / flat.length, 0.1);
    for (double area : new double[] {0.05, 0.3, 0.8}) {
      for (int i = 0; i < 50; i++) {
        Picture picture = new Picture(60, 80, 1, new float[4800]);
        Arrays.fill(picture.levels(), -1);
        Erasing.erase(picture, area, random);
        double erased =
            IntStream.range(0, 4800).filter(k -> picture.levels()[k] >= 0).count() / 4800.0;
        assertEquals(area, erased, 0.025);
      }
    }
    assertUniform(
        0,
        0.5,
        drawn(
            draw -> {
              byte[] found = changed("erase:1:0.5", COLOUR, new byte[COLOUR.size()], draw);
              long changed = IntStream.range(0, found.length).filter(i -> found[i] != 0).count();
              return (double) changed / found.length;
            }),
        0.02);
  }

  /** Where in the image the part comes from, by ramps along both axes. */
  @Test
  void cropsAPartOfItsAreaAndShapeInsideTheImage() {
    ImageShape shape = new ImageShape(50, 100, 1);
    byte[] across = new byte[5000];
    byte[] along = new byte[5000];
    for (int i = 0; i < 5000; i++) {
      across[i] = (byte) (2 * (i % 100));
      along[i] = (byte) (4 * (i / 100));
    }
    double[] areas =
        drawn(
            draw -> {
              byte[] x = changed("crop:1:0.6", shape, across, draw);
              byte[] y = changed("crop:1:0.6", shape, along, draw);
              double width = ((x[80] & 0xff) - (x[20] & 0xff)) / 120.0;
              double height = ((y[4000] & 0xff) - (y[1000] & 0xff)) / 120.0;
              assertEquals(1, Math.pow(width / height, 1), 0.4);
              return width * height;
            });
    assertUniform(0.4, 1, areas, 0.04);
  }

  @Test
  void greyImagesHaveNoColours() {
    ImageShape grey = new ImageShape(20, 20, 1);
    assertSame(Augmenter.NONE, Augmentation.of("saturation,hue,grey:1", grey));
    byte[] sample = pixels(grey, 2);
    assertArrayEquals(
        changed("rotate:1:20,saturation,hue,grey:1", grey, sample, 3),
        changed("rotate:1:20", grey, sample, 3));
    byte[] colour = pixels(COLOUR, 2);
    byte[] found = changed("grey:1", COLOUR, colour, 3);
    for (int i = 0; i < found.length; i += 3) {
      assertTrue(found[i] == found[i + 1] && found[i] == found[i + 2]);
    }
  }

  @Test
  void cropsMasksAndDisturbsSequences() {
    float[] values = numbers(i -> i / 6 + i % 6 / 10.0);
    float mean =
        (float) IntStream.range(0, 240).mapToDouble(i -> values[i]).average().orElseThrow();
    int masked = 0;
    int columns = 0;
    for (long draw = 0; draw < 200; draw++) {
      float[] cropped = changed("time-crop:1:0.5", SEQUENCE, values, draw);
      int first = (int) cropped[0];
      int kept = 1;
      while (kept < 40 && (int) cropped[kept * 6] == first + kept) {
        kept++;
      }
      assertTrue(kept >= 20 && first + kept <= 40);
      for (int i = 0; i < 240; i++) {
        assertEquals(values[(first + i / 6 % kept) * 6 + i % 6], cropped[i]);
      }
      float[] time = changed("time-mask:1:8", SEQUENCE, values, draw);
      masked += (int) IntStream.range(0, 40).filter(t -> time[t * 6] == mean).count();
      float[] frequency = changed("frequency-mask:1:3", SEQUENCE, values, draw);
      long here = IntStream.range(0, 6).filter(f -> Math.abs(frequency[f] - mean) < 1e-4).count();
      assertTrue(here <= 3);
      columns += (int) here;
    }
    assertEquals(4, masked / 200.0, 0.7);
    assertEquals(1.5, columns / 200.0, 0.3);
    double energy =
        LongStream.range(0, 400)
            .mapToDouble(
                draw -> {
                  float[] noisy = changed("noise:1:0.5", SEQUENCE, values, draw);
                  return IntStream.range(0, 240)
                      .mapToDouble(i -> Math.pow(noisy[i] - values[i], 2))
                      .average()
                      .orElseThrow();
                })
            .average()
            .orElseThrow();
    double variance =
        IntStream.range(0, 240).mapToDouble(i -> Math.pow(values[i] - mean, 2)).average().orElse(0);
    // The mean of (0.5 u)^2 is 1 / 12.
    assertEquals(variance / 12, energy, 0.1 * variance / 12);
  }

  @Test
  void refusesListsThatCannotBeMeant() {
    ArrayShape features = new ArrayShape(List.of(13));
    Object[][] refused = {
      {"rotat", COLOUR, "rotate"},
      {"rotate:2", COLOUR, "0..1"},
      {"rotate:-0.1", COLOUR, "probability"},
      {"rotate:1:181", COLOUR, "0..180"},
      {"rotate:1:NaN", COLOUR, "strength"},
      {"rotate:1:x", COLOUR, "'x'"},
      {"rotate:1:5:3", COLOUR, "NAME:PROBABILITY:STRENGTH"},
      {"flip:1:5", COLOUR, "without a strength"},
      {"flip,,rotate", COLOUR, "''"},
      {"Flip", COLOUR, "flip"},
      {"time-mask", COLOUR, "not for images"},
      {"flip", SEQUENCE, "not for arrays"},
      {"photo", SEQUENCE, "preset"},
      {"time-mask:1:41", SEQUENCE, "0..40"},
      {"frequency-mask:1:7", SEQUENCE, "0..6"},
      {"time-mask:1:Infinity", SEQUENCE, "strength"},
      {"time-crop", features, "[T, F]"},
      {"flip", new ImageShape(5, 5, 4), "1 or 3 channels"},
    };
    for (Object[] row : refused) {
      String message =
          assertThrows(
                  InvalidInputException.class,
                  () -> Augmentation.of((String) row[0], (ElementSpec) row[1]),
                  (String) row[0])
              .getMessage();
      assertTrue(message.startsWith("augment: expected "), message);
      assertTrue(message.contains((String) row[2]), message);
    }
    Augmentation.of("noise:1:0.2", features);
  }
}
