package org.marginsoftmax.layer;

import java.util.Random;

/** Random inputs of a head. */
record Clouds(float[][] features, float[][] centers, int[] labels) {

  static Clouds random(int n, int d, int c, long seed) {
    Random random = new Random(seed);
    int[] labels = random.ints(n, 0, c).toArray();
    return new Clouds(gaussian(random, n, d), gaussian(random, c, d), labels);
  }

  static float[][] gaussian(Random random, int rows, int columns) {
    float[][] values = new float[rows][columns];
    for (float[] row : values) {
      for (int k = 0; k < columns; k++) {
        row[k] = (float) random.nextGaussian();
      }
    }
    return values;
  }

  /** The matrix with each row times its factor. */
  static float[][] scaled(float[][] rows, double[] factors) {
    float[][] scaled = new float[rows.length][rows[0].length];
    for (int i = 0; i < rows.length; i++) {
      for (int k = 0; k < rows[i].length; k++) {
        scaled[i][k] = (float) (rows[i][k] * factors[i]);
      }
    }
    return scaled;
  }
}
