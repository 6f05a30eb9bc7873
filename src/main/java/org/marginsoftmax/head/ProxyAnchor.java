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
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Max;
import org.tensorflow.op.core.ReduceSum;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;

/**
 * Proxy-Anchor: each center is an anchor that attracts the samples of its class in the batch,
 * distant ones more strongly, and repels all others, near ones more strongly (Kim 2020,
 * arXiv:2003.13911, eq. 4). The scale is the paper's alpha, the margin its delta.
 */
final class ProxyAnchor implements HeadType {
  /** Stands for minus infinity: no exponential of it is above 0, and no difference is NaN. */
  private static final float NEVER = -1e30f;

  private static final Option<Double> MARGIN = MarginOptions.cosine(0.1);

  @Override
  public String name() {
    return "proxy-anchor";
  }

  @Override
  public String title() {
    return "Proxy-Anchor";
  }

  @Override
  public String source() {
    return "Kim 2020, eq. 4";
  }

  @Override
  public String formula() {
    return "over the batch: mean over its classes of log(1 + sum e^(-s (c - m))), plus mean over all classes of log(1 + sum e^(s (c + m)) over samples of other classes)";
  }

  @Override
  public String when() {
    return "fine-grained retrieval, several samples per class in a batch (Kim 2020, not tried by us)";
  }

  @Override
  public List<Option<?>> options() {
    return List.of(MARGIN, AngularOptions.SCALE, MarginOptions.NO_SHIFT_TO_GUARD);
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
    return new Layer(NoSoftmax.scale(values, classes, 32), values.get(MARGIN));
  }

  private record Layer(double s, double m) implements CosineHead {
    @Override
    public boolean warms() {
      return true;
    }

    @Override
    public OptionalDouble scale() {
      return OptionalDouble.of(s);
    }

    @Override
    public Value loss(Ops tf, Input in) {
      Operand<TFloat64> scale = tf.math.mul(tf.constant(s), in.step().scaleShare());
      Operand<TFloat64> margin = tf.math.mul(tf.constant(m), in.step().marginStrength());
      Operand<TFloat64> n = in.samples(tf);

      // Of the classes in the batch: for each sample what its class has, counted once a class.
      Operand<TFloat64> same =
          tf.dtypes.cast(
              tf.math.equal(
                  tf.expandDims(in.labels(), tf.constant(0)),
                  tf.expandDims(in.labels(), tf.constant(1))),
              TFloat64.class);
      Operand<TFloat64> far =
          tf.math.exp(tf.math.neg(tf.math.mul(scale, tf.math.sub(in.ofLabel(tf), margin))));
      Operand<TFloat64> sums =
          tf.reshape(tf.linalg.matMul(same, tf.expandDims(far, tf.constant(1))), tf.array(-1));
      Operand<TFloat64> share = tf.math.reciprocal(tf.reduceSum(same, tf.constant(1)));
      Operand<TFloat64> classesInBatch = tf.reduceSum(share, tf.constant(0));
      Operand<TFloat64> drawn =
          tf.math.div(
              tf.reduceSum(tf.math.mul(share, tf.math.log1p(sums)), tf.constant(0)),
              classesInBatch);
      Operand<TFloat64> labelSlope =
          tf.math.neg(
              tf.math.div(
                  tf.math.mul(scale, far),
                  tf.math.mul(classesInBatch, tf.math.add(tf.constant(1.0), sums))));

      // Of all classes: log(1 + sum e^z) is softplus of the log of the sum.
      Operand<TFloat32> scale32 = tf.dtypes.cast(scale, TFloat32.class);
      Operand<TFloat32> margin32 = tf.dtypes.cast(margin, TFloat32.class);
      Operand<TFloat32> classes = tf.dtypes.cast(in.classes(tf), TFloat32.class);
      Blocked<Pushed> pushes =
          in.others().map((own, each) -> Pushed.of(own, each, scale32, margin32));
      Operand<TFloat64> pushed =
          tf.dtypes.cast(
              tf.math.div(
                  pushes.sum(
                      tf,
                      (own, each) -> own.reduceSum(own.math.softplus(each.log), own.array(0, 1))),
                  classes),
              TFloat64.class);
      return Value.of(
          tf,
          tf.math.mul(tf.math.add(drawn, pushed), tf.onesLike(sums)),
          labelSlope,
          pushes.map((own, each) -> each.slopes(own, scale32, classes)));
    }
  }

  /**
   * What pushes the samples away from the classes of a block that are not theirs.
   *
   * @param isOther as the loss is given it, float32 [C_k, N]
   * @param exponentials less the largest of the class, float32 [C_k, N]
   * @param sum of them, float32 [C_k, 1]
   * @param log of the sum of e^z, float32 [C_k, 1]
   */
  private record Pushed(
      Operand<TFloat32> isOther,
      Operand<TFloat32> exponentials,
      Operand<TFloat32> sum,
      Operand<TFloat32> log) {
    static Pushed of(
        Ops tf, CosineHead.Others each, Operand<TFloat32> scale, Operand<TFloat32> margin) {
      Operand<TFloat32> z = tf.math.mul(scale, tf.math.add(each.cosines(), margin));
      z =
          tf.math.add(
              tf.math.mul(z, each.isOther()),
              tf.math.mul(
                  tf.math.sub(Constants.of(tf, 1f), each.isOther()), Constants.of(tf, NEVER)));
      Operand<TFloat32> largest = tf.max(z, Constants.of(tf, 1), Max.keepDims(true));
      Operand<TFloat32> exponentials = tf.math.exp(tf.math.sub(z, largest));
      Operand<TFloat32> sum =
          tf.reduceSum(exponentials, Constants.of(tf, 1), ReduceSum.keepDims(true));
      return new Pushed(each.isOther(), exponentials, sum, tf.math.add(tf.math.log(sum), largest));
    }

    Operand<TFloat32> slopes(Ops tf, Operand<TFloat32> scale, Operand<TFloat32> classes) {
      Operand<TFloat32> perClass =
          tf.math.div(tf.math.mul(scale, tf.math.sigmoid(log)), tf.math.mul(sum, classes));
      return tf.math.mul(tf.math.mul(exponentials, perClass), isOther);
    }
  }
}
