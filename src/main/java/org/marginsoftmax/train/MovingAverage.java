package org.marginsoftmax.train;

import java.util.ArrayList;
import java.util.List;
import org.marginsoftmax.layer.Variables;
import org.tensorflow.Operand;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;

/**
 * The exponential moving average of the variables (Polyak and Juditsky 1992, as TensorFlow's {@code
 * ExponentialMovingAverage} has it): after t updates {@code average += (1 - d) (variable -
 * average)} with {@code d = min(decay, (1 + t) / (10 + t))}, so that the initial values are soon
 * forgotten. The running statistics of batch norm are averaged like the weights, as by EfficientNet
 * and timm: they belong to weights that are averaged.
 */
final class MovingAverage {
  private MovingAverage() {}

  /**
   * Adds the update of all averages.
   *
   * @param moved with control dependencies on the update of the variables
   * @param step number of steps already taken, float64 []
   */
  static Op update(Ops moved, Variables variables, double decay, Operand<TFloat64> step) {
    Operand<TFloat64> t = moved.math.add(step, moved.constant(1.0));
    Operand<TFloat64> early =
        moved.math.div(
            moved.math.add(t, moved.constant(1.0)), moved.math.add(t, moved.constant(10.0)));
    Operand<TFloat32> share =
        moved.dtypes.cast(
            moved.math.sub(moved.constant(1.0), moved.math.minimum(early, moved.constant(decay))),
            TFloat32.class);
    List<Op> updates = new ArrayList<>();
    variables
        .averages()
        .forEach(
            (variable, average) -> {
              Ops own = variable.on(moved);
              // Read anew: the reader that all others share may have read before the update.
              Operand<TFloat32> now = own.readVariableOp(variable.handle(), TFloat32.class);
              updates.add(
                  own.train.resourceApplyGradientDescent(
                      average.handle(), share, own.math.sub(average.value(), now)));
            });
    return moved.withControlDependencies(updates).noOp();
  }
}
