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
 * @param name unique in its graph; also its key in a checkpoint
 * @param shape fully known
 * @param role what training does with it
 * @param handle the resource
 * @param value reads it; the same node each time, so that gradients find it
 */
public record Variable(
    String name, Shape shape, Role role, Operand<? extends TType> handle, Operand<TFloat32> value) {

  /** What training does with a variable. */
  public enum Role {
    /** Trained, and shrunk by weight decay: kernels and class centers. */
    KERNEL,
    /** Trained and spared by weight decay: biases, scales and offsets of batch norm, slopes. */
    BIAS,
    /** Not trained: running statistics. */
    STATISTIC,
    /** Held at its value. */
    FROZEN,
    /** State of an optimizer or of training. */
    SLOT;

    /** Whether an optimizer changes it by its gradient. */
    public boolean trained() {
      return this == KERNEL || this == BIAS;
    }

    /** Whether the trained model needs it. */
    public boolean inModel() {
      return this != SLOT;
    }
  }

  /** Number of elements. */
  public long size() {
    return shape.size();
  }

  /** Sets the variable. */
  public Op assign(Ops tf, Operand<TFloat32> newValue) {
    return tf.assignVariableOp(handle, newValue);
  }
}
