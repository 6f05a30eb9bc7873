package org.marginsoftmax.eval;

import java.util.Arrays;

/** Arithmetic of vectors, sums in float64. */
final class Vectors {
  private Vectors() {}

  static float dot(float[] a, float[] b) {
    return (float) dot64(a, b);
  }

  static double dot64(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (double) a[i] * b[i];
    }
    return sum;
  }

  static boolean isZero(float[] a) {
    return dot64(a, a) == 0;
  }

  static float[] unit(float[] a) {
    double norm = Math.sqrt(dot64(a, a));
    float[] unit = new float[a.length];
    for (int i = 0; i < a.length; i++) {
      unit[i] = norm == 0 ? 0 : (float) (a[i] / norm);
    }
    return unit;
  }

  /** The norm of float32 numbers is 1 but for rounding; here it is 1, or 0. */
  static double[] unit64(float[] a) {
    double norm = Math.sqrt(dot64(a, a));
    double[] unit = new double[a.length];
    for (int i = 0; i < a.length; i++) {
      unit[i] = norm == 0 ? 0 : a[i] / norm;
    }
    return unit;
  }

  static float[][] unit(float[][] rows) {
    float[][] unit = new float[rows.length][];
    for (int i = 0; i < rows.length; i++) {
      unit[i] = unit(rows[i]);
    }
    return unit;
  }

  /**
   * Angle between unit vectors in degrees, as 2 atan2(norm(a - b), norm(a + b)), which is right at
   * 0 and 180 where acos is not (Kahan 2006). 90 where either or both are zero.
   */
  static double degrees(float[] a, float[] b) {
    double apart = 0;
    double together = 0;
    for (int i = 0; i < a.length; i++) {
      apart += (a[i] - (double) b[i]) * (a[i] - (double) b[i]);
      together += (a[i] + (double) b[i]) * (a[i] + (double) b[i]);
    }
    return apart == 0 && together == 0
        ? 90
        : Math.toDegrees(2 * Math.atan2(Math.sqrt(apart), Math.sqrt(together)));
  }

  /** The angle of a cosine of two vectors, which are looked at where the cosine says too little. */
  static double degrees(double cosine, float[] a, float[] b) {
    return Math.abs(cosine) > 1 - 1e-6 ? degrees(a, b) : Math.toDegrees(Math.acos(cosine));
  }

  static double[] toDouble(float[] values) {
    double[] doubles = new double[values.length];
    Arrays.setAll(doubles, i -> values[i]);
    return doubles;
  }

  static float[] toFloat(double[] values) {
    float[] floats = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      floats[i] = (float) values[i];
    }
    return floats;
  }
}
