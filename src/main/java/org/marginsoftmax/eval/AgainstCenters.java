package org.marginsoftmax.eval;

import java.util.Arrays;
import org.marginsoftmax.InvalidInputException;

/**
 * Embeddings compared with the class centers, of which no more than some thousand are taken at a
 * time.
 *
 * @param predicted class nearest by cosine to each embedding, [n]
 * @param amongFive whether the own class of each embedding is one of the five nearest, [n]
 * @param ownAngles angle in degrees between each embedding and the dominant center of its own
 *     class, [n]; 90 for zero vectors
 * @param otherAngles angle in degrees between each embedding and the nearest center of another
 *     class, [n]; 90 for zero vectors; empty if there is one class
 */
public record AgainstCenters(
    int[] predicted, boolean[] amongFive, float[] ownAngles, float[] otherAngles) {
  private static final int AT_ONCE = 4096;

  /**
   * Compares.
   *
   * @param dominant of the centers of each class, the one that counts for its own samples
   * @param progress told about the search for the nearest classes
   * @throws InvalidInputException if a label or a size does not fit the centers
   */
  public static AgainstCenters of(
      Embeddings embeddings, ClassCenters centers, DominantCenters dominant, Progress progress) {
    requireFit(embeddings, centers);
    int n = embeddings.size();
    int perClass = centers.perClass();
    int[][] nearest = centers.nearest(embeddings, progress.begin("nearest class centres", n));
    int[] predicted = new int[n];
    boolean[] amongFive = new boolean[n];
    float[] own = new float[n];
    float[] other = new float[centers.classes() == 1 ? 0 : n];
    for (int from = 0; from < n; from += AT_ONCE) {
      int first = from;
      int count = Math.min(AT_ONCE, n - from);
      int[] ownRows = new int[count];
      int[] otherRows = new int[other.length == 0 ? 0 : count * perClass];
      for (int i = 0; i < count; i++) {
        int label = embeddings.labels()[first + i];
        predicted[first + i] = nearest[first + i][0];
        amongFive[first + i] = Arrays.stream(nearest[first + i]).anyMatch(k -> k == label);
        ownRows[i] = dominant.rows()[label];
        for (int k = 0; k < otherRows.length / count; k++) {
          int[] two = nearest[first + i];
          otherRows[i * perClass + k] = (two[0] == label ? two[1] : two[0]) * perClass + k;
        }
      }
      float[][] ownUnit = Vectors.unit(centers.rows(ownRows));
      float[][] otherUnit = Vectors.unit(centers.rows(otherRows));
      for (int i = 0; i < count; i++) {
        float[] vector = embeddings.vectors()[first + i];
        own[first + i] = (float) Vectors.degrees(vector, ownUnit[i]);
        if (other.length > 0) {
          other[first + i] =
              (float)
                  Arrays.stream(otherUnit, i * perClass, (i + 1) * perClass)
                      .mapToDouble(unit -> Vectors.degrees(vector, unit))
                      .min()
                      .orElseThrow();
        }
      }
    }
    return new AgainstCenters(predicted, amongFive, own, other);
  }

  private static void requireFit(Embeddings embeddings, ClassCenters centers) {
    int dimension = centers.rows(new int[1])[0].length;
    int largest = Arrays.stream(embeddings.labels()).max().orElseThrow();
    if (largest >= centers.classes() || dimension != embeddings.dimension()) {
      throw new InvalidInputException(
          "centers: expected one of size %d for each label, found %d of size %d and label %d; give those the embeddings were trained with"
              .formatted(embeddings.dimension(), centers.classes(), dimension, largest));
    }
  }
}
