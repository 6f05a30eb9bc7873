package org.marginsoftmax.layer;

import org.marginsoftmax.margin.Guard;
import org.marginsoftmax.margin.Margin;
import org.marginsoftmax.margin.MarginSize;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.op.Ops;
import org.tensorflow.op.linalg.MatMul;
import org.tensorflow.types.TFloat64;

/**
 * A second way to compute a head, for tests alone: composed from acos, one-hot masks and
 * log-sum-exp in float64, the gradients left to automatic differentiation.
 */
record Witness(double loss, double[][] gradFeatures, double[][] gradCenters) {

  static Witness of(AngularHead head, float[][] features, float[][] centers, int[] labels) {
    try (Graph graph = new Graph();
        Session session = new Session(graph)) {
      Ops tf = Ops.create(graph);
      Operand<TFloat64> x = tf.dtypes.cast(tf.constant(features), TFloat64.class);
      Operand<TFloat64> w = tf.dtypes.cast(tf.constant(centers), TFloat64.class);
      Operand<TFloat64> mask =
          tf.oneHot(
              tf.constant(labels), tf.constant(centers.length), tf.constant(1.0), tf.constant(0.0));
      Operand<TFloat64> norm = norm(tf, x);
      Operand<TFloat64> cosines =
          tf.linalg.matMul(
              tf.math.div(x, norm), tf.math.div(w, norm(tf, w)), MatMul.transposeB(true));
      Operand<TFloat64> target = target(tf, head.margin(), tf.math.acos(cosines), cosines);
      Operand<TFloat64> mixed =
          tf.math.add(
              tf.math.mul(mask, target), tf.math.mul(tf.math.sub(tf.constant(1.0), mask), cosines));
      Operand<TFloat64> logits =
          tf.math.mul(mixed, tf.constant(((Scale.Fixed) head.scale()).value()));
      if (head.featureNorm() == FeatureNorm.KEEP) {
        logits = tf.math.mul(logits, norm);
      }
      // Not softmaxCrossEntropyWithLogits, whose C++ gradient is float32 only.
      Operand<TFloat64> loss =
          tf.math.mean(
              tf.math.sub(
                  tf.math.log(tf.reduceSum(tf.math.exp(logits), tf.constant(1))),
                  tf.reduceSum(tf.math.mul(mask, logits), tf.constant(1))),
              tf.constant(0));
      Output<?>[] gradients =
          graph.addGradients(loss.asOutput(), new Output<?>[] {x.asOutput(), w.asOutput()});
      try (Result result =
          session.runner().fetch(loss).fetch(gradients[0]).fetch(gradients[1]).run()) {
        return new Witness(
            ((TFloat64) result.get(0)).getDouble(),
            Evaluated.matrix(result.get(1)),
            Evaluated.matrix(result.get(2)));
      }
    }
  }

  private static double fixed(MarginSize size) {
    return ((MarginSize.Fixed) size).margin();
  }

  private static Operand<TFloat64> norm(Ops tf, Operand<TFloat64> rows) {
    return tf.math.sqrt(
        tf.expandDims(tf.reduceSum(tf.math.mul(rows, rows), tf.constant(1)), tf.constant(1)));
  }

  private static Operand<TFloat64> target(
      Ops tf, Margin margin, Operand<TFloat64> theta, Operand<TFloat64> cosine) {
    if (margin instanceof Margin.Cosine m) {
      return tf.math.sub(cosine, tf.constant(fixed(m.size())));
    }
    if (margin instanceof Margin.Angular m && m.guard() == Guard.NONE) {
      return tf.math.cos(tf.math.add(theta, tf.constant(fixed(m.size()))));
    }
    if (margin instanceof Margin.Combined m) {
      return tf.math.sub(
          tf.math.cos(
              tf.math.add(
                  tf.math.mul(theta, tf.constant(m.multiplicative())), tf.constant(m.angular()))),
          tf.constant(m.cosine()));
    }
    return cosine;
  }
}
