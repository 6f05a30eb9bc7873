package org.marginsoftmax.train;

import java.util.ArrayList;
import java.util.List;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.layer.Variables;
import org.tensorflow.Operand;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * How a training step updates the variables.
 *
 * @param optimizer how gradients update the variables
 * @param clipNorm largest global norm of the gradients of a step; 0 for no clipping
 * @param batches number of batches per step, whose gradients are accumulated, at least 1
 * @param average decay of the moving average of the variables that validation and the trained model
 *     use, above 0, below 1 ({@link MovingAverage}); null to use the variables themselves
 * @param centersShare factor on the learning rate for the class centers, above 0, up to 1e6
 */
public record Update(
    Optimizer optimizer, double clipNorm, int batches, Double average, double centersShare) {
  /**
   * @throws InvalidInputException if a value is out of range
   */
  public Update {
    if (!(clipNorm >= 0 && clipNorm <= 1e6)) {
      throw new InvalidInputException(
          "clip norm: expected 0..1e6, found " + clipNorm + "; 5 is usual, 0 clips nothing");
    }
    if (batches < 1) {
      throw new InvalidInputException(
          "accumulate: expected at least 1 batch per step, found " + batches + "; 1 is usual");
    }
    if (average != null && !(average > 0 && average < 1)) {
      throw new InvalidInputException(
          "ema: expected a decay above 0, below 1, found " + average + "; 0.999 is usual");
    }
    if (!(centersShare > 0 && centersShare <= 1e6)) {
      throw new InvalidInputException(
          "centres' learning rate: expected above 0, up to a million times the backbone's, found "
              + centersShare
              + " times that; 1 is usual, with a million classes 10");
    }
  }

  /** The centers at the learning rate of everything else. */
  public Update(Optimizer optimizer, double clipNorm, int batches, Double average) {
    this(optimizer, clipNorm, batches, average, 1);
  }

  /** One batch per step, and no average. */
  public Update(Optimizer optimizer, double clipNorm) {
    this(optimizer, clipNorm, 1, null);
  }

  /**
   * Adds the updates from gradients, of running statistics and of the state of the head. None is
   * applied if the loss is NaN or infinite.
   *
   * @param loss of the batch, float32 []
   * @param own gradients of the batch
   * @param moved updates of the centers that have been added already
   */
  StepOps of(
      Ops tf,
      Variables variables,
      StepInputs in,
      Forward forward,
      Operand<TFloat32> loss,
      List<Gradient> own,
      List<Op> moved) {
    Ops after = tf.withControlDependencies(tf.assertThat(tf.math.isFinite(loss), List.of(loss)));
    List<Op> statistics = new ArrayList<>(forward.layers().updates(after));
    forward
        .head()
        .state()
        .forEach((name, next) -> statistics.add(forward.state().get(name).assign(after, next)));
    Accumulation accumulation = Accumulation.of(tf, own, batches);
    return new StepOps(
        batches,
        all(tf, statistics, accumulation.begin(after)),
        all(tf, statistics, accumulation.add(after)),
        Stages.of(
            accumulation.means(),
            in.network(),
            centersShare,
            trained -> {
              List<Op> moves = moves(after, variables, in, trained);
              moves.addAll(statistics);
              moves.addAll(moved);
              return average == null
                  ? tf.withControlDependencies(moves).noOp()
                  : MovingAverage.update(
                      tf.withControlDependencies(moves), variables, average, in.step());
            }));
  }

  /** Whether a gradient can be applied before the others are there. */
  boolean atOnce() {
    return clipNorm == 0 && batches == 1;
  }

  private List<Op> moves(
      Ops after, Variables variables, StepInputs in, List<Stages.Trained> trained) {
    List<Gradient> gradients = trained.stream().map(Stages.Trained::gradient).toList();
    List<Gradient> clipped = clipNorm > 0 ? GlobalNorm.clip(after, gradients, clipNorm) : gradients;
    List<Op> moves = new ArrayList<>();
    Stages.alike(trained, clipped)
        .forEach(
            (pace, moved) ->
                moves.addAll(
                    Moves.of(
                        after,
                        optimizer,
                        variables,
                        moved,
                        pace.steps(after, in.step()),
                        pace.rate(after, in.learningRate()))));
    return moves;
  }

  private static Op all(Ops tf, List<Op> statistics, List<Op> sums) {
    List<Op> both = new ArrayList<>(statistics);
    both.addAll(sums);
    return tf.withControlDependencies(both).noOp();
  }
}
