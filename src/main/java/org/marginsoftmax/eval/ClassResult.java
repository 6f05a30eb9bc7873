package org.marginsoftmax.eval;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * How well the test samples of one class are told from those of others.
 *
 * @param label of the class
 * @param samples number of its test samples, at least 1
 * @param right number of those whose nearest class centre is that of their class
 * @param meanAngle of its samples to its centre, degrees, 0..180
 */
public record ClassResult(int label, int samples, int right, double meanAngle) {
  /** Share of the samples that are right, 0..1. */
  public double accuracy() {
    return (double) right / samples;
  }

  /**
   * The classes that have samples: those with the lowest accuracy first; of equal ones those with
   * the larger mean angle, then by label.
   *
   * @param labels of the samples, [n]
   * @param predicted class of each, [n]
   * @param angles of each to the centre of its class, degrees, [n]
   */
  public static List<ClassResult> ranked(int[] labels, int[] predicted, float[] angles) {
    int classes = Arrays.stream(labels).max().orElse(-1) + 1;
    int[] samples = new int[classes];
    int[] right = new int[classes];
    double[] sums = new double[classes];
    for (int i = 0; i < labels.length; i++) {
      samples[labels[i]]++;
      right[labels[i]] += predicted[i] == labels[i] ? 1 : 0;
      sums[labels[i]] += angles[i];
    }
    return Arrays.stream(labels)
        .distinct()
        .sorted()
        .mapToObj(k -> new ClassResult(k, samples[k], right[k], sums[k] / samples[k]))
        .sorted(
            Comparator.comparingDouble(ClassResult::accuracy)
                .thenComparing(Comparator.comparingDouble(ClassResult::meanAngle).reversed()))
        .toList();
  }
}
