package org.marginsoftmax.train;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.LongStream;
import org.marginsoftmax.layer.Variable;
import org.tensorflow.Operand;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;

/**
 * The stages of a run in which more and more of the backbone is trained. Each has an update of its
 * own: a variable that is not trained yet has no part in it, neither in the norm that gradients are
 * clipped by nor in the moments of an optimizer.
 *
 * @param stages earliest first, at least one
 */
record Stages(List<Stage> stages) {

  /**
   * A stage.
   *
   * @param from number of steps taken before its first step
   * @param update the update of its steps
   */
  record Stage(long from, Op update) {}

  /**
   * How a variable is trained.
   *
   * @param share of the learning rate at which it moves
   * @param from number of steps taken before it is first moved
   */
  record Pace(double share, long from) {
    Operand<TFloat32> rate(Ops tf, Operand<TFloat32> learningRate) {
      return share == 1 ? learningRate : tf.math.mul(learningRate, tf.constant((float) share));
    }

    /** Steps that have moved the variable, which Adam's bias correction goes by. */
    Operand<TFloat64> steps(Ops tf, Operand<TFloat64> step) {
      return from == 0 ? step : tf.math.sub(step, tf.constant((double) from));
    }
  }

  /** A gradient, and how its variable is trained. */
  record Trained(Gradient gradient, Pace pace) {}

  /**
   * Adds an update for each stage that a network has.
   *
   * @param centersShare of the learning rate, for the centers
   */
  static Stages of(
      List<Gradient> gradients,
      Network network,
      double centersShare,
      Function<List<Trained>, Op> update) {
    List<Trained> trained =
        gradients.stream()
            .map(g -> new Trained(g, pace(network, centersShare, g.variable())))
            .toList();
    return new Stages(
        // Centers that are moved block by block have no gradient here, so that there may be none.
        LongStream.concat(LongStream.of(0), trained.stream().mapToLong(each -> each.pace().from()))
            .distinct()
            .sorted()
            .mapToObj(
                from ->
                    new Stage(
                        from,
                        update.apply(
                            trained.stream().filter(t -> t.pace().from() <= from).toList())))
            .toList());
  }

  /** The gradients of variables that are trained alike, as they are after clipping. */
  static Map<Pace, List<Gradient>> alike(List<Trained> trained, List<Gradient> clipped) {
    Map<Pace, List<Gradient>> alike = new LinkedHashMap<>();
    for (int i = 0; i < clipped.size(); i++) {
      alike.computeIfAbsent(trained.get(i).pace(), pace -> new ArrayList<>()).add(clipped.get(i));
    }
    return alike;
  }

  private static Pace pace(Network network, double centersShare, Variable variable) {
    if (variable.key().equals(Network.CENTERS)) {
      return new Pace(centersShare, 0);
    }
    return variable.name().startsWith(Network.HEAD)
        ? new Pace(1, 0)
        : new Pace(network.backbone().rate(variable), network.backbone().trainedFrom(variable));
  }

  /** The update of a step. */
  Op at(long step) {
    Op update = stages.get(0).update();
    for (Stage stage : stages) {
      if (stage.from() <= step) {
        update = stage.update();
      }
    }
    return update;
  }
}
