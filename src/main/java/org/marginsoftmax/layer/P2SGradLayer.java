package org.marginsoftmax.layer;

import java.util.Map;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt32;

/** {@link Head.P2SGrad}, forwards and backwards. */
final class P2SGradLayer {
  private P2SGradLayer() {}

  static MarginSoftmax.Output build(
      Ops tf, Operand<TFloat32> features, Operand<TInt32> labels, Operand<TFloat32> centers) {
    LabelColumn column = LabelColumn.of(tf, features, labels, centers);
    LabelIndex index = LabelIndex.of(tf, labels);
    Operand<TFloat32> inverseCenters = Norms.inverseOfRows(tf, centers);
    Operand<TFloat32> unit = tf.dtypes.cast(column.features(), TFloat32.class);
    Operand<TFloat32> cosines = tf.math.mul(Products.times(tf, unit, centers), inverseCenters);
    Operand<TFloat32> others =
        index.replace(tf, cosines, tf.zeros(tf.shape(labels), TFloat32.class));
    Operand<TFloat64> n = tf.dtypes.cast(tf.size(labels), TFloat64.class);

    // 1 - c = 2 sin^2(theta / 2) does not cancel.
    Operand<TFloat64> half = tf.math.sin(tf.math.mul(column.angle(), tf.constant(0.5)));
    Operand<TFloat64> missing = tf.math.mul(tf.constant(2.0), tf.math.square(half));
    Operand<TFloat64> squares =
        tf.math.add(
            tf.math.square(missing),
            tf.dtypes.cast(tf.reduceSum(tf.math.square(others), tf.constant(1)), TFloat64.class));
    Operand<TFloat64> loss = tf.math.mul(squares, tf.constant(0.5));

    // d loss / d angle of the label = -(c - 1) sin(theta) / N = missing sin(theta) / N.
    Operand<TFloat64> gradAngle = tf.math.div(tf.math.mul(missing, tf.math.sin(column.angle())), n);
    Operand<TFloat32> perNorm = tf.math.mul(others, inverseCenters);
    Operand<TFloat64> pull =
        tf.math.div(tf.dtypes.cast(tf.linalg.matMul(perNorm, centers), TFloat64.class), n);
    Operand<TFloat64> radial =
        LabelColumn.column(tf, LabelColumn.rowDot(tf, pull, column.features()));
    Operand<TFloat64> tangent = tf.math.sub(pull, tf.math.mul(radial, column.features()));
    Operand<TFloat64> gradFeatures =
        tf.math.mul(
            tf.math.add(tangent, column.gradUnitFeatures(tf, gradAngle)),
            LabelColumn.column(tf, column.inverseFeatureNorm()));

    Operand<TFloat32> perSample = tf.dtypes.cast(tf.math.reciprocal(n), TFloat32.class);
    Operand<TFloat32> along =
        tf.math.mul(
            tf.math.mul(tf.math.square(inverseCenters), perSample),
            tf.reduceSum(tf.math.square(others), tf.constant(0)));
    Operand<TFloat32> gradOthers =
        tf.math.sub(
            Products.transposedTimes(tf, perNorm, tf.math.mul(unit, perSample)),
            tf.math.mul(centers, tf.expandDims(along, tf.constant(1))));
    Operand<TFloat64> gradLabelCenters =
        tf.math.mul(
            column.gradUnitCenters(tf, gradAngle),
            LabelColumn.column(tf, column.inverseCenterNorm()));
    Operand<TFloat32> bottom = tf.fill(tf.shape(labels), tf.constant(Rivals.BOTTOM));
    Operand<TFloat32> logits =
        index.replace(tf, cosines, tf.dtypes.cast(column.cosine(), TFloat32.class));
    return MarginSoftmax.Output.of(
        tf,
        loss,
        logits,
        MarginSoftmax.cosines(tf, features, centers, 1),
        tf.nn.softmax(logits),
        column.angle(),
        MarginSoftmax.wins(tf, column.cosine(), index.replace(tf, cosines, bottom)),
        gradFeatures,
        column.addToRows(tf, pull, gradOthers, gradLabelCenters),
        Map.of());
  }
}
