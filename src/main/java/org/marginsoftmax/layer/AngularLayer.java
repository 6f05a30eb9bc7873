package org.marginsoftmax.layer;

import java.util.LinkedHashMap;
import java.util.Map;
import org.marginsoftmax.margin.MarginInput;
import org.marginsoftmax.margin.Regularizer;
import org.marginsoftmax.margin.TargetLogit;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt32;

/**
 * {@link Head.Angular}, forwards and backwards.
 *
 * <p>Every logit is a_i, which is s or s norm(x_i), times a function of a cosine. The C K by D
 * matrix of centres is never normalised: products with it are scaled by 1 / norm of each centre.
 */
final class AngularLayer {
  private AngularLayer() {}

  static MarginSoftmax.Output build(
      Ops tf,
      Head.Angular head,
      Operand<TFloat32> features,
      Operand<TInt32> labels,
      Operand<TFloat32> centers,
      HeadStep step) {
    int perClass = head.subcenters();
    LabelColumn column =
        LabelColumn.of(
            tf,
            features,
            perClass == 1
                ? labels
                : Subcenters.nearestOfLabel(tf, features, labels, centers, perClass),
            centers);
    LabelIndex index = LabelIndex.of(tf, labels);
    Map<String, Operand<TFloat64>> before = new LinkedHashMap<>();
    step.state().forEach((name, v) -> before.put(name, tf.dtypes.cast(v, TFloat64.class)));
    Map<String, Operand<TFloat64>> state = new LinkedHashMap<>();

    // Forwards: products a_i cos(theta_ij) with every centre.
    ClassProducts products =
        ClassProducts.of(
            tf,
            column,
            perSample(tf, head, column, before, step),
            Subcenters.of(tf, centers, perClass));
    if (head.scale() instanceof Scale.AdaCos) {
      Operand<TFloat32> largest = products.merged().largest();
      Operand<TFloat64> s = AdaCosStep.next(tf, largest, index, column.angle());
      state.put(AdaCosStep.STATE, s);
      products = products.rescaled(tf, column, tf.math.div(s, before.get(AdaCosStep.STATE)));
    }
    Operand<TFloat64> a = products.perSample();

    // The label's column, by its angle.
    MarginInput in =
        new MarginInput(
            column.angle(),
            column.cosine(),
            column.featureNorm(),
            labels,
            step.marginStrength(),
            step.draws(),
            before);
    state.putAll(head.margin().next(tf, in));
    state.putAll(head.negatives().next(tf, before, column.cosine()));
    in = in.withState(state);
    TargetLogit target = head.margin().target(tf, in);
    Operand<TFloat64> labelLogit = tf.math.mul(a, target.value());

    // The other classes, and the loss.
    Negatives.Logits negatives =
        head.negatives()
            .logits(
                tf,
                new Negatives.Input(
                    products.merged().largest(),
                    tf.dtypes.cast(LabelColumn.column(tf, a), TFloat32.class),
                    tf.dtypes.cast(LabelColumn.column(tf, labelLogit), TFloat32.class),
                    state));
    Rivals rivals =
        Rivals.of(tf, negatives.values(), index, labelLogit, bound(head), head.labelSmoothing());

    // Backwards over the other classes.
    Rivals.Gradient gradient = rivals.gradient(tf);
    ClassProducts.Gradients others = products.backwards(tf, rivals, gradient, negatives.slope());
    Operand<TFloat64> radial = LabelColumn.rowDot(tf, others.features(), column.features());
    Operand<TFloat64> othersTangent =
        tf.math.mul(
            tf.math.sub(
                others.features(), tf.math.mul(LabelColumn.column(tf, radial), column.features())),
            LabelColumn.column(tf, a));

    // Backwards through the label's angle, and through the feature's norm where that counts.
    boolean exact = head.gradient() == GradientMode.EXACT;
    Operand<TFloat64> slope = exact ? target.slope() : tf.math.neg(tf.math.sin(column.angle()));
    Operand<TFloat64> gradLabel = tf.math.mul(gradient.label(), a);
    Operand<TFloat64> gradAngle = tf.math.mul(gradLabel, slope);
    Operand<TFloat64> gradFeatures =
        tf.math.mul(
            tf.math.add(othersTangent, column.gradUnitFeatures(tf, gradAngle)),
            LabelColumn.column(tf, column.inverseFeatureNorm()));
    Operand<TFloat64> loss = rivals.loss();
    Operand<TFloat64> gradNorm = null;
    if (head.featureNorm() == FeatureNorm.KEEP) {
      // d logit_ij / d norm(x) = a_i / norm(x_i) times the function of the cosine.
      Operand<TFloat64> perNormScale = fixedScale(tf, head, step);
      gradNorm =
          tf.math.mul(
              perNormScale, tf.math.add(radial, tf.math.mul(gradient.label(), target.value())));
    } else {
      Regularizer regularizer = head.margin().regularizer(tf, in).orElse(null);
      if (regularizer != null) {
        loss = tf.math.add(loss, regularizer.value());
        gradNorm =
            tf.math.div(regularizer.slopeInNorm(), tf.dtypes.cast(tf.size(labels), TFloat64.class));
      }
      if (exact && target.slopeInNorm() != null) {
        Operand<TFloat64> ofTarget = tf.math.mul(gradLabel, target.slopeInNorm());
        gradNorm = gradNorm == null ? ofTarget : tf.math.add(gradNorm, ofTarget);
      }
    }
    if (gradNorm != null) {
      gradFeatures =
          tf.math.add(
              gradFeatures, tf.math.mul(LabelColumn.column(tf, gradNorm), column.features()));
    }

    Operand<TFloat64> gradLabelCenters =
        tf.math.mul(
            column.gradUnitCenters(tf, gradAngle),
            LabelColumn.column(tf, column.inverseCenterNorm()));

    return MarginSoftmax.Output.of(
        tf,
        loss,
        index.replace(tf, rivals.logits(), tf.dtypes.cast(labelLogit, TFloat32.class)),
        MarginSoftmax.cosines(tf, features, centers, perClass),
        rivals.probabilities(tf, index),
        column.angle(),
        MarginSoftmax.wins(
            tf,
            tf.math.mul(a, column.cosine()),
            products.others(tf, index, rivals, negatives.slope())),
        gradFeatures,
        column.addToRows(
            tf, others.features(), Subcenters.join(tf, others.centers()), gradLabelCenters),
        state);
  }

