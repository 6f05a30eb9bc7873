package org.marginsoftmax.head;

import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.marginsoftmax.layer.Blocked;
import org.marginsoftmax.layer.CosineHead;
import org.marginsoftmax.layer.Head;
import org.marginsoftmax.layer.MarginSoftmax;
import org.marginsoftmax.option.Option;
import org.marginsoftmax.option.OptionValues;
import org.marginsoftmax.option.Range;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Max;
import org.tensorflow.op.core.ReduceSum;
import org.tensorflow.op.train.BatchMatMul;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt32;

/**
 * SoftTriple: K centers per class, whose cosines are weighted by their softmax, and a regulariser
 * that merges centers of a class that are not needed (Qian 2019, arXiv:1909.05235, eq. 5, 6 and 8,
 * with the authors' epsilon of 1e-5 under the square root). The scale is the paper's lambda, the
 * margin its delta, the temperature its gamma.
 */
final class SoftTriple implements HeadType {
  private static final double EPSILON = 1e-5;
  private static final Option<Double> MARGIN = MarginOptions.cosine(0.01);
  private static final Option<Integer> TEN = AngularOptions.SUBCENTERS.usually(10);
  private static final Option<Double> TEMPERATURE =
      Option.real(
          "temperature",
          "GAMMA",
          "a temperature",
          Range.above(0, 10),
          0.1,
          "gamma of soft-triple: the smaller, the more the nearest centre dominates");
  private static final Option<Double> REGULARIZER = MagFace.REGULARIZER.usually(0.2);

  @Override
  public String name() {
    return "soft-triple";
  }

  @Override
  public String title() {
    return "SoftTriple";
  }

  @Override
  public String source() {
    return "Qian 2019, eq. 5, 6 and 8";
  }

  @Override
  public String formula() {
    return "c - m, c_j the softmax-weighted mean of K cosines; centres are regularised";
  }

  @Override
  public String when() {
    return "several appearances per class, fine-grained retrieval (Qian 2019, not tried by us)";
  }

  @Override
  public List<Option<?>> options() {
    return List.of(
        MARGIN,
        TEN,
        TEMPERATURE,
        REGULARIZER,
        AngularOptions.SCALE,
        AngularOptions.LABEL_SMOOTHING,
        MarginOptions.NO_SHIFT_TO_GUARD);
  }

  @Override
  public Map<String, String> without() {
    Map<String, String> reasons = NoSoftmax.without(Map.of("class_margins", "it has one margin"));
    reasons.keySet().removeAll(List.of("subcenters", "label_smoothing"));
    return reasons;
  }

  @Override
  public String margin(OptionValues values) {
    return "m " + values.get(MARGIN);
  }

  @Override
  public Head head(OptionValues values, int classes, int[] counts) {
    return new Layer(
        NoSoftmax.scale(values, classes, 20),
        values.get(MARGIN),
        values.get(TEN),
        values.get(TEMPERATURE),
        values.get(REGULARIZER),
        values.get(AngularOptions.LABEL_SMOOTHING));
  }

  private record Layer(
      double s, double m, int subcenters, double gamma, double tau, double smoothing)
      implements CosineHead {
    @Override
    public boolean warms() {
      return true;
    }

    @Override
    public OptionalDouble scale() {
      return OptionalDouble.of(s);
    }

    /** s times the similarity to each class. */
    @Override
    public Operand<TFloat32> scoringLogits(
        Ops tf,
        Operand<TFloat32> features,
        Operand<TFloat32> centers,
        Operand<TFloat32> cosines,
        Map<String, Operand<TFloat32>> state) {
      long rows = centers.shape().get(0);
      Operand<TFloat32> c =
          tf.reshape(
              MarginSoftmax.cosines(tf, features, centers, 1),
              tf.array(-1L, rows / subcenters, (long) subcenters));
      Operand<TFloat32> q = tf.nn.softmax(tf.math.div(c, tf.constant((float) gamma)));
      return tf.math.mul(tf.constant((float) s), tf.reduceSum(tf.math.mul(q, c), tf.constant(2)));
    }

    @Override
    public Value loss(Ops tf, Input in) {
      Operand<TFloat64> scale = tf.math.mul(tf.constant(s), in.step().scaleShare());
      Operand<TFloat32> scale32 = tf.dtypes.cast(scale, TFloat32.class);

      // The label's class in float64: S = sum p c, d S / d c = p (1 + (c - S) / gamma).
      Operand<TFloat64> p = tf.nn.softmax(tf.math.div(in.label(), tf.constant(gamma)));
      Operand<TFloat64> own = tf.reduceSum(tf.math.mul(p, in.label()), tf.constant(1));
      Operand<TFloat64> ownSlopes =
          tf.math.mul(
              p,
              tf.math.add(
                  tf.constant(1.0),
                  tf.math.div(
                      tf.math.sub(in.label(), tf.expandDims(own, tf.constant(1))),
                      tf.constant(gamma))));
      Operand<TFloat64> margin = tf.math.mul(tf.constant(m), in.step().marginStrength());

      Blocked<Similar> similar =
          in.others().map((ops, each) -> Similar.of(ops, each.cosines(), subcenters, gamma));

      CrossEntropy entropy =
          in.crossEntropy(
              tf,
              tf.math.mul(scale, tf.math.sub(own, margin)),
              similar.map((ops, each) -> ops.math.mul(scale32, each.similarity)),
              s,
              smoothing);
      Operand<TFloat64> perSample = entropy.perSample();
      Blocked<Operand<TFloat32>> ofCenters = null;
      if (subcenters > 1 && tau > 0) {
        Operand<TFloat32> weight =
            tf.dtypes.cast(
                tf.math.div(tf.constant(tau / (subcenters * (subcenters - 1))), in.classes(tf)),
                TFloat32.class);
        Blocked<Apart> apart =
            in.centers().rows().map((ops, rows) -> Apart.of(ops, rows, subcenters, weight));
        perSample =
            tf.math.add(
                perSample, tf.dtypes.cast(apart.sum(tf, (ops, each) -> each.loss), TFloat64.class));
        ofCenters = apart.map((ops, each) -> each.gradient);
      }
      return new Value(
          perSample,
          tf.math.mul(
              tf.expandDims(tf.math.mul(scale, entropy.labelSlope()), tf.constant(1)), ownSlopes),
          similar.with(
              entropy.slopes(),
              (ops, each, perClass) -> each.slopes(ops, ops.math.mul(scale32, perClass))),
          Map.of(),
          ofCenters);
    }
  }

