package org.marginsoftmax.train;

import java.util.ArrayList;
import java.util.List;
import org.marginsoftmax.layer.Constants;
import org.marginsoftmax.layer.Variable;
import org.marginsoftmax.layer.Variables;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.VarHandleOp;
import org.tensorflow.op.train.ResourceSparseApplyMomentum;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt32;

/**
 * Moves variables by their gradients, those that have them for some rows in these alone. An
 * optimizer moves rows as a variable of their own, with rows of its slots: they are copied, moved
 * and written back, and no other row is read or written.
 */
final class Moves {
  private Moves() {}

  /**
   * One step of an optimizer.
   *
   * @param tf ops that come after all that reads the variables
   * @param step number of steps already taken, float64 []
   * @param learningRate float32 []
   */
  static List<Op> of(
      Ops tf,
      Optimizer optimizer,
      Variables variables,
      List<Gradient> gradients,
      Operand<TFloat64> step,
      Operand<TFloat32> learningRate) {
    List<Op> moves =
        new ArrayList<>(
            optimizer.apply(
                tf,
                variables,
                gradients.stream().filter(g -> g.sampled() == null).toList(),
                step,
                learningRate));
    gradients.stream()
        .filter(g -> g.sampled() != null)
        .forEach(
            g ->
                moves.addAll(
                    ofRows(g.variable().on(tf), optimizer, variables, g, step, learningRate)));
    return moves;
  }

  private static List<Op> ofRows(
      Ops tf,
      Optimizer optimizer,
      Variables variables,
      Gradient gradient,
      Operand<TFloat64> step,
      Operand<TFloat32> learningRate) {
    Variable whole = gradient.variable();
    Operand<TInt32> rows = gradient.sampled().rows();
    IdleRows idle = gradient.sampled().idle();
    if (idle == null && optimizer instanceof Optimizer.Sgd sgd && sgd.momentum() > 0) {
      return inPlace(tf, sgd, variables, gradient, learningRate);
    }
    Copy own = Copy.of(tf, whole, gradient.sampled().values());
    List<Copy> copies = new ArrayList<>(List.of(own));
    Optimizer.Slots slots =
        (of, name) -> {
          Variable slot = Optimizer.Slots.in(variables).of(whole, name);
          Operand<TFloat32> stored = slot.gather(tf, rows);
          Copy copy =
              Copy.of(
                  tf,
                  slot,
                  idle == null ? stored : idle.slot(tf, whole.gather(tf, rows), stored, rows));
          copies.add(copy);
          return copy.own;
        };
    List<Op> moved =
        optimizer.move(
            tf, slots, List.of(new Gradient(own.own, gradient.value())), step, learningRate);
    // All that is read of the variables must have been before the first of them changes.
    Ops after = tf.withControlDependencies(moved);
    List<Op> written = new ArrayList<>();
    copies.forEach(copy -> written.add(copy.writeBack(after, rows)));
    if (idle != null) {
      written.add(idle.touch(after, rows));
    }
    return written;
  }

  /** The rows where they are: TensorFlow has a kernel for that, with half the traffic. */
  private static List<Op> inPlace(
      Ops tf,
      Optimizer.Sgd sgd,
      Variables variables,
      Gradient gradient,
      Operand<TFloat32> learningRate) {
    Variable whole = gradient.variable();
    SampledRows sampled = gradient.sampled();
    Variable momentum = Optimizer.Slots.in(variables).of(whole, Optimizer.Sgd.MOMENTUM);
    Op moved =
        tf.train.resourceSparseApplyMomentum(
            whole.handle(),
            momentum.handle(),
            learningRate,
            sgd.slope(tf, whole, sampled.values(), gradient.value()),
            sampled.rows(),
            Constants.of(tf, (float) sgd.momentum()),
            ResourceSparseApplyMomentum.useNesterov(sgd.nesterov()));
    Ops after = tf.withControlDependencies(moved);
    return List.of(
        after.io.disableCopyOnRead(whole.handle()), after.io.disableCopyOnRead(momentum.handle()));
  }

  /**
   * Rows of a variable, as a variable that lives for a step.
   *
   * @param of the variable
   * @param own the copy
   */
  private record Copy(Variable of, Variable own) {
    static Copy of(Ops tf, Variable of, Operand<TFloat32> rows) {
      String name = "sampled/" + of.name();
      Shape shape = Shape.of(Shape.UNKNOWN_SIZE, of.shape().get(1));
      VarHandleOp handle = tf.varHandleOp(TFloat32.class, shape, VarHandleOp.sharedName(name));
      Op assigned = tf.assignVariableOp(handle, rows);
      return new Copy(
          of,
          new Variable(
              name,
              shape,
              of.role(),
              tf.withControlDependencies(assigned).identity(handle),
              rows,
              null,
              of.worker()));
    }

    /** Writes the rows back, and lets go of the memory of the copy. */
    Op writeBack(Ops after, Operand<TInt32> rows) {
      Operand<TFloat32> moved = after.readVariableOp(own.handle(), TFloat32.class);
      Ops written =
          after.withControlDependencies(after.resourceScatterUpdate(of.handle(), rows, moved));
      Op gone = written.destroyResourceOp(own.handle());
      // A variable that was written to in part is otherwise copied whenever it is read.
      return written.withControlDependencies(gone).io.disableCopyOnRead(of.handle());
    }
  }
}
