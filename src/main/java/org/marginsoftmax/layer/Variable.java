package org.marginsoftmax.layer;

import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.family.TType;

/**
 * A float32 resource variable of a graph.
 *
 * @param name name, unique in its graph; also the key in a checkpoint
 * @param shape shape, fully known
 * @param role what training does with the variable
 * @param handle resource handle
 * @param value the node that reads the variable; always the same one, so that gradients can be
 *     traced to it
 */
public record Variable(
    String name, Shape shape, Role role, Operand<? extends TType> handle, Operand<TFloat32> value) {

  /** What training does with a variable. */
  public enum Role {
    /** Trained, with weight decay: kernels and class centers. */
    KERNEL,
    /** Trained, without weight decay: biases, slopes, and scales and offsets of batch norm. */
    BIAS,
    /** Not trained: running statistics. */
    STATISTIC,
    /** Never changed. */
    FROZEN,
    /** State of an optimizer or of training. */
    SLOT;

    /** Whether an optimizer updates a variable of this role from its gradient. */
    public boolean trained() {
      return this == KERNEL || this == BIAS;
    }

    /** Whether the trained model needs a variable of this role. */
    public boolean inModel() {
      return this != SLOT;
    }
  }

  /** Number of elements. */
  public long size() {
    return shape.size();
  }

  /** An operation that assigns a new value to the variable. */
  public Op assign(Ops tf, Operand<TFloat32> newValue) {
    return tf.assignVariableOp(handle, newValue);
  }
}
