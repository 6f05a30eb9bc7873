package org.marginsoftmax.head;

import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.marginsoftmax.layer.Blocked;
import org.marginsoftmax.layer.Constants;
import org.marginsoftmax.layer.CosineHead;
import org.marginsoftmax.layer.Head;
import org.marginsoftmax.option.Option;
import org.marginsoftmax.option.OptionValues;
import org.marginsoftmax.option.Range;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;

/**
 * UniFace's unified cross-entropy: one learnt threshold for all classes separates the cosines to a
 * sample's own center from those to the others (Zhou 2023, ICCV, eq. 12; the margin of eq. 13, the
 * balance lambda of section 3.4). The threshold b starts at ln(10 C), as in the authors' code.
 */
final class UniFace implements HeadType {
  private static final String BIAS = "threshold";
  private static final Option<Double> MARGIN = MarginOptions.cosine(0.4);
  private static final Option<Double> WEIGHT =
      Option.real(
          "negative_weight",
          "LAMBDA",
          "a weight",
          Range.above(0, 1000),
          1.0,
          "lambda of uniface: weight of the negatives");

  @Override
  public String name() {
    return "uniface";
  }

  @Override
  public String title() {
    return "UniFace (UCE)";
  }

  @Override
  public String source() {
    return "Zhou 2023, eq. 12 and 13";
  }

  @Override
  public String formula() {
    return "no softmax: log(1 + e^(b - s (c - m))) + lambda sum log(1 + e^(s c_j - b)), b is learnt";
  }

  @Override
  public String when() {
    return "one threshold for verification (Zhou 2023, not tried by us)";
  }

  @Override
  public List<Option<?>> options() {
    return List.of(MARGIN, WEIGHT, AngularOptions.SCALE, MarginOptions.NO_SHIFT_TO_GUARD);
  }

  @Override
  public Map<String, String> without() {
    return NoSoftmax.without(Map.of("class_margins", "it has one margin"));
  }

  @Override
  public String margin(OptionValues values) {
    return "m " + values.get(MARGIN);
  }

  @Override
  public Head head(OptionValues values, int classes, int[] counts) {
    return new Layer(
        NoSoftmax.scale(values, classes, 64),
        values.get(MARGIN),
        values.get(WEIGHT),
        Math.log(10.0 * classes));
  }

  private record Layer(double s, double m, double lambda, double first) implements CosineHead {
    @Override
    public boolean warms() {
      return true;
    }

    @Override
    public OptionalDouble scale() {
      return OptionalDouble.of(s);
    }

    @Override
    public Map<String, Double> parameters(int classes) {
      return Map.of(BIAS, first);
    }

    @Override
    public Value loss(Ops tf, Input in) {
      Operand<TFloat64> scale = tf.math.mul(tf.constant(s), in.step().scaleShare());
      Operand<TFloat32> scale32 = tf.dtypes.cast(scale, TFloat32.class);
      Operand<TFloat32> b32 = in.step().parameters().get(BIAS);
      Operand<TFloat64> b = tf.dtypes.cast(b32, TFloat64.class);
      Operand<TFloat64> margin = tf.math.mul(tf.constant(m), in.step().marginStrength());
      Operand<TFloat64> own =
          tf.math.sub(b, tf.math.mul(scale, tf.math.sub(in.ofLabel(tf), margin)));
      Operand<TFloat64> n = in.samples(tf);
      Operand<TFloat32> n32 = tf.dtypes.cast(n, TFloat32.class);
      Operand<TFloat32> lambda32 = tf.constant((float) lambda);
      Blocked<Operand<TFloat32>> weight =
          in.others().map((ops, each) -> ops.math.mul(each.isOther(), lambda32));
      Blocked<Operand<TFloat32>> other =
          in.others().map((ops, each) -> ops.math.sub(ops.math.mul(scale32, each.cosines()), b32));
      Operand<TFloat64> others =
          tf.dtypes.cast(
              weight
                  .with(other, (ops, w, z) -> ops.math.mul(w, ops.math.softplus(z)))
                  .sum(tf, (ops, parts) -> ops.reduceSum(parts, Constants.of(ops, 0))),
              TFloat64.class);
      Operand<TFloat64> ownSlope = tf.math.div(tf.math.sigmoid(own), n);
      Blocked<Operand<TFloat32>> otherSlopes =
          weight.with(
              other, (ops, w, z) -> ops.math.div(ops.math.mul(w, ops.math.sigmoid(z)), n32));
      Operand<TFloat64> bias =
          tf.math.sub(
              tf.reduceSum(ownSlope, tf.constant(0)),
              tf.dtypes.cast(
                  otherSlopes.sum(tf, (ops, slopes) -> ops.reduceSum(slopes, ops.array(0, 1))),
                  TFloat64.class));
      return new Value(
          tf.math.add(tf.math.softplus(own), others),
          tf.expandDims(tf.math.neg(tf.math.mul(scale, ownSlope)), tf.constant(1)),
          otherSlopes.map((ops, slopes) -> ops.math.mul(scale32, slopes)),
          Map.of(BIAS, bias),
          null);
    }
  }
}
