package org.marginsoftmax.eval;

import java.util.Arrays;
import java.util.Optional;
import org.marginsoftmax.InvalidInputException;

/**
 * Verification: whether two samples are of the same class, judged by the cosine of their
 * embeddings.
 *
 * @param genuine cosines of pairs of the same class, ascending
 * @param impostor cosines of pairs of different classes, ascending
 */
public record Verification(float[] genuine, float[] impostor) {

  /** Compares all pairs of the embeddings; empty if there are no genuine or no impostor pairs. */
  public static Optional<Verification> ofAllPairs(Embeddings embeddings) {
    return ofAllPairs(embeddings, Progress.NONE);
  }

  static Optional<Verification> ofAllPairs(Embeddings embeddings, Progress progress) {
    int n = embeddings.size();
    float[][] genuine = new float[n][];
    float[][] impostor = new float[n][];
    new Similarities(embeddings.vectors())
        .forEach(
            embeddings.vectors(),
            (i, row) -> {
              float[] same = new float[n - i - 1];
              float[] different = new float[n - i - 1];
              int s = 0;
              int d = 0;
              for (int j = i + 1; j < n; j++) {
                // Float32 leaves the product of equal vectors a little beside 1.
                float cosine = Math.max(-1, Math.min(1, row[j]));
                if (embeddings.labels()[i] == embeddings.labels()[j]) {
                  same[s++] = cosine;
                } else {
                  different[d++] = cosine;
                }
              }
              genuine[i] = Arrays.copyOf(same, s);
              impostor[i] = Arrays.copyOf(different, d);
            },
            progress.begin("pairs", n));
    float[] allGenuine = sorted(genuine);
    float[] allImpostor = sorted(impostor);
    return allGenuine.length == 0 || allImpostor.length == 0
        ? Optional.empty()
        : Optional.of(new Verification(allGenuine, allImpostor));
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
    int allowed = (int) Math.floor(target * impostor.length);
    // The most similar impostor pair that must not be accepted.
    float refused = impostor[impostor.length - 1 - allowed];
    int tar = genuine.length - firstAbove(genuine, refused);
    int far = impostor.length - firstAbove(impostor, refused);
    return new Point(
        Math.nextUp(refused), (double) tar / genuine.length, (double) far / impostor.length);
  }

  /**
   * The equal error rate: where the share of genuine pairs rejected equals the share of impostor
   * pairs accepted. Between two thresholds the rates are interpolated linearly, and pairs of equal
   * cosine are accepted or rejected together.
   *
   * @return 0..1; 0.5 is chance
   */
  public double equalErrorRate() {
    int g = genuine.length;
    int i = impostor.length;
    double rejected = 1;
    double accepted = 0;
    // The threshold falls from the highest cosine to the lowest.
    while (g > 0 || i > 0) {
      float threshold = Math.max(g > 0 ? genuine[g - 1] : -2, i > 0 ? impostor[i - 1] : -2);
      while (g > 0 && genuine[g - 1] == threshold) {
        g--;
      }
      while (i > 0 && impostor[i - 1] == threshold) {
        i--;
      }
      double rejectedNow = (double) g / genuine.length;
      double acceptedNow = 1 - (double) i / impostor.length;
      if (acceptedNow >= rejectedNow) {
        double before = rejected - accepted;
        double share = before / (before + acceptedNow - rejectedNow);
        return rejected + share * (rejectedNow - rejected);
      }
      rejected = rejectedNow;
      accepted = acceptedNow;
    }
    throw new IllegalStateException("all pairs are accepted at the lowest threshold");
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
    return impostor.length >= impostorsFor(far);
  }

  /** Smallest number of impostor pairs that can measure a FAR: one of them may pass. */
  public static long impostorsFor(double far) {
    return Math.round(1 / far);
  }

  /** Index of the first element above a value; the length if there is none. */
  private static int firstAbove(float[] ascending, float value) {
    int low = 0;
    int high = ascending.length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (ascending[middle] > value) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  }

  private static float[] sorted(float[][] rows) {
    int length = Arrays.stream(rows).mapToInt(r -> r.length).sum();
    float[] all = new float[length];
    int at = 0;
    for (float[] row : rows) {
      System.arraycopy(row, 0, all, at, row.length);
      at += row.length;
    }
    Arrays.parallelSort(all);
    return all;
  }
}
