package org.marginsoftmax.eval;

import java.util.Arrays;
import java.util.Optional;
import org.marginsoftmax.InvalidInputException;

/**
 * Whether two samples are of one class, told by the cosine of their embeddings: all pairs of a set.
 *
 * @param genuine cosines of pairs of one class, ascending
 * @param impostor cosines of pairs of two classes, ascending
 */
public record Verification(float[] genuine, float[] impostor) {

  /** All pairs of the embeddings; empty without a genuine or without an impostor pair. */
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
   * @param threshold a cosine; above 1 where even 1 would accept too many impostor pairs, so that
   *     no pair is accepted
   * @param tar share of genuine pairs accepted
   * @param far share of impostor pairs accepted, at most the one asked for
   */
  public record Point(double threshold, double tar, double far) {}

  /**
   * The point with the largest TAR whose FAR does not exceed the target. A threshold accepts all
   * pairs of equal cosine, so that a tie at the border is left out as a whole.
   *
   * @param target FAR, above 0, below 1
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
   * Refuses what is no threshold of a verification.
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

  /** A FAR as people write it, 1e-2 and not 0.01. */
  public static String written(double far) {
    long exponent = Math.round(-Math.log10(far));
    return Math.abs(far - Math.pow(10, -exponent)) < 1e-12 * far
        ? "1e-" + exponent
        : String.valueOf(far);
  }

  /** Whether there are impostor pairs enough for one of them to pass at a FAR. */
  public boolean shows(double far) {
    return impostor.length >= impostorsFor(far);
  }

  /** Impostor pairs of which one may pass at a FAR. */
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
