package org.marginsoftmax.train;

import java.util.ArrayList;
import java.util.List;
import org.marginsoftmax.layer.Variable;
import org.marginsoftmax.layer.Variables;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.VarHandleOp;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt32;

/**
 * Some rows of a variable. An optimizer moves them as a variable of their own, with rows of its
 * slots: they are copied, moved and written back, and no other row is read or written.
 *
 * @param whole the variable, [R, D]
 * @param rows int32 [S], each once
 * @param values the rows as the step sees them, float32 [S, D]
 * @param idle what became of them since a step last had them; null if nothing did
 */
record SampledRows(Variable whole, Operand<TInt32> rows, Operand<TFloat32> values, IdleRows idle) {

  static SampledRows of(Ops tf, Variable whole, Operand<TInt32> rows, IdleRows idle) {
    Operand<TFloat32> stored = gathered(tf, whole, rows);
    return new SampledRows(
        whole, rows, idle == null ? stored : idle.variable(tf, stored, rows), idle);
  }

  /** Rows of a variable as they are stored. */
  static Operand<TFloat32> gathered(Ops tf, Variable of, Operand<TInt32> rows) {
    return tf.ensureShape(
        tf.resourceGather(of.handle(), rows, TFloat32.class),
        Shape.of(Shape.UNKNOWN_SIZE, of.shape().get(1)));
  }

  /**
   * Moves the rows.
   *
   * @param tf ops that come after all that reads the variable
   * @param gradient d loss / d rows, float32 [S, D]
   */
  List<Op> update(
      Ops tf,
      Variables variables,
      Optimizer optimizer,
      Operand<TFloat32> gradient,
      Operand<TFloat64> step,
      Operand<TFloat32> learningRate) {
    List<Copy> copies = new ArrayList<>();
    copies.add(Copy.of(tf, whole, values));
    Optimizer.Slots slots =
        (of, name) -> {
          Variable slot = Optimizer.Slots.in(variables).of(whole, name);
          Operand<TFloat32> stored = gathered(tf, slot, rows);
          Copy copy =
              Copy.of(
                  tf,
                  slot,
                  idle == null ? stored : idle.slot(tf, gathered(tf, whole, rows), stored, rows));
          copies.add(copy);
          return copy.own;
        };
    List<Op> moved =
        optimizer.move(
            tf, slots, List.of(new Gradient(copies.get(0).own, gradient)), step, learningRate);
    // What is read of the variables must have been before the first of them changes.
    Ops after = tf.withControlDependencies(moved);
    List<Op> written = new ArrayList<>();
    copies.forEach(copy -> written.add(copy.writeBack(after, rows)));
    if (idle != null) {
      written.add(idle.touch(after, rows));
    }
    return written;
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
              null));
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
