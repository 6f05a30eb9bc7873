package consumer;

import java.util.List;
import org.marginsoftmax.head.AngularOptions;
import org.marginsoftmax.head.HeadType;
import org.marginsoftmax.layer.Head;
import org.marginsoftmax.layer.Negatives;
import org.marginsoftmax.margin.Margin;
import org.marginsoftmax.margin.MarginInput;
import org.marginsoftmax.margin.TargetLogit;
import org.marginsoftmax.option.Option;
import org.marginsoftmax.option.OptionValues;
import org.marginsoftmax.option.Range;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat64;

/** Your own head: t = cos(theta) - m theta, which pulls at every angle. */
public final class SteepFace implements HeadType {
  private static final Option<Double> MARGIN =
      Option.real("margin", "M", "a steepness", Range.of(0, 2), 0.2, "of steepface: m per radian");

  @Override
  public String name() {
    return "steepface";
  }

  @Override
  public String title() {
    return "SteepFace";
  }

  @Override
  public String source() {
    return "";
  }

  @Override
  public String formula() {
    return "c - m theta";
  }

  @Override
  public List<Option<?>> options() {
    return AngularOptions.after(MARGIN);
  }

  @Override
  public Head head(OptionValues values, int classes, int[] counts) {
    return AngularOptions.head(
        values, classes, new Steep(values.get(MARGIN)), new Negatives.Plain());
  }

  private record Steep(double m) implements Margin {
    @Override
    public TargetLogit target(Ops tf, MarginInput in) {
      Operand<TFloat64> perRadian = tf.math.mul(in.strength(), tf.constant(m));
      Operand<TFloat64> cosine = tf.math.cos(in.angle());
      return new TargetLogit(
          tf.math.sub(cosine, tf.math.mul(perRadian, in.angle())),
          tf.math.neg(tf.math.add(tf.math.sin(in.angle()), perRadian)));
    }
  }
}
