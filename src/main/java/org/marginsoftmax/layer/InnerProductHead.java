package org.marginsoftmax.layer;

import java.util.Map;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.margin.Margin;
import org.marginsoftmax.margin.MarginInput;
import org.marginsoftmax.margin.TargetLogit;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt32;

/**
 * A head whose logits keep both norms and have no scale: x . w_j = norm(x) norm(w_j) cos(theta_j)
 * for class j, and norm(x) norm(w_y) t(theta_y) for the label y. Without a margin it is plain
 * softmax without bias; with {@link Margin.Multiplicative} it is L-Softmax (Liu 2016,
 * arXiv:1612.02295, eq. 4).
 *
 * @param margin margin, which defines t: none or multiplicative
 * @param gradient which slope of t the backward pass uses
 * @param labelSmoothing share of the target distribution spread over all classes, 0 up to below 1
 */
public record InnerProductHead(Margin margin, GradientMode gradient, double labelSmoothing)
    implements Head {
  /**
   * @throws InvalidInputException if the margin is of another kind, or the smoothing is out of
   *     range
   */
  public InnerProductHead {
    if (!(margin instanceof Margin.None || margin instanceof Margin.Multiplicative)) {
      throw new InvalidInputException(
          "inner product: expected no margin or a multiplicative one, found "
              + margin
              + "; the other margins need unit centres");
    }
    SoftmaxCrossEntropy.requireSmoothing(labelSmoothing);
  }

  /** A head for plain softmax without bias. */
  public static InnerProductHead softmax() {
    return new InnerProductHead(new Margin.None(), GradientMode.EXACT, 0);
  }

  @Override
  public boolean mixes() {
    return true;
  }

  @Override
  public int keptMatrices() {
    return 1;
  }

  @Override
  public HeadOutput apply(
      Ops tf, Operand<TFloat32> features, Operand<TInt32> labels, Centers centers, HeadStep step) {
    LabelColumn column = LabelColumn.of(tf, features, labels, centers);
    Blocked<Place> places = centers.places(tf, labels);
    Label label =
        margin instanceof Margin.None
            ? new Label(column.innerProduct(), column.rawCenters(), column.rawFeatures())
            : withMargin(tf, column, labels, step);
    Blocked<Factor> columns =
        centers.factors(features, (own, all) -> Place.unmerged(own, Products.transposed(own, all)));
    Blocked<Factor> rows = centers.rows().map(centers::factor);
    SoftmaxCrossEntropy crossEntropy =
        SoftmaxCrossEntropy.of(
            tf,
            rows.with(columns, Factor::times),
            true,
            places,
            label.value(),
            Double.POSITIVE_INFINITY,
            labelSmoothing);
    SoftmaxCrossEntropy.Gradient perLogit = crossEntropy.gradient(tf);
    Operand<TFloat64> weight = LabelColumn.column(tf, perLogit.weight());
    Operand<TFloat64> gradLabel = LabelColumn.column(tf, perLogit.label());
    Blocked<Factor> weighted =
        centers.factors(
            features,
            (own, all) ->
                own.dtypes.cast(
                    own.math.mul(own.dtypes.cast(all, TFloat64.class), weight), TFloat32.class));
    Backwards back =
        Backwards.of(
            tf,
            crossEntropy.loss(),
            centers,
            rows.with(weighted, (own, w, x) -> new Vectors(w, x))
                .with(
                    perLogit.perWeight().map(centers::factor),
                    (own, of, perWeight) ->
                        new Backwards.Block(
                            Factor.transposedTimes(own, perWeight, of.centers),
                            Factor.times(own, perWeight, of.weighted))),
            places,
            tf.math.mul(label.perCenter(), gradLabel));
    Operand<TFloat64> gradFeatures =
        tf.math.add(
            tf.math.mul(tf.dtypes.cast(back.features(), TFloat64.class), weight),
            tf.math.mul(label.perFeature(), gradLabel));
    return HeadOutput.of(
        tf,
        crossEntropy.loss(),
        new OnDemand(() -> crossEntropy.logits(tf, places, label.value())),
        new OnDemand(() -> MarginSoftmax.cosines(tf, features, centers)),
        new OnDemand(() -> crossEntropy.probabilities(tf, places)),
        column.angle(),
        SoftmaxCrossEntropy.wins(tf, column.innerProduct(), crossEntropy.largest()),
        gradFeatures,
        back.centers(),
        Map.of());
  }

  /** norm(x) norm(w) t(theta): along both vectors by their norms, across them by the angle. */
  private Label withMargin(Ops tf, LabelColumn column, Operand<TInt32> labels, HeadStep step) {
    TargetLogit target =
        margin.target(
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
        gradient == GradientMode.EXACT ? target.slope() : tf.math.neg(tf.math.sin(column.angle()));
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

  @Override
  public Operand<TFloat32> scoringLogits(
      Ops tf,
      Operand<TFloat32> features,
      Operand<TFloat32> centers,
      Operand<TFloat32> cosines,
      Map<String, Operand<TFloat32>> state) {
    return Products.times(tf, features, centers);
  }

  @Override
  public boolean warms() {
    return margin.warms();
  }

  @Override
  public boolean annealed() {
    return margin.annealed();
  }

  /**
   * What a block's gradients are products with.
   *
   * @param centers of the block, [C_k, D]
   * @param weighted features times the weight of the sample, [N, D]
   */
  private record Vectors(Factor centers, Factor weighted) {}

  /**
   * The label's logit, float64.
   *
   * @param value [N]
   * @param perFeature its gradient in the feature, [N, D]
   * @param perCenter its gradient in the label's center, [N, D]
   */
  private record Label(
      Operand<TFloat64> value, Operand<TFloat64> perFeature, Operand<TFloat64> perCenter) {}
}
