package org.marginsoftmax.eval;

import java.util.Arrays;
import java.util.OptionalDouble;
import java.util.stream.IntStream;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.factory.DecompositionFactory_DDRM;
import org.ejml.interfaces.decomposition.EigenDecomposition_F64;
import org.marginsoftmax.InvalidInputException;

/**
 * Principal component analysis of vectors, centered on their mean.
 *
 * @param mean [d]
 * @param components unit vectors, largest variance first, [k][d]; the entry of largest magnitude in
 *     each is positive
 * @param explained share of the variance along each component, [k]; empty if the rows do not differ
 *     by more than rounding to float32
 */
public record Pca(double[] mean, double[][] components, double[] explained) {
  /** Share of the rows' mean square; less variance than that is rounding. */
  private static final double ROUNDING = 1e-14;

  /** Rows of which products are taken at a time. */
  private static final int BLOCK = 4096;

  /**
   * Fits the first k components.
   *
   * @param rows [n][d]
   * @param k 1..d
   * @throws InvalidInputException if k is out of range
   */
  public static Pca fit(float[][] rows, int k) {
    int d = rows[0].length;
    if (k < 1 || k > d) {
      throw new InvalidInputException(
          "components: expected 1..%d, found %d; take fewer".formatted(d, k));
    }
    double[] mean = new double[d];
    for (float[] row : rows) {
      for (int i = 0; i < d; i++) {
        mean[i] += row[i] / (double) rows.length;
      }
    }
    DMatrixRMaj covariance = covariance(rows, mean);
    double total = 0;
    double square = 0;
    for (int i = 0; i < d; i++) {
      total += covariance.get(i, i);
      square += covariance.get(i, i) + mean[i] * mean[i];
    }
    if (!(total > ROUNDING * square)) {
      // No eigenvalues are to be had of rounding, and no direction is better than another.
      double[][] axes = new double[k][d];
      for (int j = 0; j < k; j++) {
        axes[j][j] = 1;
      }
      return new Pca(mean, axes, new double[0]);
    }
    EigenDecomposition_F64<DMatrixRMaj> eigen = DecompositionFactory_DDRM.eig(d, true, true);
    if (!eigen.decompose(covariance)) {
      throw new IllegalStateException("no eigenvalues of a covariance were found");
    }
    int[] order =
        IntStream.range(0, d)
            .boxed()
            .sorted(
                (a, b) ->
                    Double.compare(
                        eigen.getEigenvalue(b).getReal(), eigen.getEigenvalue(a).getReal()))
            .mapToInt(Integer::intValue)
            .toArray();
    double[][] components = new double[k][];
    double[] explained = new double[k];
    for (int j = 0; j < k; j++) {
      components[j] = oriented(eigen.getEigenVector(order[j]).data);
      explained[j] = Math.max(0, eigen.getEigenvalue(order[j]).getReal()) / total;
    }
    return new Pca(mean, components, explained);
  }

  /**
   * Share of the variance explained by all components together, 0..1; empty if the rows do not
   * differ.
   */
  public OptionalDouble share() {
    return share(explained.length);
  }

  /**
   * Share of the variance explained by the first components together, 0..1; empty if the rows do
   * not differ.
   *
   * @param first how many; all if there are no more
   */
  public OptionalDouble share(int first) {
    return explained.length == 0
        ? OptionalDouble.empty()
        : OptionalDouble.of(Math.min(1, Arrays.stream(explained).limit(first).sum()));
  }

  /** Coordinates of rows [n][d] along the components, [n][k]. */
  public float[][] project(float[][] rows) {
    float[][] projected = new float[rows.length][components.length];
    for (int i = 0; i < rows.length; i++) {
      for (int j = 0; j < components.length; j++) {
        double sum = 0;
        for (int a = 0; a < mean.length; a++) {
          sum += (rows[i][a] - mean[a]) * components[j][a];
        }
        projected[i][j] = (float) sum;
      }
    }
    return projected;
  }

  /** Of blocks of rows, several at once; their sum does not depend on which is done first. */
  private static DMatrixRMaj covariance(float[][] rows, double[] mean) {
    int d = mean.length;
    DMatrixRMaj covariance = new DMatrixRMaj(d, d);
    IntStream.range(0, (rows.length + BLOCK - 1) / BLOCK)
        .parallel()
        .mapToObj(
            block ->
                products(rows, block * BLOCK, Math.min(rows.length, (block + 1) * BLOCK), mean))
        .toList()
        .forEach(part -> CommonOps_DDRM.addEquals(covariance, part));
    CommonOps_DDRM.divide(covariance, rows.length);
    return covariance;
  }

  private static DMatrixRMaj products(float[][] rows, int from, int to, double[] mean) {
    int d = mean.length;
    int n = to - from;
    // A row a coordinate: the product then runs over contiguous numbers.
    DMatrixRMaj centered = new DMatrixRMaj(d, n);
    for (int i = 0; i < n; i++) {
      for (int a = 0; a < d; a++) {
        centered.data[a * n + i] = rows[from + i][a] - mean[a];
      }
    }
    DMatrixRMaj products = new DMatrixRMaj(d, d);
    CommonOps_DDRM.multOuter(centered, products);
    return products;
  }

  private static double[] oriented(double[] vector) {
    int largest = 0;
    for (int i = 1; i < vector.length; i++) {
      if (Math.abs(vector[i]) > Math.abs(vector[largest])) {
        largest = i;
      }
    }
    double sign = vector[largest] < 0 ? -1 : 1;
    double[] oriented = new double[vector.length];
    for (int i = 0; i < vector.length; i++) {
      oriented[i] = sign * vector[i];
    }
    return oriented;
  }
}
