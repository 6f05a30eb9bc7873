package org.marginsoftmax.run;

import java.util.List;
import java.util.stream.IntStream;
import org.marginsoftmax.eval.ClassCenters;
import org.marginsoftmax.eval.DominantCenters;
import org.marginsoftmax.eval.Embeddings;

/**
 * Training samples whose label is likely wrong: they are far from the centre of their class.
 *
 * @param examined number of training samples looked at
 * @param found the farthest first
 */
record Suspects(int examined, List<Suspect> found) {
  private static final int MOST = 24;

  /**
   * A training sample.
   *
   * @param sample its index
   * @param nearest label of the class whose centre is nearest
   * @param angle to the dominant centre of its own class, degrees
   */
  record Suspect(int sample, int nearest, double angle) {}

  /**
   * @param known embeddings of the training samples looked at
   * @param indices of these among all training samples
   */
  static Suspects of(
      Embeddings known, int[] indices, ClassCenters centers, DominantCenters dominant) {
    List<DominantCenters.Outlier> far =
        dominant.outliers(known, centers, DominantCenters.USUAL_ANGLE).stream()
            .limit(MOST)
            .toList();
    if (far.isEmpty()) {
      return new Suspects(known.size(), List.of());
    }
    int[] rows = far.stream().mapToInt(DominantCenters.Outlier::sample).toArray();
    int[][] nearest = centers.nearest(known.at(rows), done -> {});
    return new Suspects(
        known.size(),
        IntStream.range(0, rows.length)
            .mapToObj(i -> new Suspect(indices[rows[i]], nearest[i][0], far.get(i).angle()))
            .toList());
  }
}
