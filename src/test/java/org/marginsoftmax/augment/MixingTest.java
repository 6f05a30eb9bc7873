package org.marginsoftmax.augment;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.data.ArrayShape;
import org.marginsoftmax.data.Augmenter;
import org.marginsoftmax.data.Batch;
import org.marginsoftmax.data.ImageShape;
import org.marginsoftmax.data.Mixer;

class MixingTest {
  private static final ImageShape SHAPE = new ImageShape(20, 30, 3);
  private static final int N = 16;

  /** Sample i is of class i, so that labels say who was mixed with whom. */
  private static Batch batch(int bytes) {
    byte[] elements = new byte[N * bytes];
    new Random(2).nextBytes(elements);
    int[] numbers = IntStream.range(0, N).toArray();
    return new Batch(N, elements, numbers.clone(), numbers);
  }

  @Test
  void mixupAddsUpInShares() {
    Batch before = batch(SHAPE.size());
    Mixer mixer = Augmentation.mixer("mixup:1:1", SHAPE);
    for (long draw = 0; draw < 50; draw++) {
      Batch mixed = mixer.mix(batch(SHAPE.size()), draw);
      assertTrue(mixed.share() >= 0.5 && mixed.share() <= 1);
      assertArrayEquals(before.labels(), mixed.labels());
      // Everyone is a partner once.
      assertEquals(N, IntStream.of(mixed.others()).distinct().count());
      for (int i = 0; i < N; i++) {
        for (int k = 0; k < SHAPE.size(); k++) {
          int own = before.elements()[i * SHAPE.size() + k] & 0xff;
          int other = before.elements()[mixed.others()[i] * SHAPE.size() + k] & 0xff;
          double expected = mixed.share() * own + (1 - mixed.share()) * other;
          assertEquals(expected, mixed.elements()[i * SHAPE.size() + k] & 0xff, 0.51);
        }
      }
    }
  }

  @Test
  void mixupOfArraysAddsUpFloats() {
    ArrayShape shape = new ArrayShape(List.of(5, 3));
    byte[] bytes = new byte[N * shape.bytes()];
    float[] values = new float[N * 15];
    for (int i = 0; i < values.length; i++) {
      values[i] = i * i;
    }
    ArrayShape.floats(bytes).put(values);
    int[] numbers = IntStream.range(0, N).toArray();
    Batch mixed =
        Augmentation.mixer("mixup:1:1", shape).mix(new Batch(N, bytes, numbers, numbers), 3);
    float[] found = new float[values.length];
    ArrayShape.floats(mixed.elements()).get(found);
    for (int i = 0; i < values.length; i++) {
      float other = values[mixed.others()[i / 15] * 15 + i % 15];
      assertEquals(mixed.share() * values[i] + (1 - mixed.share()) * other, found[i], 0.01);
    }
  }

  @Test
  void cutmixPutsInARectangleOfItsShare() {
    Batch before = batch(SHAPE.size());
    Mixer mixer = Augmentation.mixer("cutmix:1:1", SHAPE);
    for (long draw = 0; draw < 100; draw++) {
      Batch mixed = mixer.mix(batch(SHAPE.size()), draw);
      for (int i = 0; i < N; i++) {
        int cut = 0;
        for (int pixel = 0; pixel < 600; pixel++) {
          int at = i * SHAPE.size() + 3 * pixel;
          int other = mixed.others()[i] * SHAPE.size() + 3 * pixel;
          boolean own = same(before.elements(), at, mixed.elements(), at);
          assertTrue(own || same(before.elements(), other, mixed.elements(), at));
          cut += own ? 0 : 1;
        }
        if (mixed.others()[i] != i) {
          assertEquals(1 - mixed.share(), cut / 600.0, 1e-9);
        }
      }
    }
  }

  private static boolean same(byte[] a, int i, byte[] b, int k) {
    return a[i] == b[k] && a[i + 1] == b[k + 1] && a[i + 2] == b[k + 2];
  }

  /** Folded Beta(alpha, alpha): mean and second moment, by numerical integration. */
  @Test
  void sharesAreFromTheBetaDistribution() {
    for (double alpha : new double[] {0.2, 0.5, 1, 3}) {
      double weight = 0;
      double mean = 0;
      int steps = 2_000_000;
      for (int i = 0; i < steps; i++) {
        // Places x = sin^2(t) tame the poles at both ends.
        double t = Math.PI / 2 * (i + 0.5) / steps;
        double s = Math.sin(t);
        double c = Math.cos(t);
        double density = Math.pow(s * c, 2 * alpha - 1);
        weight += density;
        mean += density * Math.max(s * s, c * c);
      }
      SplittableRandom random = new SplittableRandom(4);
      int draws = 100_000;
      double sum = 0;
      for (int i = 0; i < draws; i++) {
        sum += MixStep.share(alpha, random);
      }
      assertEquals(mean / weight, sum / draws, 0.003, "alpha " + alpha);
    }
  }

  @Test
  void theFirstStepThatIsDrawnMixes() {
    Mixer both = Augmentation.mixer("mixup:0.5:1,cutmix:1:1", SHAPE);
    int added = 0;
    for (long draw = 0; draw < 400; draw++) {
      Batch before = batch(SHAPE.size());
      Batch mixed = both.mix(before, draw);
      assertArrayEquals(mixed.elements(), both.mix(batch(SHAPE.size()), draw).elements());
      int own = 0;
      for (int k = 0; k < mixed.elements().length; k++) {
        own += mixed.elements()[k] == before.elements()[k] ? 1 : 0;
      }
      // A rectangle leaves at least half of the pixels.
      added += own < 0.45 * mixed.elements().length ? 1 : 0;
    }
    assertTrue(added > 100 && added < 260, "added " + added);
    Batch whole = batch(SHAPE.size());
    assertSame(whole, Augmentation.mixer("mixup:0.0001:1", SHAPE).mix(whole, 1));
    assertSame(Mixer.NONE, Augmentation.mixer("mixup:0,cutmix:1:0", SHAPE));
    assertSame(Mixer.NONE, Augmentation.mixer("photo", SHAPE));
    assertSame(Augmenter.NONE, Augmentation.of("mixup,cutmix", SHAPE));
  }

  @Test
  void refusesWhatCannotBeMixed() {
    ArrayShape array = new ArrayShape(List.of(5, 3));
    assertThrows(InvalidInputException.class, () -> Augmentation.mixer("cutmix", array));
    for (String wrong : List.of("mixup:2", "mixup:1:11", "cutmix:1:1:1", "mixup:x")) {
      assertThrows(InvalidInputException.class, () -> Augmentation.mixer(wrong, SHAPE), wrong);
    }
  }
}
