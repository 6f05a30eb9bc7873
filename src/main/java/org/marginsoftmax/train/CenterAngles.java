package org.marginsoftmax.train;

import java.util.Arrays;
import java.util.List;
import org.marginsoftmax.data.Samples;
import org.marginsoftmax.data.Subset;
import org.marginsoftmax.layer.Centers;
import org.marginsoftmax.layer.MarginSoftmax;
import org.tensorflow.Operand;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.StdArrays;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.Stack;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt32;

/**
 * Angles between samples, as they are scored, and the class centers. Beside the loss of validation
 * samples it is the only use of labels outside of training, and no part of the scoring graph.
 *
 * @param scoring the scoring graph
 * @param labels int32 [N]
 * @param degrees angle to the nearest center of the label and to the nearest of another class,
 *     float32 [N, 2]; 90 for a feature or a center that counts as zero
 */
record CenterAngles(
    Network.Scoring scoring, Placeholder<TInt32> labels, Operand<TFloat32> degrees) {
  /** Samples that are enough for the shape of a histogram. */
  private static final int MOST = 10_000;

  static CenterAngles of(Ops tf, Network.Scoring scoring) {
    Placeholder<TInt32> labels =
        tf.withName("validation.angles.labels")
            .placeholder(TInt32.class, Placeholder.shape(Shape.of(Shape.UNKNOWN_SIZE)));
    Centers centers = scoring.of().centers();
    Operand<TInt32> nearest = scoring.of().nearest(tf, 2);
    Operand<TInt32> first = tf.gather(nearest, tf.constant(0), tf.constant(1));
    Operand<TInt32> second = tf.gather(nearest, tf.constant(1), tf.constant(1));
    Operand<TInt32> other = tf.select(tf.math.equal(first, labels), second, first);
    Operand<TFloat32> unit = scoring.of().embedding();
    return new CenterAngles(
        scoring,
        labels,
        tf.stack(
            List.of(degrees(tf, unit, centers, labels), degrees(tf, unit, centers, other)),
            Stack.axis(1L)));
  }

  /**
   * Angles to the nearest center of a class, float32 [N]: of unit vectors u and v that is 2
   * atan2(|u - v|, |u + v|), which is exact where the arc cosine is not, near 0 (Kahan 2006).
   */
  private static Operand<TFloat32> degrees(
      Ops tf, Operand<TFloat32> unit, Centers centers, Operand<TInt32> classes) {
    int perClass = centers.subcenters();
    int[] within = new int[perClass];
    Arrays.setAll(within, k -> k);
    Operand<TInt32> rows =
        tf.math.add(
            tf.math.mul(tf.expandDims(classes, tf.constant(1)), tf.constant(perClass)),
            tf.constant(within));
    Operand<TFloat32> found = centers.gather(tf, tf.reshape(rows, tf.array(-1)));
    Operand<TFloat64> v =
        tf.reshape(
            tf.dtypes.cast(MarginSoftmax.normalize(tf, found), TFloat64.class),
            tf.array(-1, perClass, (int) centers.dimension()));
    Operand<TFloat64> u = tf.expandDims(tf.dtypes.cast(unit, TFloat64.class), tf.constant(1));
    Operand<TFloat64> angles =
        tf.math.mul(
            tf.math.atan2(
                tf.linalg.euclideanNorm(tf.math.sub(u, v), tf.constant(2)),
                tf.linalg.euclideanNorm(tf.math.add(u, v), tf.constant(2))),
            tf.constant(2 * 180 / Math.PI));
    return tf.dtypes.cast(tf.min(angles, tf.constant(1)), TFloat32.class);
  }

  /** Of all samples, or of 10,000 of them at even distances: they come class by class. */
  ValidationAngles of(Session session, Samples samples) {
    int n = Math.min(MOST, samples.size());
    int[] chosen = new int[n];
    Arrays.setAll(chosen, i -> (int) ((long) i * samples.size() / n));
    Samples some = new Subset(samples, chosen);
    float[] own = new float[n];
    float[] other = new float[n];
    Scores.run(
        session,
        scoring,
        labels,
        degrees,
        some,
        (value, first) -> {
          float[][] rows = StdArrays.array2dCopyOf((TFloat32) value);
          for (int i = 0; i < rows.length; i++) {
            own[first + i] = rows[i][0];
            other[first + i] = rows[i][1];
          }
        });
    return new ValidationAngles(AngleHistogram.of(own), AngleHistogram.of(other));
  }
}
