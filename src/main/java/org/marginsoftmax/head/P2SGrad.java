package org.marginsoftmax.head;

import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.marginsoftmax.layer.CosineHead;
import org.marginsoftmax.layer.Head;
import org.marginsoftmax.option.Option;
import org.marginsoftmax.option.OptionValues;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;

/**
 * P2SGrad (Zhang 2019, arXiv:1905.02479, section 4): the gradient of the cosine of class j is cos
 * theta_j - 1[j = y], without softmax, scale or margin. The loss used here has this gradient: half
 * the squared error of the cosines against the one-hot label, summed over the classes and averaged
 * over the batch.
 */
final class P2SGrad implements HeadType {

  @Override
  public String name() {
    return "p2sgrad";
  }

  @Override
  public String title() {
    return "P2SGrad";
  }

  @Override
  public String source() {
    return "Zhang 2019";
  }

  @Override
  public String formula() {
    return "none: half the squared error of the cosines";
  }

  @Override
  public String when() {
    return "no s and no m to choose; fewer classes than dimensions";
  }

  @Override
  public List<Option<?>> options() {
    return List.of(MarginOptions.NO_MARGIN_TO_GUARD);
  }

  @Override
  public Map<String, String> without() {
    return NoSoftmax.without(Map.of("margin", "it has none", "scale", "it has none"));
  }

  @Override
  public Head head(OptionValues values, int classes, int[] counts) {
    return new Layer();
  }

  private record Layer() implements CosineHead {
    @Override
    public boolean warms() {
      return false;
    }

    /** The mean squared cosine between random directions is 1 / D. */
    @Override
    public OptionalDouble lossOfRandomDirections(int classes, int dimension) {
      return OptionalDouble.of(0.5 * (1 + (double) classes / dimension));
    }

    @Override
    public Value loss(Ops tf, Input in) {
      Operand<TFloat64> n = in.samples(tf);
      Operand<TFloat64> missing = tf.math.sub(in.ofLabel(tf), tf.constant(1.0));
      Operand<TFloat32> n32 = tf.dtypes.cast(n, TFloat32.class);
      Operand<TFloat64> squares =
          tf.math.add(
              tf.math.square(missing),
              tf.dtypes.cast(
                  in.others()
                      .sum(
                          tf,
                          (own, each) ->
                              own.reduceSum(own.math.square(each.cosines()), own.constant(0))),
                  TFloat64.class));
      return Value.of(
          tf,
          tf.math.mul(squares, tf.constant(0.5)),
          tf.math.div(missing, n),
          in.others().map((own, each) -> own.math.div(each.cosines(), n32)));
    }
  }
}
