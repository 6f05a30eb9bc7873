package org.marginsoftmax.eval;

import java.util.Arrays;
import java.util.function.IntToDoubleFunction;
import org.marginsoftmax.InvalidInputException;

/**
 * Verification: whether two samples are of the same class, judged by the cosine of their
 * embeddings. Pairs of equal cosine are accepted or rejected together.
 */
public final class Verification {
  /** Distinct cosines, descending; the lowest of a cell where cosines were counted in cells. */
  private final float[] cosines;

  /** How many genuine pairs have at least that cosine. */
  private final long[] genuine;

  /** How many impostor pairs have at least that cosine. */
  private final long[] impostor;

  /** The smallest threshold that rejects pairs of that cosine, or of that cell. */
  private final float[] above;

  Verification(float[] cosines, float[] above, long[] genuine, long[] impostor) {
    this.cosines = cosines;
    this.above = above;
    this.genuine = genuine;
    this.impostor = impostor;
  }

  /**
   * Of the cosines of pairs.
   *
   * @param genuine of pairs of the same class, in any order, at least one
   * @param impostor of pairs of different classes, in any order, at least one
   * @throws InvalidInputException if there are none of one kind, or one is not in -1..1
   */
  public static Verification of(float[] genuine, float[] impostor) {
    float[] same = genuine.clone();
    float[] different = impostor.clone();
    Arrays.parallelSort(same);
    Arrays.parallelSort(different);
    for (float[] sorted : new float[][] {same, different}) {
      if (sorted.length == 0 || !(sorted[0] >= -1) || !(sorted[sorted.length - 1] <= 1)) {
        throw new InvalidInputException(
            "pairs: expected cosines in -1..1 of genuine and of impostor pairs, found %d and %d, in %s..%s; give both kinds"
                .formatted(
                    same.length,
                    different.length,
                    sorted.length == 0 ? "-" : sorted[0],
                    sorted.length == 0 ? "-" : sorted[sorted.length - 1]));
      }
    }
    float[] cosines = new float[same.length + different.length];
    long[] accepted = new long[cosines.length];
    long[] wrongly = new long[cosines.length];
    int levels = 0;
    int g = same.length;
    int i = different.length;
    while (g > 0 || i > 0) {
      float cosine = Math.max(g > 0 ? same[g - 1] : -2, i > 0 ? different[i - 1] : -2);
      while (g > 0 && same[g - 1] == cosine) {
        g--;
      }
      while (i > 0 && different[i - 1] == cosine) {
        i--;
      }
      cosines[levels] = cosine;
      accepted[levels] = same.length - g;
      wrongly[levels++] = different.length - i;
    }
    float[] above = new float[levels];
    for (int k = 0; k < levels; k++) {
      above[k] = Math.nextUp(cosines[k]);
    }
    return new Verification(
        Arrays.copyOf(cosines, levels),
        above,
        Arrays.copyOf(accepted, levels),
        Arrays.copyOf(wrongly, levels));
  }

  /** Number of genuine pairs. */
  public long genuinePairs() {
    return genuine[genuine.length - 1];
  }

  /** Number of impostor pairs. */
  public long impostorPairs() {
    return impostor[impostor.length - 1];
  }

  /**
   * An operating point: pairs with a cosine of at least the threshold are accepted.
   *
   * @param threshold a cosine; above 1, so that no pair is accepted, if even a threshold of 1 would
   *     accept too many impostor pairs
   * @param tar true accept rate: share of genuine pairs accepted
   * @param far false accept rate: share of impostor pairs accepted, at most the target
   */
  public record Point(double threshold, double tar, double far) {}

  /**
   * The operating point with the largest TAR whose FAR does not exceed the target. Pairs of equal
   * cosine are accepted or rejected together, so ties that would exceed the target are all
   * rejected.
   *
   * @param target FAR, above 0, below 1
   * @throws InvalidInputException if the target is out of range
   */
  public Point atFar(double target) {
    if (!(target > 0 && target < 1)) {
      throw new InvalidInputException(
          "FAR: expected above 0, below 1, found " + target + "; 1e-3 is usual");
    }
    long allowed = allowed(target, impostorPairs());
    // The first level that must not be accepted; the last one always is such.
    int low = 0;
    int high = cosines.length - 1;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (impostor[middle] > allowed) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return new Point(
        above[low],
        low == 0 ? 0 : share(genuine, low - 1),
        low == 0 ? 0 : share(impostor, low - 1));
  }

