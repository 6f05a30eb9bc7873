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
 * SFace: no softmax; features are attracted to their center and repelled by the others. Sigmoids of
 * the angle end the attraction where a sample is near enough and the repulsion where it is far
 * enough, so that training does not overfit to wrong labels (Zhong 2021, arXiv:2205.12010, eq. 9 to
 * 12).
 */
final class SFace implements HeadType {
  private static final Option<Double> SLOPE =
      Option.real(
          "sigmoid_slope", "K", "a slope", Range.above(0, 1000), 80.0, "k of sface's two sigmoids");
  private static final Option<Double> INTRA =
      Option.real(
          "intra_angle",
          "A",
          "an angle in radians",
          Range.of(0, Math.PI),
          0.8,
          "a of sface: angle at which the pull towards the own centre ends");
  private static final Option<Double> INTER =
      Option.real(
          "inter_angle",
          "B",
          "an angle in radians",
          Range.of(0, Math.PI),
          1.23,
          "b of sface: angle at which the push from other centres ends");

  @Override
  public String name() {
    return "sface";
  }

  @Override
  public String title() {
    return "SFace";
  }

  @Override
  public String source() {
    return "Zhong 2021, eq. 9 to 12";
  }

  @Override
  public String formula() {
    return "no softmax: -r c + sum r_j c_j, r = s / (1 + e^(-k (theta - a))), r_j = s / (1 + e^(k (theta_j - b)))";
  }

  @Override
  public String when() {
    return "data with wrong labels (Zhong 2021, not tried by us)";
  }

  @Override
  public List<Option<?>> options() {
    return List.of(SLOPE, INTRA, INTER, AngularOptions.SCALE, MarginOptions.NO_MARGIN_TO_GUARD);
  }

  @Override
  public Map<String, String> without() {
    return NoSoftmax.without(Map.of("margin", "it has none"));
  }

  @Override
  public Head head(OptionValues values, int classes, int[] counts) {
    return new Layer(
        NoSoftmax.scale(values, classes, 64),
        values.get(SLOPE),
        values.get(INTRA),
        values.get(INTER));
  }

  private record Layer(double s, double k, double a, double b) implements CosineHead {
    @Override
    public boolean warms() {
      return false;
    }

    @Override
    public OptionalDouble scale() {
      return OptionalDouble.of(s);
    }

    @Override
    public Value loss(Ops tf, Input in) {
      Operand<TFloat64> scale = tf.math.mul(tf.constant(s), in.step().scaleShare());
      Operand<TFloat32> scale32 = tf.dtypes.cast(scale, TFloat32.class);
      Operand<TFloat64> c = in.ofLabel(tf);
      Operand<TFloat64> theta =
          tf.math.acos(tf.math.minimum(tf.constant(1.0), tf.math.maximum(tf.constant(-1.0), c)));
      Operand<TFloat64> pull =
          tf.math.mul(
              scale,
              tf.math.sigmoid(tf.math.mul(tf.constant(k), tf.math.sub(theta, tf.constant(a)))));
      Blocked<Operand<TFloat32>> push = in.others().map((own, each) -> push(own, scale32, each));
      Operand<TFloat64> others =
          tf.dtypes.cast(
              push.with(in.others(), (own, weight, each) -> own.math.mul(weight, each.cosines()))
                  .sum(tf, (own, parts) -> own.reduceSum(parts, Constants.of(own, 0))),
              TFloat64.class);
      Operand<TFloat64> n = in.samples(tf);
      Operand<TFloat32> n32 = tf.dtypes.cast(n, TFloat32.class);
      // The speeds r are held constant in the gradient.
      return Value.of(
          tf,
          tf.math.sub(others, tf.math.mul(pull, c)),
          tf.math.neg(tf.math.div(pull, n)),
          push.map((own, weight) -> own.math.div(weight, n32)));
    }

    private Operand<TFloat32> push(Ops tf, Operand<TFloat32> scale, Others each) {
      Operand<TFloat32> angles =
          tf.math.acos(
              tf.math.minimum(
                  Constants.of(tf, 1f), tf.math.maximum(Constants.of(tf, -1f), each.cosines())));
      return tf.math.mul(
          tf.math.mul(scale, each.isOther()),
          tf.math.sigmoid(
              tf.math.mul(
                  Constants.of(tf, (float) k), tf.math.sub(Constants.of(tf, (float) b), angles))));
    }
  }
}
