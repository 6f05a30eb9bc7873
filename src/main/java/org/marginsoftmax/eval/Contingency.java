package org.marginsoftmax.eval;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.marginsoftmax.InvalidInputException;

/**
 * How many samples of each class are in each cluster: the cells of the table that are not 0. Cell k
 * says that class classes[k] has counts[k] samples in cluster clusters[k].
 *
 * @param classes [cells], each at least 0
 * @param clusters [cells], each at least 0
 * @param counts [cells], each at least 1
 */
public record Contingency(int[] classes, int[] clusters, int[] counts) {
  /**
   * @throws InvalidInputException if lengths differ, a number is negative or a count is 0, or a
   *     cell is there twice
   */
  public Contingency {
    if (classes.length != clusters.length || classes.length != counts.length) {
      throw new InvalidInputException(
          "contingency: expected a class, a cluster and a count for each cell, found %d, %d and %d; give as many of each"
              .formatted(classes.length, clusters.length, counts.length));
    }
    classes = classes.clone();
    clusters = clusters.clone();
    counts = counts.clone();
    requireAtLeast("classes", classes, 0);
    requireAtLeast("clusters", clusters, 0);
    requireAtLeast("counts", counts, 1);
    long[] cells = cells(classes, clusters);
    Arrays.parallelSort(cells);
    for (int k = 1; k < cells.length; k++) {
      if (cells[k] == cells[k - 1]) {
        throw new InvalidInputException(
            "contingency: expected each cell once, found class %d in cluster %d twice; add their counts"
                .formatted(cells[k] >> 32, (int) cells[k]));
      }
    }
  }

  /**
   * Counts the samples of each class in each cluster.
   *
   * @param classes [n], of each sample, at least 0
   * @param clusters [n], of each sample, at least 0
   * @throws InvalidInputException if lengths differ or a number is negative
   */
  public static Contingency of(int[] classes, int[] clusters) {
    if (classes.length != clusters.length) {
      throw new InvalidInputException(
          "clusters: expected one for each of %d samples, found %d; give as many as classes"
              .formatted(classes.length, clusters.length));
    }
    requireAtLeast("classes", classes, 0);
    requireAtLeast("clusters", clusters, 0);
    long[] samples = cells(classes, clusters);
    Arrays.parallelSort(samples);
    int[] starts =
        IntStream.range(0, samples.length)
            .filter(i -> i == 0 || samples[i] != samples[i - 1])
            .toArray();
    return new Contingency(
        Arrays.stream(starts).map(i -> (int) (samples[i] >> 32)).toArray(),
        Arrays.stream(starts).map(i -> (int) samples[i]).toArray(),
        IntStream.range(0, starts.length)
            .map(k -> (k + 1 < starts.length ? starts[k + 1] : samples.length) - starts[k])
            .toArray());
  }

  /**
   * The table in which each sample of a class counts as often as its class was drawn, as for a
   * bootstrap over classes. A class that is drawn twice stays one class: its samples are doubled
   * where they are, since two classes in the same clusters would look like confusion.
   *
   * @param classWeights by class, at least up to the largest class; each at least 0
   * @throws InvalidInputException if a class has no weight, a weight is negative, or a count would
   *     exceed 2147483647
   */
  public Contingency weighted(int[] classWeights) {
    requireAtLeast("weights of classes", classWeights, 0);
    int largest = Arrays.stream(classes).max().orElse(-1);
    if (classWeights.length <= largest) {
      throw new InvalidInputException(
          "weights of classes: expected %d, found %d; give one for each class"
              .formatted(largest + 1, classWeights.length));
    }
    int[] kept =
        IntStream.range(0, counts.length).filter(k -> classWeights[classes[k]] > 0).toArray();
    return new Contingency(
        Arrays.stream(kept).map(k -> classes[k]).toArray(),
        Arrays.stream(kept).map(k -> clusters[k]).toArray(),
        Arrays.stream(kept).map(k -> times(counts[k], classWeights[classes[k]])).toArray());
  }

  /** n, the number of samples. */
  public long samples() {
    return Arrays.stream(counts).asLongStream().sum();
  }

  private static int times(int count, int weight) {
    long product = (long) count * weight;
    if (product > Integer.MAX_VALUE) {
      throw new InvalidInputException(
          "weights of classes: expected weighted counts up to %d, found %d times %d; give smaller weights"
              .formatted(Integer.MAX_VALUE, weight, count));
    }
    return (int) product;
  }

  /** Class and cluster in one number, in the order of both. */
  private static long[] cells(int[] classes, int[] clusters) {
    return IntStream.range(0, classes.length)
        .mapToLong(i -> ((long) classes[i] << 32) | clusters[i])
        .toArray();
  }

  private static void requireAtLeast(String what, int[] values, int least) {
    for (int i = 0; i < values.length; i++) {
      if (values[i] < least) {
        throw new InvalidInputException(
            "%s: expected at least %d, found %d at index %d; see what numbered them"
                .formatted(what, least, values[i], i));
      }
    }
  }
}
