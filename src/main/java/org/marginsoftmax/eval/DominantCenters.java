package org.marginsoftmax.eval;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Of several centers a class, the one that most of its training samples lie nearest to: what a
 * class keeps once it is trained (Deng 2020, sub-center ArcFace, section 3.3). The others have
 * gathered noise and rare looks.
 *
 * @param rows of the dominant centers among all centers, by class; the first where a class has no
 *     sample
 * @param centers those rows, [C][d]
 */
public record DominantCenters(int[] rows, float[][] centers) {

  /** Outliers beyond this angle, in degrees, are what the paper drops. */
  public static final double USUAL_ANGLE = 75;

  /**
   * A training sample far from its class's dominant center.
   *
   * @param sample its index
   * @param label its class
   * @param angle to the dominant center, degrees
   */
  public record Outlier(int sample, int label, double angle) {}

  /**
   * Finds them.
   *
   * @param training embeddings of training samples
   * @param all centers, [C K][d], those of class j in rows j K to j K + K - 1
   * @param perClass K
   */
  public static DominantCenters of(Embeddings training, float[][] all, int perClass) {
    float[][] unit = Vectors.unit(all);
    int classes = all.length / perClass;
    int[][] votes = new int[classes][perClass];
    for (int i = 0; i < training.size(); i++) {
      int label = training.labels()[i];
      int nearest = 0;
      double best = Double.NEGATIVE_INFINITY;
      for (int k = 0; k < perClass; k++) {
        double cosine = Vectors.dot64(training.vectors()[i], unit[label * perClass + k]);
        if (cosine > best) {
          best = cosine;
          nearest = k;
        }
      }
      votes[label][nearest]++;
    }
    int[] rows = new int[classes];
    float[][] centers = new float[classes][];
    for (int j = 0; j < classes; j++) {
      int most = 0;
      for (int k = 1; k < perClass; k++) {
        most = votes[j][k] > votes[j][most] ? k : most;
      }
      rows[j] = j * perClass + most;
      centers[j] = all[rows[j]];
    }
    return new DominantCenters(rows, centers);
  }

  /** Samples more than so many degrees from the dominant center of their class, farthest first. */
  public List<Outlier> outliers(Embeddings training, double degrees) {
    float[] angles = Compactness.anglesToOwnCenter(training, centers);
    List<Outlier> outliers = new ArrayList<>();
    for (int i = 0; i < angles.length; i++) {
      if (angles[i] > degrees) {
        outliers.add(new Outlier(i, training.labels()[i], angles[i]));
      }
    }
    outliers.sort(Comparator.comparingDouble(Outlier::angle).reversed());
    return outliers;
  }
}
