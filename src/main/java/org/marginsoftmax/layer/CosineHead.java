package org.marginsoftmax.layer;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalDouble;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt32;

/**
 * A head whose loss for a batch is any function of the cosines between features and class centers.
 * An implementation gives the loss and its derivatives with respect to the cosines; this interface
 * carries them back to features and centers. The logits are the cosines.
 *
 * <p>The cosines to the centers of the label, and the gradients through them, are float64: in
 * float32 the direction from a well-learnt feature to its center is rounding error.
 */
public interface CosineHead extends Head {
  /**
   * Builds the loss and its slopes.
   *
   * @param in what the loss is computed from
   */
  Value loss(Ops tf, Input in);

  /**
   * The scale s, which a schedule can warm up and which multiplies the cosines in scoring; empty if
   * the head has none.
   */
  default OptionalDouble scale() {
    return OptionalDouble.empty();
  }

  @Override
  default boolean scales() {
    return scale().isPresent();
  }

  @Override
  default Operand<TFloat32> scoringLogits(
      Ops tf,
      Operand<TFloat32> features,
      Operand<TFloat32> centers,
      Operand<TFloat32> cosines,
      Map<String, Operand<TFloat32>> state) {
    return scale().isPresent()
        ? tf.math.mul(cosines, tf.constant((float) scale().getAsDouble()))
        : cosines;
  }

  @Override
  default HeadOutput apply(
      Ops tf,
      Operand<TFloat32> features,
      Operand<TInt32> labels,
      Operand<TFloat32> centers,
      HeadStep step) {
    int perClass = subcenters();
    int classes = (int) (centers.shape().get(0) / perClass);
    Operand<TInt32> nearestOfLabel =
        perClass == 1 ? labels : Subcenters.nearestOfLabel(tf, features, labels, centers, perClass);
    LabelColumn column = LabelColumn.of(tf, features, nearestOfLabel, centers);
    LabelRows own = LabelRows.of(tf, column, labels, centers, perClass);
    Operand<TFloat32> inverse = Norms.inverseOfRows(tf, centers);
    Operand<TFloat32> unit = tf.dtypes.cast(column.features(), TFloat32.class);
    Operand<TFloat32> all = tf.math.mul(Products.times(tf, unit, centers), inverse);
    Operand<TFloat32> isOther = isOther(tf, labels, classes, perClass);
    LabelIndex index = LabelIndex.of(tf, labels);
    // In place where that is one column; the mask is a pass over N by C.
    Operand<TFloat32> others =
        perClass == 1
            ? index.replace(tf, all, tf.zeros(tf.shape(labels), TFloat32.class))
            : tf.math.mul(all, isOther);

    Value value =
        loss(
            tf,
            new Input(own.cosines(), others, isOther, labels, classes, perClass, centers, step));

    // Through the other centers: d c / d x^ = w^ - c x^, d c / d w = (x^ - c w^) / norm(w).
    Operand<TFloat32> perNorm = tf.math.mul(value.slopes(), inverse);
    Operand<TFloat64> pull = tf.dtypes.cast(tf.linalg.matMul(perNorm, centers), TFloat64.class);
    Operand<TFloat64> radial =
        LabelColumn.column(tf, LabelColumn.rowDot(tf, pull, column.features()));
    Operand<TFloat64> tangent = tf.math.sub(pull, tf.math.mul(radial, column.features()));
    Operand<TFloat32> along =
        tf.math.mul(
            tf.math.square(inverse),
            tf.reduceSum(tf.math.mul(value.slopes(), others), tf.constant(0)));
    Operand<TFloat32> gradOthers =
        tf.math.sub(
            Products.transposedTimes(tf, perNorm, unit),
            tf.math.mul(centers, tf.expandDims(along, tf.constant(1))));
    if (value.centerGradient() != null) {
      gradOthers = tf.math.add(gradOthers, value.centerGradient());
    }

    Operand<TFloat64> gradFeatures =
        tf.math.mul(
            tf.math.add(tangent, own.gradUnitFeatures(tf, column, value.labelSlopes())),
            LabelColumn.column(tf, column.inverseFeatureNorm()));
    Operand<TFloat32> cosines = nearest(tf, all, classes, perClass);
    Operand<TFloat32> logits =
        index.replace(tf, cosines, tf.dtypes.cast(column.cosine(), TFloat32.class));
    Operand<TFloat32> excluded =
        tf.fill(tf.shape(labels), tf.constant(SoftmaxCrossEntropy.EXCLUDED));
    HeadOutput out =
        HeadOutput.of(
            tf,
            value.perSample(),
            logits,
            cosines,
            tf.nn.softmax(logits),
            column.angle(),
            SoftmaxCrossEntropy.wins(tf, column.cosine(), index.replace(tf, cosines, excluded)),
            gradFeatures,
            own.addTo(tf, pull, gradOthers, column, value.labelSlopes()),
            Map.of());
    return out.withParameters(parameters(tf, value));
  }

  /** Cosines to the nearest center of each class, [N, C], of those to all, [N, C K]. */
  private static Operand<TFloat32> nearest(
      Ops tf, Operand<TFloat32> all, int classes, int perClass) {
    return perClass == 1
        ? all
        : tf.reduceMax(tf.reshape(all, tf.array(-1, classes, perClass)), tf.constant(2));
  }

