package org.marginsoftmax.layer;

import org.tensorflow.Operand;
import org.tensorflow.Operation;
import org.tensorflow.op.Ops;
import org.tensorflow.op.Scope;
import org.tensorflow.op.random.StatelessRandomGetKeyCounter;
import org.tensorflow.proto.DataType;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt64;

/**
 * Numbers out of the middle of those that {@code StatelessRandomUniform} draws. Its generator,
 * Philox, makes four numbers from each value of a counter, so that none depends on those before it
 * (Salmon 2011).
 */
final class UniformDraw {
  private static final int PHILOX = 1;
  private static final int PER_COUNT = 4;

  private UniformDraw() {}

  /**
   * Numbers from 0 up to below 1, float32 [count].
   *
   * @param stream seeds, int64 [2]
   * @param first number, counted from 0
   */
  static Operand<TFloat32> of(Ops tf, Operand<TInt64> stream, long first, long count) {
    StatelessRandomGetKeyCounter start = tf.random.statelessRandomGetKeyCounter(stream);
    Operand<TInt64> counter = tf.bitcast(start.counter(), TInt64.class);
    Operand<TInt64> moved = tf.math.add(counter, tf.constant(new long[] {first / PER_COUNT, 0}));
    long before = first % PER_COUNT;
    Operand<TFloat32> drawn =
        tf.random.statelessRandomUniformV2(
            Constants.of(tf, new long[] {before + count}),
            start.key(),
            unsigned(tf, moved).output(0),
            Constants.of(tf, PHILOX));
    return before == 0
        ? drawn
        : tf.slice(
            drawn, Constants.of(tf, new long[] {before}), Constants.of(tf, new long[] {count}));
  }

  /** TensorFlow Java has no class for uint64. */
  private static Operation unsigned(Ops tf, Operand<TInt64> values) {
    Scope scope = tf.scope();
    return scope
        .apply(
            scope
                .env()
                .opBuilder("Bitcast", scope.makeOpName("Bitcast"), scope)
                .addInput(values.asOutput())
                .setAttr("type", DataType.DT_UINT64))
        .build();
  }
}
