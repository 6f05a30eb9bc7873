package org.marginsoftmax.train;

import java.util.ArrayList;
import java.util.List;
import org.marginsoftmax.layer.Variable;
import org.tensorflow.Operand;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Unstack;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * What momentum and weight decay have done to rows of centers in the steps that did not have them:
 * w' = a w + b v, v' = c w + d v, by a table that has a, b, c and d for every step since which a
 * class may have been idle.
 *
 * @param touched number of steps taken when the class last was as it would be, float32 [C_k, 1]
 * @param centers of the block, float32 [C_k K, D]
 * @param momentum v of them; null without momentum
 * @param subcenters K
 * @param table a, b, c, d, float32 [steps, 4]
 * @param since number of steps taken where the table begins, float32 []
 * @param now number of steps taken, float32 []
 */
record IdleRows(
    Variable touched,
    Variable centers,
    Variable momentum,
    int subcenters,
    Operand<TFloat32> table,
    Operand<TFloat32> since,
    Operand<TFloat32> now) {

  /** Rows of the centers as they would be, from those stored. */
  Operand<TFloat32> variable(Ops tf, Operand<TFloat32> stored, Operand<TInt32> rows) {
    return mixed(
        tf, coefficients(tf, rows), 0, stored, momentum == null ? null : momentum.gather(tf, rows));
  }

  /** Rows of the momentum as they would be, from those stored. */
  Operand<TFloat32> slot(
      Ops tf, Operand<TFloat32> center, Operand<TFloat32> stored, Operand<TInt32> rows) {
    return mixed(tf, coefficients(tf, rows), 2, center, stored);
  }

  /** Notes that the rows are as they should be after this step. */
  Op touch(Ops tf, Operand<TInt32> rows) {
    Operand<TInt32> classes = classes(tf, rows);
    Operand<TFloat32> next =
        tf.math.mul(tf.onesLike(touched.gather(tf, classes)), tf.math.add(now, tf.constant(1f)));
    Ops written =
        tf.withControlDependencies(tf.resourceScatterUpdate(touched.handle(), classes, next));
    return written.io.disableCopyOnRead(touched.handle());
  }

  /** Makes all rows what they would be. */
  Op catchUp(Ops tf) {
    long rows = centers.shape().get(0);
    Operand<TInt32> all = tf.range(tf.constant(0), tf.constant((int) rows), tf.constant(1));
    Operand<TFloat32> w = tf.readVariableOp(centers.handle(), TFloat32.class);
    List<Operand<TFloat32>> perRow = coefficients(tf, all);
    Operand<TFloat32> v =
        momentum == null ? null : tf.readVariableOp(momentum.handle(), TFloat32.class);
    Operand<TFloat32> center = mixed(tf, perRow, 0, w, v);
    List<Operand<?>> read = new ArrayList<>(List.of(center));
    Operand<TFloat32> slot = v == null ? null : mixed(tf, perRow, 2, w, v);
    if (slot != null) {
      read.add(slot);
    }
    List<Op> ops = new ArrayList<>();
    read.forEach(ops::add);
    Ops after = tf.withControlDependencies(ops);
    List<Op> written = new ArrayList<>();
    written.add(centers.assign(after, center));
    if (slot != null) {
      written.add(momentum.assign(after, slot));
    }
    written.add(touched.assign(after, after.fill(after.array(touched.shape().get(0), 1L), now)));
    return tf.withControlDependencies(written).noOp();
  }

  private Operand<TInt32> classes(Ops tf, Operand<TInt32> rows) {
    return subcenters == 1 ? rows : tf.math.div(rows, tf.constant(subcenters));
  }

  /** a, b, c and d of each row, float32 [S, 1] each. */
  private List<Operand<TFloat32>> coefficients(Ops tf, Operand<TInt32> rows) {
    Operand<TFloat32> last = touched.gather(tf, classes(tf, rows));
    Operand<TInt32> at =
        tf.reshape(tf.dtypes.cast(tf.math.sub(last, since), TInt32.class), tf.array(-1));
    return tf.unstack(tf.gather(table, at, tf.constant(0)), 4L, Unstack.axis(1L)).output().stream()
        .<Operand<TFloat32>>map(each -> tf.expandDims(each, tf.constant(1)))
        .toList();
  }

  private static Operand<TFloat32> mixed(
      Ops tf,
      List<Operand<TFloat32>> coefficients,
      int from,
      Operand<TFloat32> w,
      Operand<TFloat32> v) {
    Operand<TFloat32> ofCenter = tf.math.mul(coefficients.get(from), w);
    return v == null ? ofCenter : tf.math.add(ofCenter, tf.math.mul(coefficients.get(from + 1), v));
  }
}
