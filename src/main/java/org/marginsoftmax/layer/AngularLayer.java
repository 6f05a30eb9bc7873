package org.marginsoftmax.layer;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.marginsoftmax.margin.MagnitudeMargin;
import org.marginsoftmax.margin.MarginInput;
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
    Subcenters all = Subcenters.of(tf, centers, perClass);
    Operand<TFloat64> a = perSample(tf, head, column, before, step);
    Operand<TFloat32> scaled = scaled(tf, column, a);
    List<Operand<TFloat32>> each = all.products(tf, scaled);
    if (head.scale() instanceof Scale.AdaCos) {
      Operand<TFloat32> largest = Subcenters.merge(tf, each).largest();
      Operand<TFloat64> s = AdaCosStep.next(tf, largest, index, column.angle());
      state.put(AdaCosStep.STATE, s);
      Operand<TFloat64> ratio = tf.math.div(s, before.get(AdaCosStep.STATE));
      a = tf.math.mul(a, ratio);
      scaled = scaled(tf, column, a);
      Operand<TFloat32> ratio32 = tf.dtypes.cast(ratio, TFloat32.class);
      each = each.stream().<Operand<TFloat32>>map(p -> tf.math.mul(p, ratio32)).toList();
    }
    Subcenters.Merged merged = Subcenters.merge(tf, each);
    Operand<TFloat32> products = merged.largest();

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
    if (head.curricular() != null) {
      Operand<TFloat64> r = before.get(Negatives.Curricular.STATE);
      state.put(Negatives.Curricular.STATE, head.curricular().next(tf, r, column.cosine()));
    }
    in = in.withState(state);
    TargetLogit target = head.margin().target(tf, in);
    Operand<TFloat64> labelLogit = tf.math.mul(a, target.value());

    Negatives.Logits negatives =
        head.negatives()
            .logits(
                tf,
                new Negatives.Input(
                    products,
                    tf.dtypes.cast(LabelColumn.column(tf, a), TFloat32.class),
                    tf.dtypes.cast(LabelColumn.column(tf, labelLogit), TFloat32.class),
                    state));
    Rivals rivals =
        Rivals.of(tf, negatives.values(), index, labelLogit, bound(head), head.labelSmoothing());

    // Backwards over the other classes: g_ij = d loss / d product_ij = weight_i perWeight_ij.
    Rivals.Gradient gradient = rivals.gradient(tf);
    Operand<TFloat32> perProduct = gradient.perWeight();
    if (negatives.slope() != null) {
      perProduct = tf.math.mul(perProduct, negatives.slope());
    }
    Operand<TFloat32> weight32 = tf.dtypes.cast(gradient.weight(), TFloat32.class);
    Operand<TFloat32> weighted = tf.math.mul(scaled, tf.expandDims(weight32, tf.constant(1)));
    // The label's column is 0 in the first factor, whatever the second has there.
    boolean untouched = perClass == 1 && negatives.slope() == null;
    List<Operand<TFloat32>> pulls = new ArrayList<>();
    List<Operand<TFloat32>> gradCenters = new ArrayList<>();
    for (int k = 0; k < perClass; k++) {
      Operand<TFloat32> matrix = all.matrices().get(k);
      Operand<TFloat32> inverse = all.inverseNorms().get(k);
      Operand<TFloat32> ofWinner = merged.ofWinner(tf, perProduct, k);
      // After the sum over the exponentials, and so in their place.
      Operand<TFloat32> perNorm =
          tf.withControlDependencies(rivals.sum()).math.mul(ofWinner, inverse);
      pulls.add(tf.linalg.matMul(perNorm, matrix));
      // dW_j = sum_i g_ij a_i x^_i / norm(w_j), less its part along w_j.
      Operand<TFloat32> along =
          tf.math.mul(
              inverse,
              Products.rowTimes(
                  tf, weight32, tf.math.mul(perNorm, untouched ? rivals.logits() : each.get(k))));
      gradCenters.add(
          tf.math.sub(
              Products.transposedTimes(tf, perNorm, weighted),
              tf.math.mul(matrix, tf.expandDims(along, tf.constant(1)))));
    }
    Operand<TFloat64> pull =
        tf.math.mul(
            tf.dtypes.cast(pulls.size() == 1 ? pulls.get(0) : tf.math.addN(pulls), TFloat64.class),
            LabelColumn.column(tf, gradient.weight()));
    Operand<TFloat64> radial = LabelColumn.rowDot(tf, pull, column.features());
    Operand<TFloat64> othersTangent =
        tf.math.mul(
            tf.math.sub(pull, tf.math.mul(LabelColumn.column(tf, radial), column.features())),
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
    } else if (head.margin() instanceof MagnitudeMargin magnitude) {
      MagnitudeMargin.Regularizer regularizer = magnitude.regularizer(tf, in);
      loss = tf.math.add(loss, regularizer.value());
      gradNorm =
          tf.math.div(regularizer.slopeInNorm(), tf.dtypes.cast(tf.size(labels), TFloat64.class));
      if (exact) {
        gradNorm = tf.math.add(gradNorm, tf.math.mul(gradLabel, target.slopeInNorm()));
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

    Operand<TFloat32> plainOthers =
        untouched
            ? rivals.logits()
            : index.replace(
                tf, products, tf.fill(tf.shape(labelLogit), tf.constant(Rivals.BOTTOM)));
    return MarginSoftmax.Output.of(
        tf,
        loss,
        index.replace(tf, rivals.logits(), tf.dtypes.cast(labelLogit, TFloat32.class)),
        MarginSoftmax.cosines(tf, features, centers, perClass),
        rivals.probabilities(tf, index),
        column.angle(),
        MarginSoftmax.wins(tf, tf.math.mul(a, column.cosine()), plainOthers),
        gradFeatures,
        column.addToRows(tf, pull, Subcenters.join(tf, gradCenters), gradLabelCenters),
        state);
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

  private static Operand<TFloat32> scaled(Ops tf, LabelColumn column, Operand<TFloat64> a) {
    return tf.dtypes.cast(
        tf.math.mul(column.features(), LabelColumn.column(tf, a)), TFloat32.class);
  }

  /** How large a negative's logit can be. */
  private static double bound(Head.Angular head) {
    return head.scale() instanceof Scale.Fixed fixed && head.featureNorm() == FeatureNorm.UNIT
        ? head.negatives().bound(fixed.value())
        : Double.POSITIVE_INFINITY;
  }
}
