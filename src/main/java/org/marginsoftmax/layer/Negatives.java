package org.marginsoftmax.layer;

import java.util.Map;
import org.marginsoftmax.InvalidInputException;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;

/**
 * Turns the cosines of the classes other than the label (the negatives) into logits.
 *
 * <p>To write your own, implement {@link #logits}, with both values and slopes, and {@link #bound}.
 */
public interface Negatives {

  /**
   * What the logits of the negatives are computed from.
   *
   * @param products s cos(theta_j), float32 [C, N], of some of the classes; not read at the labels
   * @param scale scale s that cosines are multiplied by, float32 [1, N]
   * @param labelLogit logit of the label with its margin, float32 [1, N]
   * @param state state of the head at this step, by name, float64 []
   */
  record Input(
      Operand<TFloat32> products,
      Operand<TFloat32> scale,
      Operand<TFloat32> labelLogit,
      Map<String, Operand<TFloat64>> state) {}

  /**
   * The logits of the negatives.
   *
   * @param values logits, float32 [C, N]
   * @param slope d logit / d product, float32 [C, N]; null if it is 1 everywhere
   */
  record Logits(Operand<TFloat32> values, Operand<TFloat32> slope) {}

  /** Builds the logits of the negatives and their slopes. */
  Logits logits(Ops tf, Input in);

  /** The largest absolute value that a logit can have at scale s; infinite if there is no bound. */
  double bound(double scale);

  /** State that the negatives carry from step to step: names and initial values. */
  default Map<String, Double> state() {
    return Map.of();
  }

  /**
   * The state of this step.
   *
   * @param before state at the previous step, by name, float64 []
   * @param labelCosine cosine between each feature and the center of its label, float64 [N]
   */
  default Map<String, Operand<TFloat64>> next(
      Ops tf, Map<String, Operand<TFloat64>> before, Operand<TFloat64> labelCosine) {
    return Map.of();
  }

  /**
   * Logits of every class as if none were the label, without special treatment of hard negatives.
   *
   * @param products s cos(theta_j), float32 [N, C]
   * @param scale s, float32, broadcastable to the shape of the products
   * @return float32 [N, C]
   */
  default Operand<TFloat32> scoringLogits(
      Ops tf, Operand<TFloat32> products, Operand<TFloat32> scale) {
    return products;
  }

  /** Whether all logits are s cos(theta_j), which {@link FeatureNorm#KEEP} requires. */
  default boolean plain() {
    return false;
  }

  /** Plain negatives: logits s cos(theta_j). */
  record Plain() implements Negatives {
    @Override
    public Logits logits(Ops tf, Input in) {
      return new Logits(in.products(), null);
    }

    @Override
    public double bound(double scale) {
      return scale;
    }

    @Override
    public boolean plain() {
      return true;
    }
  }

  /**
   * CurricularFace (Huang 2020, arXiv:2004.00288, section 3.2): a negative with cos(theta_j) above
   * the target logit t(theta_y) is hard, and its logit becomes s c_j (r + c_j) with c_j =
   * cos(theta_j) and r constant in the gradient. r starts at 0 and is updated before use to
   * momentum r + (1 - momentum) mean cos(theta_y), with momentum 0.99 in the authors' code; the
   * paper's text (eq. 10) swaps the two weights, which amounts to momentum 0.01.
   *
   * @param momentum weight of the old r, 0 up to below 1
   */
  record Curricular(double momentum) implements Negatives {
    private static final String STATE = "hardness";

    /**
     * @throws InvalidInputException if the momentum is out of range
     */
    public Curricular {
      require(momentum >= 0 && momentum < 1, "a momentum, 0 up to below 1", momentum);
    }

    @Override
    public Logits logits(Ops tf, Input in) {
      Operand<TFloat32> z = in.products();
      Operand<TFloat32> r = tf.dtypes.cast(in.state().get(STATE), TFloat32.class);
      Operand<TFloat32> factor = tf.math.add(tf.math.div(z, in.scale()), r);
      Operand<TBool> hard = tf.math.greater(z, in.labelLogit());
      Operand<TFloat32> one = tf.constant(1f);
      // r + 2 c_j = 2 (r + c_j) - r.
      Operand<TFloat32> slope = tf.math.sub(tf.math.add(factor, factor), r);
      return new Logits(tf.math.mul(z, tf.select(hard, factor, one)), tf.select(hard, slope, one));
    }

    @Override
    public double bound(double scale) {
      return 2 * scale;
    }

    @Override
    public Map<String, Double> state() {
      return Map.of(STATE, 0.0);
    }

    @Override
    public Map<String, Operand<TFloat64>> next(
        Ops tf, Map<String, Operand<TFloat64>> before, Operand<TFloat64> labelCosine) {
      Operand<TFloat64> mean = tf.math.mean(labelCosine, tf.constant(0));
      return Map.of(
          STATE,
          tf.math.add(
              tf.math.mul(tf.constant(momentum), before.get(STATE)),
              tf.math.mul(tf.constant(1 - momentum), mean)));
    }
  }

