package org.marginsoftmax.train;

import java.util.ArrayList;
import java.util.List;
import org.marginsoftmax.layer.Centers;
import org.marginsoftmax.layer.Variable;
import org.marginsoftmax.layer.Variables;
import org.tensorflow.Operand;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;

/**
 * Updates each block of class centers as soon as its gradient is there, while both are in the
 * processor's cache. None is updated if the loss is NaN or infinite.
 */
final class BlockUpdates {
  private final Optimizer optimizer;
  private final Operand<TFloat32> learningRate;
  private final Variables variables;
  private final StepInputs in;
  private final List<Op> updates = new ArrayList<>();

  /**
   * @param learningRate of the centers, float32 []
   */
  BlockUpdates(
      Optimizer optimizer, Operand<TFloat32> learningRate, Variables variables, StepInputs in) {
    this.optimizer = optimizer;
    this.learningRate = learningRate;
    this.variables = variables;
    this.in = in;
  }

  /** The updates of all blocks whose gradients were taken. */
  List<Op> updates() {
    return updates;
  }

  /**
   * Takes the gradients of centers.
   *
   * @param read what else reads the centers, to run first
   * @param sampled rows of each block that the step has; null for all
   */
  Centers.GradientSink after(Operand<?> read, List<Variable> centers, List<SampledRows> sampled) {
    return new Centers.GradientSink() {
      @Override
      public Operand<?> begin(Ops tf, Operand<TFloat64> lossPerSample) {
        Operand<TFloat64> loss = tf.math.mean(lossPerSample, tf.constant(0));
        Op finite = tf.assertThat(tf.math.isFinite(loss), List.of(loss));
        return tf.withControlDependencies(finite, read).identity(loss);
      }

      @Override
      public Operand<?> take(Ops tf, int block, Operand<TFloat32> gradient) {
        List<Op> moved =
            Moves.of(
                tf,
                optimizer,
                variables,
                List.of(
                    new Gradient(
                        centers.get(block), gradient, sampled == null ? null : sampled.get(block))),
                in.step(),
                learningRate);
        updates.addAll(moved);
        return tf.withControlDependencies(moved).identity(learningRate);
      }
    };
  }
}
