package org.marginsoftmax.train;

import java.util.Arrays;
import org.marginsoftmax.layer.Centers;
import org.marginsoftmax.layer.Initializer;
import org.marginsoftmax.layer.MarginSoftmax;
import org.marginsoftmax.layer.Variable;
import org.marginsoftmax.layer.Variables;
import org.tensorflow.Operand;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.StdArrays;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.ReduceSum;
import org.tensorflow.op.linalg.MatMul;
import org.tensorflow.op.nn.TopK;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * The directions of the classes when the epoch began, and which are nearest to which. They are part
 * of the checkpoint, so that a run that resumes in mid-epoch finds the same neighbors.
 */
final class EpochCenters {
  private static final int AT_ONCE = 1024;
  private static final String NAME = "sampler/centers";

  private final Op keep;
  private final Placeholder<TInt32> classes;
  private final Placeholder<TInt32> count;
  private final Operand<TInt32> nearest;

  EpochCenters(Ops tf, Variables variables, Centers centers) {
    Operand<TFloat32> directions = MarginSoftmax.normalize(tf, centers.all(tf));
    int subcenters = centers.subcenters();
    long rows = centers.classes();
    long dimension = centers.dimension();
    Operand<TFloat32> ofClasses =
        subcenters == 1
            ? directions
            : MarginSoftmax.normalize(
                tf,
                tf.reduceSum(
                    tf.reshape(directions, tf.constant(new long[] {rows, subcenters, dimension})),
                    tf.constant(1),
                    ReduceSum.keepDims(false)));
    Variable kept =
        variables.get(NAME, Shape.of(rows, dimension), Variable.Role.SLOT, Initializer.constant(0));
    keep = kept.assign(tf, ofClasses);
    classes = tf.placeholder(TInt32.class, Placeholder.shape(Shape.of(Shape.UNKNOWN_SIZE)));
    count = tf.placeholder(TInt32.class, Placeholder.shape(Shape.scalar()));
    Operand<TFloat32> cosines =
        tf.linalg.matMul(
            tf.gather(kept.value(), classes, tf.constant(0)),
            kept.value(),
            MatMul.transposeB(true));
    TopK<TFloat32, TInt32> top = tf.nn.topK(cosines, count, new TopK.Options[0]);
    nearest = top.indices();
  }

  /** Takes the centers as they are now. */
  void keep(Session session) {
    session.run(keep);
  }

  /** The nearest other classes of some classes, int[n][count]. */
  int[][] nearest(Session session, int[] of, int wanted) {
    int[][] found = new int[of.length][];
    for (int from = 0; from < of.length; from += AT_ONCE) {
      int[] asked = Arrays.copyOfRange(of, from, Math.min(of.length, from + AT_ONCE));
      try (TInt32 ids = TInt32.vectorOf(asked);
          TInt32 number = TInt32.scalarOf(wanted + 1);
          var result =
              session.runner().feed(classes, ids).feed(count, number).fetch(nearest).run()) {
        int[][] rows = StdArrays.array2dCopyOf((TInt32) result.get(0));
        for (int i = 0; i < rows.length; i++) {
          int own = asked[i];
          found[from + i] = Arrays.stream(rows[i]).filter(k -> k != own).limit(wanted).toArray();
        }
      }
    }
    return found;
  }
}
