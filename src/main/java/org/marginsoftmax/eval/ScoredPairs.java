package org.marginsoftmax.eval;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.marginsoftmax.InvalidInputException;

/**
 * The pairs of a list as a network scores them.
 *
 * @param cosines [P] each in -1..1
 * @param same [P] whether each pair is of one subject
 * @param folds [P] fold of each pair, at least 0; null if there are none
 * @param first [P] subject of one side, at least 0
 * @param second [P] subject of the other side
 */
public record ScoredPairs(float[] cosines, boolean[] same, int[] folds, int[] first, int[] second) {
  /**
   * @throws InvalidInputException if there are no pairs, lengths differ, or a number is out of
   *     range
   */
  public ScoredPairs {
    int n = same.length;
    if (n == 0
        || cosines.length != n
        || first.length != n
        || second.length != n
        || (folds != null && folds.length != n)) {
      throw new InvalidInputException(
          "pairs: expected a cosine, a fold and two subjects for each of at least one pair, found %d pairs, %d cosines, %s folds, %d and %d subjects; give as many of each"
              .formatted(
                  n,
                  cosines.length,
                  folds == null ? "no" : String.valueOf(folds.length),
                  first.length,
                  second.length));
    }
    for (int i = 0; i < n; i++) {
      if (!(cosines[i] >= -1 && cosines[i] <= 1)
          || first[i] < 0
          || second[i] < 0
          || (folds != null && folds[i] < 0)) {
        throw new InvalidInputException(
            "pairs: expected a cosine in -1..1, and folds and subjects of at least 0, found %s, %s, %d and %d of pair %d; number them from 0"
                .formatted(
                    cosines[i],
                    folds == null ? "no fold" : "fold " + folds[i],
                    first[i],
                    second[i],
                    i));
      }
    }
  }

  /**
   * Compares the sides of each pair. Cosines are computed in float64 and rounded to float32, so
   * that pairs of equal vectors tie; a zero vector has the cosine 0 with everything.
   *
   * @param sides images or templates, labelled by subject
   * @param first [P] index of one side
   * @param second [P] index of the other side
   * @param same [P] whether both are of one subject
   * @param folds [P] fold of each pair; null for none
   * @throws InvalidInputException if lengths differ
   */
  public static ScoredPairs of(
      Embeddings sides, int[] first, int[] second, boolean[] same, int[] folds) {
    float[] cosines = new float[same.length];
    IntStream.range(0, Math.min(same.length, Math.min(first.length, second.length)))
        .parallel()
        .forEach(i -> cosines[i] = cosine(sides.vectors()[first[i]], sides.vectors()[second[i]]));
    return new ScoredPairs(
        cosines,
        same,
        folds,
        Arrays.stream(first).map(i -> sides.labels()[i]).toArray(),
        Arrays.stream(second).map(i -> sides.labels()[i]).toArray());
  }

  private static float cosine(float[] a, float[] b) {
    double norms = Math.sqrt(Vectors.dot64(a, a) * Vectors.dot64(b, b));
    return norms == 0 ? 0 : (float) Math.max(-1, Math.min(1, Vectors.dot64(a, b) / norms));
  }

  /** Number of pairs, P. */
  public int size() {
    return same.length;
  }

  /** The pairs at these indices. */
  public ScoredPairs at(int[] indices) {
    float[] chosen = new float[indices.length];
    boolean[] chosenSame = new boolean[indices.length];
    for (int i = 0; i < indices.length; i++) {
      chosen[i] = cosines[indices[i]];
      chosenSame[i] = same[indices[i]];
    }
    return new ScoredPairs(
        chosen,
        chosenSame,
        folds == null ? null : at(folds, indices),
        at(first, indices),
        at(second, indices));
  }

  /** These pairs in so many folds of consecutive ones; the first have a pair more. */
  ScoredPairs inParts(int parts) {
    int each = size() / parts;
    int larger = size() % parts;
    int[] of =
        IntStream.range(0, size())
            .map(i -> i < larger * (each + 1) ? i / (each + 1) : (i - larger) / each)
            .toArray();
    return new ScoredPairs(cosines, same, of, first, second);
  }

  private static int[] at(int[] values, int[] indices) {
    return Arrays.stream(indices).map(i -> values[i]).toArray();
  }

  /** Cosines of the pairs of one kind. */
  float[] cosines(boolean genuine) {
    float[] some = new float[size()];
    int n = 0;
    for (int i = 0; i < some.length; i++) {
      if (same[i] == genuine) {
        some[n++] = cosines[i];
      }
    }
    return Arrays.copyOf(some, n);
  }
}
