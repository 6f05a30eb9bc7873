package org.marginsoftmax.train;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.marginsoftmax.layer.FeatureNorm;
import org.marginsoftmax.layer.Head;
import org.marginsoftmax.layer.HeadStep;
import org.marginsoftmax.layer.MarginSoftmax;
import org.marginsoftmax.margin.AdaptiveMargin;
import org.marginsoftmax.margin.MagnitudeMargin;
import org.marginsoftmax.margin.Margin;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * The loss where nothing is learnt: every feature at 90 degrees to every centre. Of ArcFace it is
 * ln(1 + (C - 1) e^(s sin m)), 16.58 for C 10, s 30, m 0.5: a loss that starts there is not stuck.
 *
 * <p>The first step of a run has another: random directions in D dimensions have cosines of about 1
 * / sqrt(D), which s multiplies, and a network's first features are no random directions.
 *
 * <p>It is worked out from the head's own logits of one feature and two centres at right angles.
 */
public final class ExpectedLoss {
  private ExpectedLoss() {}

  /**
   * What {@link #of} assumes of the features, in words, as in 'every angle at 90 degrees'.
   *
   * @param dimension D
   */
  public static String assumption(Head head, int dimension) {
    if (head instanceof Head.P2SGrad) {
      return "features in random directions";
    }
    return usesNorm(head)
        ? String.format(
            Locale.ROOT,
            "every angle at 90 degrees and features of norm %.1f",
            Math.sqrt(dimension))
        : "every angle at 90 degrees";
  }

  /** Whether the norm of a feature makes a difference at 90 degrees. */
  private static boolean usesNorm(Head head) {
    if (head instanceof Head.InnerProduct inner) {
      return !(inner.margin() instanceof Margin.None);
    }
    Head.Angular angular = (Head.Angular) head;
    return angular.margin() instanceof MagnitudeMargin
        || angular.margin() instanceof AdaptiveMargin
        || angular.featureNorm() == FeatureNorm.KEEP && !(angular.margin() instanceof Margin.None);
  }

  /**
   * The loss.
   *
   * @param classes C
   * @param dimension D, whose root stands for the norm of the features
   * @param strength how much of the margin acts, 0..1
   * @param scaleShare how much of the scale acts, above 0, up to 1
   */
  public static double of(
      Head head, int classes, int dimension, double strength, double scaleShare) {
    if (head instanceof Head.P2SGrad) {
      // Random directions are not at 90 degrees: their squared cosine is 1 / D in the mean.
      return 0.5 * (1 + (classes - 1.0) / dimension);
    }
    try (Graph graph = new Graph();
        Session session = new Session(graph)) {
      Ops tf = Ops.create(graph);
      Map<String, Operand<TFloat32>> state = new LinkedHashMap<>();
      head.state(classes).forEach((name, v) -> state.put(name, tf.constant(v.floatValue())));
      float[][] centers = new float[2 * head.subcenters()][3];
      for (int j = 0; j < centers.length; j++) {
        centers[j][1 + j / head.subcenters()] = 1;
      }
      MarginSoftmax.Output out =
          MarginSoftmax.apply(
              tf,
              head,
              tf.constant(new float[][] {{(float) Math.sqrt(dimension), 0, 0}}),
              tf.constant(new int[] {0}),
              tf.constant(centers),
              new HeadStep(
                  tf.constant(strength),
                  tf.constant(scaleShare),
                  tf.constant(new double[] {0}),
                  state));
      try (Result result = session.runner().fetch(out.logits()).fetch(out.loss()).run()) {
        double label = ((TFloat32) result.get(0)).getFloat(0, 0);
        double other = ((TFloat32) result.get(0)).getFloat(0, 1);
        double loss = ((TFloat32) result.get(1)).getFloat();
        double smoothing = smoothing(head);
        double besides =
            loss - crossEntropy(label, other, 2) - smoothing * (label - (label + other) / 2);
        double spread = (label + (classes - 1.0) * other) / classes;
        return crossEntropy(label, other, classes) + smoothing * (label - spread) + besides;
      }
    }
  }

  private static double smoothing(Head head) {
    return head instanceof Head.Angular angular
        ? angular.labelSmoothing()
        : ((Head.InnerProduct) head).labelSmoothing();
  }

  /** ln(1 + (classes - 1) e^(other - label)). */
  private static double crossEntropy(double label, double other, int classes) {
    double d = other - label + Math.log(classes - 1.0);
    return Math.max(d, 0) + Math.log1p(Math.exp(-Math.abs(d)));
  }
}
