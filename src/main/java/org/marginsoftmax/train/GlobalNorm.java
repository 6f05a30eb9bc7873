package org.marginsoftmax.train;

import java.util.ArrayList;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;

/** Clipping of gradients by their global norm (Pascanu 2013, algorithm 1). */
final class GlobalNorm {
  private GlobalNorm() {}

  /** Scales all gradients alike so that their joint norm is at most the given one. */
  static List<Gradient> clip(Ops tf, List<Gradient> gradients, double largest) {
    List<Operand<TFloat64>> squares = new ArrayList<>();
    for (Gradient gradient : gradients) {
      Ops own = gradient.variable().on(tf);
      Operand<TFloat32> flat = own.reshape(gradient.value(), own.array(-1));
      squares.add(
          own.dtypes.cast(own.reduceSum(own.math.square(flat), own.constant(0)), TFloat64.class));
    }
    Operand<TFloat64> norm = tf.math.sqrt(tf.math.addN(squares));
    Operand<TFloat64> limit = tf.constant(largest);
    Operand<TFloat32> factor =
        tf.dtypes.cast(tf.math.div(limit, tf.math.maximum(norm, limit)), TFloat32.class);
    return gradients.stream()
        .map(g -> g.with(g.variable().on(tf).math.mul(g.value(), factor)))
        .toList();
  }
}
