package org.marginsoftmax.eval;

import java.util.Arrays;
import org.marginsoftmax.InvalidInputException;

/**
 * Feature vectors with labels, scaled to norm 1; a zero vector stays zero.
 *
 * @param vectors [n][d], n and d at least 1
 * @param labels [n], each at least 0
 */
public record Embeddings(float[][] vectors, int[] labels) {
  /**
   * Copies the vectors and scales the copies.
   *
   * @throws InvalidInputException if there are no vectors, lengths differ, a number is not finite,
   *     or a label is negative
   */
  public Embeddings {
    if (vectors.length == 0 || vectors.length != labels.length) {
      throw new InvalidInputException(
          "embeddings: expected a label for each of at least 1 vector, found %d vectors and %d labels; give as many of both"
              .formatted(vectors.length, labels.length));
    }
    float[][] unit = new float[vectors.length][];
    for (int i = 0; i < unit.length; i++) {
      if (vectors[i].length != vectors[0].length || vectors[i].length == 0) {
        throw new InvalidInputException(
            "embeddings: expected vectors of size %d, found %d in row %d; give one size"
                .formatted(vectors[0].length, vectors[i].length, i));
      }
      unit[i] = Vectors.unit(vectors[i]);
      if (!Float.isFinite(Vectors.dot(unit[i], unit[i]))) {
        throw new InvalidInputException(
            "embeddings: expected finite numbers, found NaN or infinity in row "
                + i
                + "; look for a training run that diverged");
      }
      if (labels[i] < 0) {
        throw new InvalidInputException(
            "embeddings: expected labels of at least 0, found %d in row %d; number them from 0"
                .formatted(labels[i], i));
      }
    }
    vectors = unit;
    labels = labels.clone();
  }

  /** n, the number of embeddings. */
  public int size() {
    return labels.length;
  }

  /** d, the size of an embedding. */
  public int dimension() {
    return vectors[0].length;
  }

  /** Number of zero vectors, which count as being at 90 degrees to everything. */
  public int zeros() {
    return (int) Arrays.stream(vectors).filter(Vectors::isZero).count();
  }

  /** How many samples these are, in words, with what is said of zero vectors. */
  String described() {
    int zeros = zeros();
    return size()
        + " test samples"
        + (zeros == 0 ? "" : " (" + zeros + " zero vectors, at 90 degrees to everything)");
  }

  /** The rows at these indices. */
  public Embeddings at(int[] indices) {
    return new Embeddings(
        Arrays.stream(indices).mapToObj(i -> vectors[i]).toArray(float[][]::new),
        Arrays.stream(indices).map(i -> labels[i]).toArray());
  }

  /**
   * The same embeddings with the labels that occur numbered from 0, in the same order: what has a
   * place for each label is then no larger than needed.
   */
  Embeddings renumbered() {
    int[] present = Arrays.stream(labels).distinct().sorted().toArray();
    return new Embeddings(
        vectors, Arrays.stream(labels).map(k -> Arrays.binarySearch(present, k)).toArray());
  }

  /** Number of rows of each label, [largest label + 1]. */
  int[] counts() {
    int[] counts = new int[Arrays.stream(labels).max().orElse(0) + 1];
    Arrays.stream(labels).forEach(label -> counts[label]++);
    return counts;
  }

  /** Sum of the rows of each label, [classes][D]. */
  double[][] sums(int classes) {
    double[][] sums = new double[classes][dimension()];
    for (int i = 0; i < size(); i++) {
      double[] sum = sums[labels[i]];
      for (int k = 0; k < sum.length; k++) {
        sum[k] += vectors[i][k];
      }
    }
    return sums;
  }
}
