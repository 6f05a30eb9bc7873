package org.marginsoftmax.eval;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** The equal error rate against one read off the curve point by point. */
class EqualErrorRateTest {

  /** By a walk over all thresholds, each rate counted anew. */
  private static double slow(float[] genuine, float[] impostor) {
    float[] all = Arrays.copyOf(genuine, genuine.length + impostor.length);
    System.arraycopy(impostor, 0, all, genuine.length, impostor.length);
    Arrays.sort(all);
    double far0 = 0;
    double frr0 = 1;
    for (int k = all.length - 1; k >= 0; k--) {
      double far = share(impostor, all[k]);
      double frr = 1 - share(genuine, all[k]);
      if (far >= frr) {
        // Where the line between the two points meets far = frr.
        double a = far - far0;
        double b = frr - frr0;
        double t = (frr0 - far0) / (a - b);
        return far0 + t * a;
      }
      far0 = far;
      frr0 = frr;
    }
    throw new AssertionError();
  }

  private static double share(float[] values, float threshold) {
    int n = 0;
    for (float value : values) {
      n += value >= threshold ? 1 : 0;
    }
    return (double) n / values.length;
  }

  private static double mannWhitney(float[] genuine, float[] impostor) {
    double sum = 0;
    for (float g : genuine) {
      for (float i : impostor) {
        sum += g > i ? 1 : g == i ? 0.5 : 0;
      }
    }
    return sum / genuine.length / impostor.length;
  }

  @Test
  void isWhereBothErrorsAreEqual() {
    SplittableRandom random = new SplittableRandom(3);
    for (int k = 0; k < 2000; k++) {
      int levels = random.nextInt(2, 40);
      double apart = random.nextDouble(-1, 1);
      float[] genuine = cosines(random, levels, apart);
      float[] impostor = cosines(random, levels, -apart);
      Verification pairs = Verification.of(genuine, impostor);
      double rate = pairs.equalErrorRate();
      assertEquals(mannWhitney(genuine, impostor), pairs.areaUnderCurve(), 1e-12);
      assertEquals(slow(genuine, impostor), rate, 1e-12);
      assertTrue(rate >= 0 && rate <= 1);
    }
  }

  @Test
  void ofPairsThatAreToldApartOrNot() {
    float[] low = {-0.5f, 0.1f};
    float[] high = {0.2f, 0.9f, 0.9f};
    assertEquals(0, Verification.of(high, low).equalErrorRate());
    assertEquals(1, Verification.of(low, high).equalErrorRate());
    float[] same = {0.3f, 0.3f};
    assertEquals(0.5, Verification.of(same, same).equalErrorRate());
    assertEquals(
        0.25,
        Verification.of(new float[] {0, 0.2f, 0.4f, 0.6f}, new float[] {-1, -1, -1, 0.1f})
            .equalErrorRate());
  }

  /** Ascending, with many ties if there are few levels. */
  private static float[] cosines(SplittableRandom random, int levels, double shift) {
    float[] values = new float[random.nextInt(1, 30)];
    for (int i = 0; i < values.length; i++) {
      double value = 0.3 * shift + random.nextDouble(-0.5, 0.5);
      values[i] = (float) (Math.rint(value * levels) / levels);
    }
    Arrays.sort(values);
    return values;
  }
}