  private static Map<String, Operand<TFloat32>> parameters(Ops tf, Value value) {
    Map<String, Operand<TFloat32>> slopes = new LinkedHashMap<>();
    value
        .parameterSlopes()
        .forEach((name, slope) -> slopes.put(name, tf.dtypes.cast(slope, TFloat32.class)));
    return slopes;
  }

  /** 1 where the center is of another class than the label, float32 [N, C K]. */
  private static Operand<TFloat32> isOther(
      Ops tf, Operand<TInt32> labels, int classes, int perClass) {
    Operand<TFloat32> perClassMask =
        tf.oneHot(labels, tf.constant(classes), tf.constant(0f), tf.constant(1f));
    return perClass == 1
        ? perClassMask
        : tf.reshape(
            tf.tile(tf.expandDims(perClassMask, tf.constant(2)), tf.array(1, 1, perClass)),
            tf.array(-1, classes * perClass));
  }

  /**
   * What a loss is computed from, one entry per sample of the batch.
   *
   * @param label cosines to the K centers of the label's class, float64 [N, K]
   * @param others cosines to all centers, class by class, float32 [N, C K]; 0 in the columns of the
   *     label
   * @param isOther 1 where the center is of another class than the label, else 0, float32 [N, C K]
   * @param labels classes, int32 [N], 0..C-1
   * @param classes C
   * @param subcenters K, number of centers per class
   * @param centers class centers, not normalised, float32 [C K, D]
   * @param step margin strength, scale share, draws, state and parameters at this step
   */
  record Input(
      Operand<TFloat64> label,
      Operand<TFloat32> others,
      Operand<TFloat32> isOther,
      Operand<TInt32> labels,
      int classes,
      int subcenters,
      Operand<TFloat32> centers,
      HeadStep step) {
    /** Cosine to the only center of the label, float64 [N]; only for heads with K = 1. */
    public Operand<TFloat64> ofLabel(Ops tf) {
      return tf.reshape(label, tf.array(-1));
    }

    /** The batch size N, float64 []. */
    public Operand<TFloat64> samples(Ops tf) {
      return tf.dtypes.cast(tf.size(labels), TFloat64.class);
    }

    /**
     * Softmax cross-entropy, computed from the probability of the other classes so that it stays
     * precise for well-learnt samples.
     *
     * @param label logit of the label, float64 [N]
     * @param others logits of all classes, float32 [N, C]; the column of the label is not read
     * @param bound largest absolute value of the other logits; infinite if unknown
     * @param smoothing share of the target distribution spread over all classes, 0 up to below 1
     */
    public CrossEntropy crossEntropy(
        Ops tf, Operand<TFloat64> label, Operand<TFloat32> others, double bound, double smoothing) {
      LabelIndex index = LabelIndex.of(tf, labels);
      SoftmaxCrossEntropy crossEntropy =
          SoftmaxCrossEntropy.of(tf, others, index, label, bound, smoothing);
      SoftmaxCrossEntropy.Gradient gradient = crossEntropy.gradient(tf);
      Operand<TFloat32> weight =
          tf.dtypes.cast(LabelColumn.column(tf, gradient.weight()), TFloat32.class);
      return new CrossEntropy(
          crossEntropy.loss(),
          gradient.label(),
          index.replace(
              tf,
              tf.math.mul(gradient.perWeight(), weight),
              tf.zeros(tf.shape(labels), TFloat32.class)));
    }
  }

  /**
   * A cross-entropy and the derivatives of its mean over the batch.
   *
   * @param perSample cross-entropy of each sample, float64 [N]
   * @param labelSlope derivative of the mean with respect to the logit of the label, float64 [N]
   * @param slopes derivatives of the mean with respect to the other logits, float32 [N, C]; 0 in
   *     the column of the label
   */
  record CrossEntropy(
      Operand<TFloat64> perSample, Operand<TFloat64> labelSlope, Operand<TFloat32> slopes) {}

  /**
   * A loss and its derivatives.
   *
   * @param perSample loss of each sample, float64 [N]; the loss is its mean
   * @param labelSlopes derivatives of the mean with respect to the cosines of the label, float64
   *     [N, K]
   * @param slopes derivatives of the mean with respect to the other cosines, float32 [N, C K]; 0 in
   *     the columns of the label
   * @param parameterSlopes derivatives of the mean with respect to the parameters of {@link
   *     Head#parameters}, by name, float64 []
   * @param centerGradient d loss / d centers other than through the cosines, float32 [C K, D]; null
   *     if there is none
   */
  record Value(
      Operand<TFloat64> perSample,
      Operand<TFloat64> labelSlopes,
      Operand<TFloat32> slopes,
      Map<String, Operand<TFloat64>> parameterSlopes,
      Operand<TFloat32> centerGradient) {
    /** A loss that depends only on the cosines to one center per class. */
    public static Value of(
        Ops tf,
        Operand<TFloat64> perSample,
        Operand<TFloat64> labelSlope,
        Operand<TFloat32> slopes) {
      return new Value(
          perSample, tf.expandDims(labelSlope, tf.constant(1)), slopes, Map.of(), null);
    }
  }
}
