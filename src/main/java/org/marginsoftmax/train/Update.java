package org.marginsoftmax.train;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.marginsoftmax.layer.Variable;
import org.marginsoftmax.layer.Variables;
import org.tensorflow.Operand;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * How a training step updates the variables.
 *
 * @param optimizer how gradients update the variables
 * @param clipNorm largest global norm of the gradients; 0 for no clipping
 */
record Update(Optimizer optimizer, double clipNorm) {

  /**
   * Adds the updates from gradients, of running statistics and of the state of the head. None is
   * applied if the loss is NaN or infinite.
   *
   * @param loss of the whole batch, float32 []
   * @param gradients of the whole batch
   */
  Op of(
      Ops tf,
      Variables variables,
      StepInputs in,
      Forward forward,
      Operand<TFloat32> loss,
      List<Gradient> gradients) {
    List<Gradient> clipped = clipNorm > 0 ? GlobalNorm.clip(tf, gradients, clipNorm) : gradients;
    Ops after = tf.withControlDependencies(tf.assertThat(tf.math.isFinite(loss), List.of(loss)));
    List<Op> moves = new ArrayList<>(forward.layers().updates(after));
    forward
        .head()
        .state()
        .forEach((name, next) -> moves.add(forward.state().get(name).assign(after, next)));
    Map<Double, List<Gradient>> byRate = new TreeMap<>();
    for (Gradient gradient : clipped) {
      byRate
          .computeIfAbsent(rate(in.network(), gradient.variable()), rate -> new ArrayList<>())
          .add(gradient);
    }
    byRate.forEach(
        (share, moved) -> {
          Operand<TFloat32> rate =
              share == 1
                  ? in.learningRate()
                  : tf.math.mul(in.learningRate(), tf.constant(share.floatValue()));
          moves.addAll(optimizer.apply(after, variables, moved, in.step(), rate));
        });
    return tf.withControlDependencies(moves).noOp();
  }

  /** Share of the learning rate at which a variable moves. */
  private static double rate(Network network, Variable variable) {
    return variable.name().equals(Network.CENTERS) || variable.name().startsWith(Network.HEAD)
        ? 1
        : network.backbone().rate(variable);
  }
}