  /**
   * Logits of every class as if it were not the label: s f(theta_j), times norm(x) where that is
   * kept; float32 [N, C].
   */
  static Operand<TFloat32> scoringLogits(
      Ops tf,
      Head.Angular head,
      Operand<TFloat32> features,
      Operand<TFloat32> cosines,
      Map<String, Operand<TFloat32>> state) {
    Operand<TFloat32> scale =
        head.scale() instanceof Scale.Fixed fixed
            ? tf.constant((float) fixed.value())
            : state.get(AdaCosStep.STATE);
    Operand<TFloat32> products =
        head.negatives().scoringLogits(tf, tf.math.mul(cosines, scale), scale);
    return head.featureNorm() == FeatureNorm.KEEP
        ? tf.math.mul(
            products,
            tf.expandDims(tf.linalg.euclideanNorm(features, tf.constant(1)), tf.constant(1)))
        : products;
  }

  /** a_i, float64 [N]. */
  private static Operand<TFloat64> perSample(
      Ops tf,
      Head.Angular head,
      LabelColumn column,
      Map<String, Operand<TFloat64>> before,
      HeadStep step) {
    Operand<TFloat64> s =
        head.scale() instanceof Scale.AdaCos
            ? before.get(AdaCosStep.STATE)
            : fixedScale(tf, head, step);
    return tf.math.mul(
        s,
        head.featureNorm() == FeatureNorm.KEEP
            ? column.featureNorm()
            : tf.onesLike(column.featureNorm()));
  }

  private static Operand<TFloat64> fixedScale(Ops tf, Head.Angular head, HeadStep step) {
    double s = ((Scale.Fixed) head.scale()).value();
    return tf.math.mul(tf.constant(s), step.scaleShare());
  }

  /** How large a negative's logit can be. */
  private static double bound(Head.Angular head) {
    return head.scale() instanceof Scale.Fixed fixed && head.featureNorm() == FeatureNorm.UNIT
        ? head.negatives().bound(fixed.value())
        : Double.POSITIVE_INFINITY;
  }
}
