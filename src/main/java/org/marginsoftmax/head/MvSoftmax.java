package org.marginsoftmax.head;

import java.util.List;
import org.marginsoftmax.layer.Head;
import org.marginsoftmax.layer.Negatives;
import org.marginsoftmax.margin.Margin;
import org.marginsoftmax.margin.MarginSize;
import org.marginsoftmax.option.Option;
import org.marginsoftmax.option.OptionValues;
import org.marginsoftmax.option.Range;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;

/**
 * MV-Softmax: a margin, and more weight for the classes that a sample is mistaken for (Wang 2020,
 * arXiv:1912.00833, eq. 6 and 8).
 */
final class MvSoftmax implements HeadType {
  private enum Mode {
    ADAPTIVE,
    FIXED
  }

  private static final Option<Double> REWEIGHT =
      Option.real(
          "reweight",
          "T",
          "a weight t",
          Range.of(0, 10),
          0.2,
          "extra weight, in mv-arc and mv-am, of negatives that score above the label's logit");
  private static final Option<Mode> MODE =
      Option.choice(
          "reweight_mode",
          "MODE",
          Option.all(Mode.class),
          Mode.ADAPTIVE,
          "for mv-arc and mv-am: adaptive (nearer classes weigh more) or fixed");

  private final boolean cosine;
  private final Option<Double> margin;

  /**
   * One of the two variants.
   *
   * @param cosine whether the margin is on the cosine (am) instead of on the angle (arc)
   */
  MvSoftmax(boolean cosine) {
    this.cosine = cosine;
    this.margin = cosine ? MarginOptions.cosine(0.35) : MarginOptions.radians(0.5);
  }

  @Override
  public String name() {
    return cosine ? "mv-am" : "mv-arc";
  }

  @Override
  public String title() {
    return cosine ? "MV-AM-Softmax" : "MV-Arc-Softmax";
  }

  @Override
  public String source() {
    return "Wang 2020 (MV-Softmax), eq. 6 and 8";
  }

  @Override
  public String formula() {
    return (cosine ? "c - m" : "cos(theta + m)")
        + "; negatives above t become (1 + w) c_j + w, w the reweight";
  }

  @Override
  public String when() {
    return "to stress hard negatives from the first step (Wang 2020, not tried by us)";
  }

  @Override
  public List<Option<?>> options() {
    return AngularOptions.after(
        margin,
        MarginOptions.CLASS_MARGINS,
        cosine ? MarginOptions.NO_SHIFT_TO_GUARD : MarginOptions.GUARD,
        REWEIGHT,
        MODE);
  }

  @Override
  public String margin(OptionValues values) {
    return MarginOptions.inWords(values, margin);
  }

  @Override
  public Head head(OptionValues values, int classes, int[] counts) {
    MarginSize size = MarginOptions.size(values, margin, classes);
    return AngularOptions.head(
        values,
        classes,
        cosine
            ? new Margin.Cosine(size)
            : new Margin.Angular(size, values.get(MarginOptions.GUARD)),
        new Reweighted(values.get(REWEIGHT), values.get(MODE) == Mode.ADAPTIVE));
  }

  /**
   * A negative above the target logit becomes s ((1 + t) c_j + t), or s (c_j + t) where the weight
   * is fixed: its exponential is multiplied by h (eq. 6 and 8).
   */
  private record Reweighted(double t, boolean adaptive) implements Negatives {
    @Override
    public Logits logits(Ops tf, Input in) {
      Operand<TFloat32> z = in.products();
      Operand<TBool> taken = tf.math.greater(z, in.labelLogit());
      Operand<TFloat32> one = tf.constant(1f);
      Operand<TFloat32> slope = tf.select(taken, tf.constant(adaptive ? (float) (1 + t) : 1f), one);
      Operand<TFloat32> more =
          tf.select(taken, tf.math.mul(in.scale(), tf.constant((float) t)), tf.constant(0f));
      return new Logits(tf.math.add(tf.math.mul(z, slope), more), slope);
    }

    @Override
    public double bound(double scale) {
      return scale * (1 + (adaptive ? 2 : 1) * t);
    }
  }
}
