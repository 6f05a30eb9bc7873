package org.marginsoftmax.layer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.constraints.IntRange;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/** A product added to a matrix is what plain loops give, whatever the kernels and the sizes. */
class FactorTest {
  @Property(tries = 300, shrinking = ShrinkingMode.OFF)
  void aProductIsAddedToAMatrix(
      @ForAll @IntRange(min = 1, max = 200) int rows,
      @ForAll @IntRange(min = 1, max = 140) int inner,
      @ForAll @IntRange(min = 1, max = 140) int columns,
      @ForAll boolean sizesKnown,
      @ForAll boolean readElsewhere,
      @ForAll long seed) {
    Random random = new Random(seed);
    float[][] a = Clouds.gaussian(random, rows, inner);
    float[][] b = Clouds.gaussian(random, inner, columns);
    float[][] c = Clouds.gaussian(random, rows, columns);
    for (Precision precision : new Precision[] {Precision.FLOAT32, Precision.FLOAT32_BY_ONEDNN}) {
      try (Graph graph = new Graph();
          Session session = new Session(graph)) {
        Ops tf = Ops.create(graph);
        // Something that was computed, in whose memory the sum may be.
        Operand<TFloat32> matrix = tf.math.mul(fed(tf, c, sizesKnown), tf.constant(2f));
        Operand<TFloat32> sum =
            Factor.timesPlus(
                tf,
                Factor.of(tf, precision, fed(tf, a, sizesKnown)),
                Factor.of(tf, precision, fed(tf, b, sizesKnown)),
                matrix);
        Operand<TFloat32> after =
            readElsewhere
                ? tf.withControlDependencies(sum).math.neg(matrix)
                : tf.math.mul(fed(tf, c, sizesKnown), tf.constant(-2f));
        try (var result = session.runner().fetch(sum).fetch(after).run()) {
          TFloat32 found = (TFloat32) result.get(0);
          TFloat32 kept = (TFloat32) result.get(1);
          for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
              double expected = 2 * c[i][j];
              double size = Math.abs(expected);
              for (int k = 0; k < inner; k++) {
                double product = (double) a[i][k] * b[k][j];
                expected += product;
                size += Math.abs(product);
              }
              assertEquals(expected, found.getFloat(i, j), 1e-6 * size, precision.name());
              assertEquals(-2 * c[i][j], kept.getFloat(i, j), 0, precision.name());
            }
          }
        }
      }
    }
  }

  /** Values that TensorFlow cannot fold; with one column known, as a head's matrices have. */
  private static Operand<TFloat32> fed(Ops tf, float[][] values, boolean sizesKnown) {
    return tf.placeholderWithDefault(
        tf.constant(values),
        Shape.of(sizesKnown ? values.length : Shape.UNKNOWN_SIZE, values[0].length));
  }
}