  /** The most of all pairs whose share does not exceed the target, by the very numbers. */
  static long allowed(double target, long pairs) {
    long allowed = (long) Math.floor(target * pairs);
    return (double) (allowed + 1) / pairs <= target ? allowed + 1 : allowed;
  }

  /**
   * The operating point of a threshold.
   *
   * @param threshold a cosine; where cosines were counted in cells, one returned by {@link #atFar}
   */
  public Point at(double threshold) {
    int levels = 0;
    int high = cosines.length;
    while (levels < high) {
      int middle = (levels + high) >>> 1;
      if (cosines[middle] >= threshold) {
        levels = middle + 1;
      } else {
        high = middle;
      }
    }
    return levels == 0
        ? new Point(threshold, 0, 0)
        : new Point(threshold, share(genuine, levels - 1), share(impostor, levels - 1));
  }

  /**
   * The equal error rate: where the share of genuine pairs rejected equals the share of impostor
   * pairs accepted. Between two thresholds the rates are interpolated linearly, and pairs of equal
   * cosine are accepted or rejected together.
   *
   * @return 0..1; 0.5 is chance
   */
  public double equalErrorRate() {
    return equalErrorRate(
        cosines.length,
        k -> (double) (genuinePairs() - genuine[k]) / genuinePairs(),
        k -> share(impostor, k));
  }

  /**
   * The equal error rate of a curve; NaN if it does not come to it, as one of NaNs does not.
   *
   * @param levels of falling thresholds; at the last all pairs are accepted
   * @param rejected share of genuine pairs rejected at a level
   * @param accepted share of impostor pairs accepted at a level
   */
  static double equalErrorRate(
      int levels, IntToDoubleFunction rejected, IntToDoubleFunction accepted) {
    double rejectedBefore = 1;
    double acceptedBefore = 0;
    for (int k = 0; k < levels; k++) {
      double rejectedNow = rejected.applyAsDouble(k);
      double acceptedNow = accepted.applyAsDouble(k);
      if (acceptedNow >= rejectedNow) {
        double before = rejectedBefore - acceptedBefore;
        double part = before / (before + acceptedNow - rejectedNow);
        return rejectedBefore + part * (rejectedNow - rejectedBefore);
      }
      rejectedBefore = rejectedNow;
      acceptedBefore = acceptedNow;
    }
    return Double.NaN;
  }

  /**
   * The area under the curve of TAR by FAR: the share of (genuine, impostor) in which the genuine
   * pair has the larger cosine, where equal ones count half (Mann and Whitney 1947).
   *
   * @return 0..1; 0.5 is chance
   */
  public double areaUnderCurve() {
    double area = area(cosines.length, k -> share(genuine, k), k -> share(impostor, k));
    return Math.max(0, Math.min(1, area));
  }

  /**
   * The area under a curve, by trapezoids.
   *
   * @param levels of falling thresholds; at the last all pairs are accepted
   * @param tar share of genuine pairs accepted at a level
   * @param far share of impostor pairs accepted at a level
   */
  static double area(int levels, IntToDoubleFunction tar, IntToDoubleFunction far) {
    double area = 0;
    double tarBefore = 0;
    double farBefore = 0;
    for (int k = 0; k < levels; k++) {
      double tarNow = tar.applyAsDouble(k);
      double farNow = far.applyAsDouble(k);
      area += (farNow - farBefore) * (tarNow + tarBefore) / 2;
      tarBefore = tarNow;
      farBefore = farNow;
    }
    return area;
  }

  private static double share(long[] cumulative, int level) {
    return (double) cumulative[level] / cumulative[cumulative.length - 1];
  }

  /**
   * Checks that a number can be a threshold.
   *
   * @throws InvalidInputException if it is not in -1..1
   */
  public static void checkThreshold(double threshold) {
    if (!(threshold >= -1 && threshold <= 1)) {
      throw new InvalidInputException(
          "threshold: expected a cosine in -1..1, found "
              + threshold
              + "; choose one in that range");
    }
  }

  /** Formats a FAR: powers of ten as 1e-2, other values as decimals. */
  public static String written(double far) {
    long exponent = Math.round(-Math.log10(far));
    return Math.abs(far - Math.pow(10, -exponent)) < 1e-12 * far
        ? "1e-" + exponent
        : String.valueOf(far);
  }

  /**
   * Whether there are enough impostor pairs to measure a FAR: so many that one of them may pass.
   */
  public boolean shows(double far) {
    return impostorPairs() >= impostorsFor(far);
  }

  /** Smallest number of impostor pairs that can measure a FAR: one of them may pass. */
  public static long impostorsFor(double far) {
    return Math.round(1 / far);
  }
}
