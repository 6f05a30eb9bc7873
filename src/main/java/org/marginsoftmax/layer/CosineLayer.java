package org.marginsoftmax.layer;

import java.util.LinkedHashMap;
import java.util.Map;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt32;

/**
 * {@link CosineHead}, forwards and backwards. The label's cosines, and what goes back through them,
 * are float64: in float32 the direction from a learnt feature to its centre is rounding error.
 */
final class CosineLayer {
  private CosineLayer() {}

  static MarginSoftmax.Output build(
      Ops tf,
      CosineHead head,
      Operand<TFloat32> features,
      Operand<TInt32> labels,
      Operand<TFloat32> centers,
      HeadStep step) {
    int perClass = head.subcenters();
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

    CosineHead.Value value =
        head.loss(
            tf,
            new CosineHead.Input(
                own.cosines(), others, isOther, labels, classes, perClass, centers, step));

    // Through the other centres: d c / d x^ = w^ - c x^, d c / d w = (x^ - c w^) / norm(w).
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
    Operand<TFloat32> bottom = tf.fill(tf.shape(labels), tf.constant(Rivals.BOTTOM));
    MarginSoftmax.Output out =
        MarginSoftmax.Output.of(
            tf,
            value.perSample(),
            logits,
            cosines,
            tf.nn.softmax(logits),
            column.angle(),
            MarginSoftmax.wins(tf, column.cosine(), index.replace(tf, cosines, bottom)),
            gradFeatures,
            own.addTo(tf, pull, gradOthers, column, value.labelSlopes()),
            Map.of());
    return out.withParameters(parameters(tf, value));
  }

  /** Cosines to the nearest centre of each class, [N, C], of those to all, [N, C K]. */
  private static Operand<TFloat32> nearest(
      Ops tf, Operand<TFloat32> all, int classes, int perClass) {
    return perClass == 1
        ? all
        : tf.reduceMax(tf.reshape(all, tf.array(-1, classes, perClass)), tf.constant(2));
  }

  private static Map<String, Operand<TFloat32>> parameters(Ops tf, CosineHead.Value value) {
    Map<String, Operand<TFloat32>> slopes = new LinkedHashMap<>();
    value
        .parameterSlopes()
        .forEach((name, slope) -> slopes.put(name, tf.dtypes.cast(slope, TFloat32.class)));
    return slopes;
  }

  /** 1 where the centre is of another class than the label, float32 [N, C K]. */
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
}
