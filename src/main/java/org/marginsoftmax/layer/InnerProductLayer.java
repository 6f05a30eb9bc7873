package org.marginsoftmax.layer;

import java.util.Map;
import org.marginsoftmax.margin.Margin;
import org.marginsoftmax.margin.MarginInput;
import org.marginsoftmax.margin.TargetLogit;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt32;

/** {@link Head.InnerProduct}, forwards and backwards. */
final class InnerProductLayer {
  private InnerProductLayer() {}

  /**
   * The label's logit, float64.
   *
   * @param value [N]
   * @param perFeature its gradient in the feature, [N, D]
   * @param perCenter its gradient in the label's centre, [N, D]
   */
  private record Label(
      Operand<TFloat64> value, Operand<TFloat64> perFeature, Operand<TFloat64> perCenter) {}

  static MarginSoftmax.Output build(
      Ops tf,
      Head.InnerProduct head,
      Operand<TFloat32> features,
      Operand<TInt32> labels,
      Operand<TFloat32> centers,
      HeadStep step) {
    LabelColumn column = LabelColumn.of(tf, features, labels, centers);
    LabelIndex index = LabelIndex.of(tf, labels);
    Label label =
        head.margin() instanceof Margin.None
            ? new Label(column.innerProduct(), column.rawCenters(), column.rawFeatures())
            : withMargin(tf, head, column, labels, step);
    Rivals rivals =
        Rivals.of(
            tf,
            Products.times(tf, features, centers),
            index,
            label.value(),
            Double.POSITIVE_INFINITY,
            head.labelSmoothing());
    Rivals.Gradient gradient = rivals.gradient(tf);
    Operand<TFloat64> weight = LabelColumn.column(tf, gradient.weight());
    Operand<TFloat64> gradLabel = LabelColumn.column(tf, gradient.label());
    Operand<TFloat64> gradFeatures =
        tf.math.add(
            tf.math.mul(
                tf.dtypes.cast(tf.linalg.matMul(gradient.perWeight(), centers), TFloat64.class),
                weight),
            tf.math.mul(label.perFeature(), gradLabel));
    Operand<TFloat32> gradOthers =
        Products.transposedTimes(
            tf,
            gradient.perWeight(),
            tf.dtypes.cast(tf.math.mul(column.rawFeatures(), weight), TFloat32.class));
    return MarginSoftmax.Output.of(
        tf,
        rivals.loss(),
        index.replace(tf, rivals.logits(), tf.dtypes.cast(label.value(), TFloat32.class)),
        MarginSoftmax.cosines(tf, features, centers, 1),
        rivals.probabilities(tf, index),
        column.angle(),
        MarginSoftmax.wins(tf, column.innerProduct(), rivals.logits()),
        gradFeatures,
        column.addToRows(tf, gradFeatures, gradOthers, tf.math.mul(label.perCenter(), gradLabel)),
        Map.of());
  }

  /** norm(x) norm(w) t(theta): along both vectors by their norms, across them by the angle. */
  private static Label withMargin(
      Ops tf, Head.InnerProduct head, LabelColumn column, Operand<TInt32> labels, HeadStep step) {
    TargetLogit target =
        head.margin()
            .target(
                tf,
                new MarginInput(
                    column.angle(),
                    column.cosine(),
                    column.featureNorm(),
                    labels,
                    step.marginStrength(),
                    null,
                    Map.of()));
    Operand<TFloat64> slope =
        head.gradient() == GradientMode.EXACT
            ? target.slope()
            : tf.math.neg(tf.math.sin(column.angle()));
    Operand<TFloat64> t = LabelColumn.column(tf, target.value());
    return new Label(
        tf.math.mul(tf.math.mul(column.featureNorm(), column.centerNorm()), target.value()),
        tf.math.mul(
            LabelColumn.column(tf, column.centerNorm()),
            tf.math.add(tf.math.mul(t, column.features()), column.gradUnitFeatures(tf, slope))),
        tf.math.mul(
            LabelColumn.column(tf, column.featureNorm()),
            tf.math.add(tf.math.mul(t, column.centers()), column.gradUnitCenters(tf, slope))));
  }
}
