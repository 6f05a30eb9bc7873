package org.marginsoftmax.train;

import java.util.ArrayList;
import java.util.List;
import org.marginsoftmax.layer.SampledClasses;
import org.marginsoftmax.layer.Variable;
import org.marginsoftmax.layer.Variables;
import org.tensorflow.Operand;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/** The rows of the class centers that a step has, block by block. */
final class SampledCenters {
  private SampledCenters() {}

  /**
   * The rows of each block.
   *
   * @param blocks of centers
   */
  static List<SampledRows> of(
      Ops tf,
      Variables variables,
      StepInputs in,
      SampledClasses classes,
      List<Variable> blocks,
      Optimizer optimizer) {
    int perClass = in.network().head().subcenters();
    List<IdleRows> idle = idle(tf, variables, in, blocks, optimizer);
    List<SampledRows> sampled = new ArrayList<>();
    for (Operand<TInt32> inBlock : classes.inBlocks(tf, variables.tasks())) {
      int k = sampled.size();
      Ops own = blocks.get(k).on(tf);
      sampled.add(
          SampledRows.of(
              own,
              blocks.get(k),
              rows(own, inBlock, perClass),
              idle.isEmpty() ? null : idle.get(k)));
    }
    return sampled;
  }

  /** An operation that makes all idle classes what they would be. */
  static Op catchUp(
      Ops tf, Variables variables, StepInputs in, List<Variable> blocks, Optimizer optimizer) {
    // One after the other: each takes the memory of a few blocks for a moment.
    Ops after = tf;
    Op last = tf.noOp();
    for (IdleRows block : idle(tf, variables, in, blocks, optimizer)) {
      last = block.catchUp(block.centers().on(after));
      after = tf.withControlDependencies(last);
    }
    return last;
  }

  /** What became of each block while it was idle; none where nothing does. */
  private static List<IdleRows> idle(
      Ops tf, Variables variables, StepInputs in, List<Variable> blocks, Optimizer optimizer) {
    if (in.idle() == null) {
      return List.of();
    }
    boolean hasMomentum = ((Optimizer.Sgd) optimizer).momentum() > 0;
    List<Variable> touched = in.network().touched(variables);
    Operand<TFloat32> now = tf.dtypes.cast(in.step(), TFloat32.class);
    List<IdleRows> idle = new ArrayList<>();
    for (int k = 0; k < blocks.size(); k++) {
      idle.add(
          new IdleRows(
              touched.get(k),
              blocks.get(k),
              hasMomentum
                  ? Optimizer.Slots.in(variables).of(blocks.get(k), Optimizer.Sgd.MOMENTUM)
                  : null,
              in.network().head().subcenters(),
              in.idle(),
              in.idleSince(),
              now));
    }
    return idle;
  }

  /** The rows of the K centers of each class, int32 [S K]. */
  private static Operand<TInt32> rows(Ops tf, Operand<TInt32> classes, int perClass) {
    if (perClass == 1) {
      return classes;
    }
    Operand<TInt32> first =
        tf.expandDims(tf.math.mul(classes, tf.constant(perClass)), tf.constant(1));
    return tf.reshape(
        tf.math.add(first, tf.range(tf.constant(0), tf.constant(perClass), tf.constant(1))),
        tf.array(-1));
  }
}