  /**
   * Linear angle: logits s (pi - 2 theta_j) / pi (Li 2019, arXiv:1907.12256, section 3). The angle
   * is computed from a float32 cosine and loses precision below 0.01 rad and above pi - 0.01 rad.
   */
  record LinearAngle() implements Negatives {
    @Override
    public Logits logits(Ops tf, Input in) {
      Operand<TFloat32> one = tf.constant(1f);
      // Rounding puts a cosine of 1 above 1; nearer than this the slope has no bound.
      Operand<TFloat32> limit = tf.constant(1 - 1e-6f);
      Operand<TFloat32> cosine =
          tf.math.minimum(
              limit, tf.math.maximum(tf.math.neg(limit), tf.math.div(in.products(), in.scale())));
      Operand<TFloat32> perRadian = tf.constant((float) (2 / Math.PI));
      Operand<TFloat32> sine =
          tf.math.sqrt(tf.math.mul(tf.math.sub(one, cosine), tf.math.add(one, cosine)));
      Operand<TFloat32> value = tf.math.sub(one, tf.math.mul(perRadian, tf.math.acos(cosine)));
      return new Logits(tf.math.mul(in.scale(), value), tf.math.div(perRadian, sine));
    }

    @Override
    public double bound(double scale) {
      return scale;
    }

    @Override
    public Operand<TFloat32> scoringLogits(
        Ops tf, Operand<TFloat32> products, Operand<TFloat32> scale) {
      return logits(tf, new Input(products, scale, null, Map.of())).values();
    }
  }

  /**
   * The negative side of Circle loss: logits s [c_j + m]+ (c_j - m) with c_j = cos(theta_j), where
   * the weight [c_j + m]+ has no gradient (Sun 2020, arXiv:2002.10857, section 3, with O_n = -m and
   * Delta_n = m).
   *
   * @param relaxation m, 0..1
   */
  record Relaxed(double relaxation) implements Negatives {
    /**
     * @throws InvalidInputException if m is out of range
     */
    public Relaxed {
      require(relaxation >= 0 && relaxation <= 1, "a relaxation in 0..1", relaxation);
    }

    @Override
    public Logits logits(Ops tf, Input in) {
      Operand<TFloat32> m = tf.constant((float) relaxation);
      Operand<TFloat32> cosine = tf.math.div(in.products(), in.scale());
      Operand<TFloat32> weight = tf.nn.relu(tf.math.add(cosine, m));
      return new Logits(
          tf.math.mul(weight, tf.math.sub(in.products(), tf.math.mul(in.scale(), m))), weight);
    }

    @Override
    public double bound(double scale) {
      return scale;
    }
  }

  /**
   * insightface's inter-class filter: classes whose cosine exceeds a threshold are assumed to be
   * the same identity under another label, and the sample is not pushed away from them.
   *
   * @param rest turns the other negatives into logits
   * @param cosine above which a negative is filtered, -1..1
   * @param mode what happens to filtered negatives
   */
  record Filtered(Negatives rest, double cosine, Mode mode) implements Negatives {
    /** What happens to filtered negatives. */
    public enum Mode {
      /** They are removed from the softmax. */
      REMOVE,
      /**
       * Their logit is set to 0, as arcface_torch does: they stay in the softmax sum, without a
       * gradient.
       */
      ZERO
    }

    /**
     * @throws InvalidInputException if the cosine is out of range
     */
    public Filtered {
      require(cosine >= -1 && cosine <= 1, "a filter's cosine in -1..1", cosine);
    }

    @Override
    public Logits logits(Ops tf, Input in) {
      Logits all = rest.logits(tf, in);
      Operand<TFloat32> threshold = tf.math.mul(in.scale(), tf.constant((float) cosine));
      Operand<TBool> filtered = tf.math.greater(in.products(), threshold);
      Operand<TFloat32> gone = tf.constant(mode == Mode.REMOVE ? SoftmaxCrossEntropy.EXCLUDED : 0f);
      Operand<TFloat32> slope = all.slope() == null ? tf.constant(1f) : all.slope();
      return new Logits(
          tf.select(filtered, gone, all.values()), tf.select(filtered, tf.constant(0f), slope));
    }

    @Override
    public double bound(double scale) {
      return mode == Mode.ZERO ? rest.bound(scale) : Double.POSITIVE_INFINITY;
    }

    @Override
    public Map<String, Double> state() {
      return rest.state();
    }

    @Override
    public Map<String, Operand<TFloat64>> next(
        Ops tf, Map<String, Operand<TFloat64>> before, Operand<TFloat64> labelCosine) {
      return rest.next(tf, before, labelCosine);
    }

    @Override
    public Operand<TFloat32> scoringLogits(
        Ops tf, Operand<TFloat32> products, Operand<TFloat32> scale) {
      return rest.scoringLogits(tf, products, scale);
    }

    @Override
    public boolean plain() {
      return rest.plain();
    }
  }

  private static void require(boolean holds, String expected, double found) {
    if (!holds) {
      throw new InvalidInputException(
          "negatives: expected " + expected + ", found " + found + "; choose one in that range");
    }
  }
}
