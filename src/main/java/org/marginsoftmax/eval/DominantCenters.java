package org.marginsoftmax.eval;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * The dominant center of each class: of its several centers, the one nearest to most of its
 * training samples, which the class keeps after training (Deng 2020, sub-center ArcFace, section
 * 3.3). The other centers have collected noise and unusual samples.
 *
 * @param rows for each class, the row of its dominant center among all centers; its first center if
 *     it has no samples
 */
public record DominantCenters(int[] rows) {
  /** Samples whose centers are taken at a time. */
  private static final int AT_ONCE = 4096;

  /** The angle in degrees beyond which the paper drops samples as outliers. */
  public static final double USUAL_ANGLE = 75;

  /**
   * A training sample far from the dominant center of its class.
   *
   * @param sample its index
   * @param label its class
   * @param angle to the dominant center, degrees
   */
  public record Outlier(int sample, int label, double angle) {}

  /**
   * Finds the dominant centers.
   *
   * @param training embeddings of training samples
   * @param centers of all classes
   */
  public static DominantCenters of(Embeddings training, ClassCenters centers) {
    int perClass = centers.perClass();
    int classes = centers.classes();
    int[] rows = new int[classes];
    Arrays.setAll(rows, j -> j * perClass);
    if (perClass == 1) {
      return new DominantCenters(rows);
    }
    int[] votes = new int[classes * perClass];
    for (int from = 0; from < training.size(); from += AT_ONCE) {
      int first = from;
      int[] own = new int[Math.min(AT_ONCE, training.size() - from) * perClass];
      Arrays.setAll(own, i -> training.labels()[first + i / perClass] * perClass + i % perClass);
      float[][] unit = Vectors.unit(centers.rows(own));
      for (int i = 0; i < own.length; i += perClass) {
        float[] vector = training.vectors()[from + i / perClass];
        int nearest = 0;
        double best = Double.NEGATIVE_INFINITY;
        for (int k = 0; k < perClass; k++) {
          double cosine = Vectors.dot64(vector, unit[i + k]);
          if (cosine > best) {
            best = cosine;
            nearest = k;
          }
        }
        votes[own[i] + nearest]++;
      }
    }
    for (int row = 0; row < votes.length; row++) {
      int most = rows[row / perClass];
      rows[row / perClass] = votes[row] > votes[most] ? row : most;
    }
    return new DominantCenters(rows);
  }

  /** Whether any of them is not a zero vector. */
  boolean anyDirected(ClassCenters centers) {
    for (int from = 0; from < rows.length; from += AT_ONCE) {
      int[] some = Arrays.copyOfRange(rows, from, Math.min(rows.length, from + AT_ONCE));
      if (!Arrays.stream(centers.rows(some)).allMatch(Vectors::isZero)) {
        return true;
      }
    }
    return false;
  }

  /**
   * Samples more than this many degrees from the dominant center of their class, farthest first.
   *
   * @param centers of all classes
   */
  public List<Outlier> outliers(Embeddings training, ClassCenters centers, double degrees) {
    List<Outlier> outliers = new ArrayList<>();
    for (int from = 0; from < training.size(); from += AT_ONCE) {
      int first = from;
      int[] own = new int[Math.min(AT_ONCE, training.size() - from)];
      Arrays.setAll(own, i -> rows[training.labels()[first + i]]);
      float[][] unit = Vectors.unit(centers.rows(own));
      for (int i = 0; i < own.length; i++) {
        int sample = from + i;
        float angle = (float) Vectors.degrees(training.vectors()[sample], unit[i]);
        if (angle > degrees) {
          outliers.add(new Outlier(sample, training.labels()[sample], angle));
        }
      }
    }
    outliers.sort(Comparator.comparingDouble(Outlier::angle).reversed());
    return outliers;
  }
}