  /**
   * Similarities to the classes of a block: S = sum over the K centers of q c, with q their
   * softmax.
   *
   * @param similarity S, float32 [C_k, N]
   * @param perCosine d S / d c = q (1 + (c - S) / gamma), float32 [C_k, K, N]
   */
  private record Similar(Operand<TFloat32> similarity, Operand<TFloat32> perCosine) {
    static Similar of(Ops tf, Operand<TFloat32> cosines, int subcenters, double gamma) {
      Operand<TFloat32> perGamma = tf.constant((float) (1 / gamma));
      Operand<TFloat32> c = CosineHead.perClass(tf, cosines, subcenters);
      Operand<TFloat32> largest = tf.max(c, tf.constant(1), Max.keepDims(true));
      Operand<TFloat32> exponentials = tf.math.exp(tf.math.mul(tf.math.sub(c, largest), perGamma));
      Operand<TFloat32> q =
          tf.math.div(
              exponentials, tf.reduceSum(exponentials, tf.constant(1), ReduceSum.keepDims(true)));
      Operand<TFloat32> similarity = tf.reduceSum(tf.math.mul(q, c), tf.constant(1));
      return new Similar(
          similarity,
          tf.math.mul(
              q,
              tf.math.add(
                  tf.constant(1f),
                  tf.math.mul(
                      tf.math.sub(c, tf.expandDims(similarity, tf.constant(1))), perGamma))));
    }

    /** Slopes in the cosines, float32 [C_k K, N], of slopes in the similarities. */
    Operand<TFloat32> slopes(Ops tf, Operand<TFloat32> perClass) {
      Operand<TFloat32> slopes = tf.math.mul(perCosine, tf.expandDims(perClass, tf.constant(1)));
      Operand<TInt32> samples = tf.slice(tf.shape(slopes), tf.array(2), tf.array(1));
      return tf.reshape(slopes, tf.concat(List.of(tf.array(-1), samples), tf.constant(0)));
    }
  }

  /**
   * The regulariser for a block of classes: tau / (C K (K - 1)) times the distances between the
   * centers of each class.
   *
   * @param loss float32 []
   * @param gradient d loss / d centers, float32 [C_k K, D]
   */
  private record Apart(Operand<TFloat32> loss, Operand<TFloat32> gradient) {
    static Apart of(Ops tf, Operand<TFloat32> centers, int k, Operand<TFloat32> weight) {
      long depth = centers.shape().get(1);
      Operand<TFloat32> norms =
          tf.math.maximum(tf.constant(1e-18f), tf.linalg.euclideanNorm(centers, tf.constant(1)));
      Operand<TFloat32> inverse = tf.expandDims(tf.math.reciprocal(norms), tf.constant(1));
      Operand<TFloat32> units =
          tf.reshape(tf.math.mul(centers, inverse), tf.array(-1L, (long) k, depth));
      Operand<TFloat32> between =
          tf.train.batchMatMul(units, units, TFloat32.class, BatchMatMul.adjY(true));
      Operand<TFloat32> distances =
          tf.math.sqrt(
              tf.math.maximum(
                  tf.constant((float) EPSILON),
                  tf.math.sub(
                      tf.constant((float) (2 + EPSILON)), tf.math.mul(tf.constant(2f), between))));
      Operand<TFloat32> pairs =
          tf.math.sub(
              tf.constant(1f),
              tf.oneHot(
                  tf.range(tf.constant(0), tf.constant(k), tf.constant(1)),
                  tf.constant(k),
                  tf.constant(1f),
                  tf.constant(0f)));
      // Each pair is in the matrix twice.
      Operand<TFloat32> loss =
          tf.math.mul(
              tf.math.mul(weight, tf.constant(0.5f)),
              tf.reduceSum(tf.math.mul(pairs, distances), tf.array(0, 1, 2)));
      Operand<TFloat32> slopes = tf.math.mul(tf.math.neg(weight), tf.math.div(pairs, distances));
      Operand<TFloat32> ofUnits = tf.train.batchMatMul(slopes, units, TFloat32.class);
      Operand<TFloat32> radial =
          tf.expandDims(tf.reduceSum(tf.math.mul(ofUnits, units), tf.constant(2)), tf.constant(2));
      Operand<TFloat32> tangent = tf.math.sub(ofUnits, tf.math.mul(radial, units));
      return new Apart(loss, tf.math.mul(tf.reshape(tangent, tf.array(-1L, depth)), inverse));
    }
  }
}
