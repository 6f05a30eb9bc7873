package org.marginsoftmax.eval;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The dominant center of each class: of its several centers, the one nearest to most of its
 * training samples, which the class keeps after training (Deng 2020, sub-center ArcFace, section
 * 3.3). The other centers have collected noise and unusual samples.
 *
 * @param rows for each class, the row of its dominant center among all centers; its first center if
 *     it has no samples
 * @param centers those rows, [C][d]
 */
public record DominantCenters(int[] rows, float[][] centers) {

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
   * @param all all centers, [C K][d], those of class j in rows j K to j K + K - 1
   * @param perClass K, number of centers per class
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

  /**
   * Samples more than this many degrees from the dominant center of their class, farthest first.
   */
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
