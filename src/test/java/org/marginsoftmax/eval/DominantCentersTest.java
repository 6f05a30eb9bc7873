package org.marginsoftmax.eval;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class DominantCentersTest {
  private static float[] at(double degrees) {
    return new float[] {
      (float) Math.cos(Math.toRadians(degrees)), (float) Math.sin(Math.toRadians(degrees))
    };
  }

  @Test
  void keepsTheCentreThatMostSamplesAreNearestTo() {
    float[][] centers = {at(0), at(90), at(180), at(270), at(45), at(45)};
    Embeddings training =
        new Embeddings(
            new float[][] {at(80), at(100), at(5), at(190), at(170), at(350)},
            new int[] {0, 0, 0, 1, 1, 1});
    ClassCenters all = ClassCenters.of(centers, 2);
    DominantCenters dominant = DominantCenters.of(training, all);
    // A class without samples keeps its first.
    assertArrayEquals(new int[] {1, 2, 4}, dominant.rows());
    List<DominantCenters.Outlier> outliers = dominant.outliers(training, all, 75);
    assertEquals(List.of(5, 2), outliers.stream().map(DominantCenters.Outlier::sample).toList());
    assertEquals(170, outliers.get(0).angle(), 1e-3);
    assertEquals(85, outliers.get(1).angle(), 1e-3);
    assertEquals(0, outliers.get(1).label());
  }
}
