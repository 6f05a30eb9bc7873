package org.marginsoftmax.train;

import java.util.List;
import java.util.Locale;
import org.marginsoftmax.layer.Head;
import org.marginsoftmax.layer.HeadOutput;
import org.marginsoftmax.layer.MarginSoftmax;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * The expected loss of an untrained network, in which every feature is at 90 degrees to every
 * center. For ArcFace it is ln(1 + (C - 1) e^(s sin m)), which is 16.58 for C = 10, s = 30 and m =
 * 0.5: a high loss at the start does not mean that training is stuck.
 *
 * <p>The loss of the first step differs: random directions in D dimensions have cosines of about 1
 * / sqrt(D), which s multiplies, and the first features of a network are not in random directions.
 *
 * <p>It is computed by the head itself, as the loss of one feature at right angles to all centers,
 * with the centers of all other classes in one place; or, for heads that define it, as {@link
 * Head#lossOfRandomDirections}.
 */
public final class ExpectedLoss {
  private ExpectedLoss() {}

  /**
   * What {@link #of} assumes about the features, in words, such as 'every angle at 90 degrees'.
   *
   * @param dimension D, size of the features
   */
  public static String assumption(Head head, int dimension) {
    if (head.lossOfRandomDirections(3, dimension).isPresent()) {
      return "features in random directions";
    }
    double norm = Math.sqrt(dimension);
    boolean normMatters =
        Math.abs(atRightAngles(head, 3, norm, 1, 1) - atRightAngles(head, 3, 1e3 * norm, 1, 1))
            > 1e-6;
    return normMatters
        ? String.format(Locale.ROOT, "every angle at 90 degrees and features of norm %.1f", norm)
        : "every angle at 90 degrees";
  }

  /**
   * The expected loss.
   *
   * @param classes C, number of classes
   * @param dimension D, size of the features, whose norm is assumed to be sqrt(D)
   * @param strength share of the margin that acts, 0..1
   * @param scaleShare share of the scale that acts, above 0, up to 1
   */
  public static double of(
      Head head, int classes, int dimension, double strength, double scaleShare) {
    return head.lossOfRandomDirections(classes, dimension)
        .orElseGet(() -> atRightAngles(head, classes, Math.sqrt(dimension), strength, scaleShare));
  }

  private static double atRightAngles(
      Head head, int classes, double norm, double strength, double scaleShare) {
    try (Graph graph = new Graph();
        Session session = new Session(graph)) {
      Ops tf = Ops.create(graph);
      int[] subcenters = {head.subcenters(), 1};
      Operand<TFloat32> own =
          tf.tile(tf.constant(new float[][] {{0, 1, 0}}), tf.constant(subcenters));
      subcenters[0] *= classes - 1;
      Operand<TFloat32> others =
          tf.tile(tf.constant(new float[][] {{0, 0, 1}}), tf.constant(subcenters));
      Operand<TFloat32> centers =
          tf.ensureShape(
              tf.concat(List.of(own, others), tf.constant(0)),
              Shape.of((long) classes * head.subcenters(), 3));
      HeadOutput out =
          MarginSoftmax.apply(
              tf,
              head,
              tf.constant(new float[][] {{(float) norm, 0, 0}}),
              tf.constant(new int[] {0}),
              centers,
              head.firstStep(tf, classes)
                  .withStrength(tf.constant(strength))
                  .withScaleShare(tf.constant(scaleShare))
                  .withDraws(tf.constant(new double[] {0})));
      try (Result result = session.runner().fetch(out.loss()).run()) {
        return ((TFloat32) result.get(0)).getFloat();
      }
    }
  }
}
