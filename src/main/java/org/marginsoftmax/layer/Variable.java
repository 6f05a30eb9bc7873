package org.marginsoftmax.layer;

import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.family.TType;

/**
 * A float32 resource variable of a graph.
 *
 * @param name name, unique in its graph
 * @param shape shape, fully known
 * @param role what training does with the variable
 * @param handle resource handle
 * @param value the node that reads the variable; always the same one, so that gradients can be
 *     traced to it
 * @param part what rows of a larger matrix it has; null if it is a whole
 * @param worker of a cluster that has it; null if it is where the graph's other operations are
 */
public record Variable(
    String name,
    Shape shape,
    Role role,
    Operand<? extends TType> handle,
    Operand<TFloat32> value,
    Part part,
    Integer worker) {

  /**
   * Some rows of a matrix that lives in several variables. A checkpoint has the matrix as one.
   *
   * @param of name of the matrix
   * @param whole shape of the matrix
   * @param from first row
   */
  public record Part(String of, Shape whole, long from) {}

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

  /** Ops of the process that has the variable, of those of the graph. */
  public Ops on(Ops tf) {
    return worker == null ? tf : Tasks.onWorker(tf, worker);
  }

  /** The key in a checkpoint. */
  public String key() {
    return part == null ? name : part.of;
  }

  /** Which slice of what a checkpoint has under the key, as TensorFlow writes it; empty for all. */
  String slice() {
    return part == null ? "" : Saved.spec(part.whole, part.from, shape.get(0));
  }

  /** Number of elements. */
  public long size() {
    return shape.size();
  }

  /**
   * Some rows of a matrix, of which no other is read.
   *
   * @param rows int32 [n]
   * @return float32 [n, D]
   */
  public Operand<TFloat32> gather(Ops tf, Operand<TInt32> rows) {
    return tf.ensureShape(
        tf.resourceGather(handle, rows, TFloat32.class),
        Shape.of(Shape.UNKNOWN_SIZE, shape.get(1)));
  }

  /** An operation that assigns a new value to the variable. */
  public Op assign(Ops tf, Operand<TFloat32> newValue) {
    return tf.assignVariableOp(handle, newValue);
  }
}
