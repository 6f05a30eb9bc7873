package org.marginsoftmax.head;

import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.marginsoftmax.layer.Blocked;
import org.marginsoftmax.layer.Constants;
import org.marginsoftmax.layer.CosineHead;
import org.marginsoftmax.layer.Head;
import org.marginsoftmax.layer.MarginSoftmax;
import org.marginsoftmax.layer.PerClass;
import org.marginsoftmax.option.Option;
import org.marginsoftmax.option.OptionValues;
import org.marginsoftmax.option.Range;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Max;
import org.tensorflow.op.core.ReduceSum;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;

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
        ofCenters = apart.map((ops, each) -> each.factors);
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
   * @param cosines c, float32 [C_k, K, N]
   * @param exponentials e^(c / gamma) times a factor of each class, float32 [C_k, K, N]
   * @param sum of the exponentials, float32 [C_k, N]
   * @param similarity S, float32 [C_k, N]
   * @param gamma temperature
   */
  private record Similar(
      Operand<TFloat32> cosines,
      Operand<TFloat32> exponentials,
      Operand<TFloat32> sum,
      Operand<TFloat32> similarity,
      double gamma) {
    /** Exponentials of -LARGEST..LARGEST and the sums of a hundred stay within float32. */
    private static final double LARGEST = 70;

    static Similar of(Ops tf, Operand<TFloat32> cosines, int subcenters, double gamma) {
      Operand<TFloat32> c = PerClass.of(tf, cosines, subcenters);
      Operand<TFloat32> shifted =
          1 / gamma > LARGEST
              ? tf.math.sub(c, tf.max(c, Constants.of(tf, 1), Max.keepDims(true)))
              : c;
      Operand<TFloat32> exponentials =
          tf.math.exp(tf.math.mul(shifted, Constants.of(tf, (float) (1 / gamma))));
      Operand<TFloat32> sum = tf.reduceSum(exponentials, Constants.of(tf, 1));
      Operand<TFloat32> weighted = tf.reduceSum(tf.math.mul(exponentials, c), Constants.of(tf, 1));
      return new Similar(c, exponentials, sum, tf.math.div(weighted, sum), gamma);
    }

    /**
     * Slopes in the cosines, float32 [C_k K, N], of slopes in the similarities: d S / d c = q (1 +
     * (c - S) / gamma), which is e (a + b c) with a and b [C_k, N].
     */
    Operand<TFloat32> slopes(Ops tf, Operand<TFloat32> perClass) {
      Operand<TFloat32> perGamma = Constants.of(tf, (float) (1 / gamma));
      Operand<TFloat32> perExponential = tf.math.div(perClass, sum);
      Operand<TFloat32> b = tf.math.mul(perExponential, perGamma);
      Operand<TFloat32> a = tf.math.sub(perExponential, tf.math.mul(b, similarity));
      return PerClass.rows(
          tf,
          tf.math.mul(
              tf.math.add(
                  tf.math.mul(cosines, tf.expandDims(b, Constants.of(tf, 1))),
                  tf.expandDims(a, Constants.of(tf, 1))),
              exponentials));
    }
  }

  /**
   * The regulariser for a block of classes: tau / (C K (K - 1)) times the distances between the
   * centers of each class. It depends on their inner products alone, and its gradient in a center
   * is a sum of the centers of the class. Products of a few rows are slow, so that those of several
   * classes are taken together, as groups of R rows, and what is between classes is left out.
   *
   * @param loss float32 []
   * @param factors of the centers of its group in the gradient of each center, float32 [G, R, R]
   */
  private record Apart(Operand<TFloat32> loss, Operand<TFloat32> factors) {
    private static final float LEAST_SQUARE = 1e-36f;
    private static final float LARGEST_SQUARE = 1e36f;

    /** Rows of a group; products of more are no faster. */
    private static final int MOST_ROWS = 12;

    static Apart of(Ops tf, Operand<TFloat32> centers, int k, Operand<TFloat32> weight) {
      int rows = rows(centers.shape().get(0), k);
      Operand<TFloat32> groups =
          tf.reshape(centers, tf.array(-1L, (long) rows, centers.shape().get(1)));
      Operand<TFloat32> inner = PerClass.products(tf, groups, groups, true);
      Operand<TFloat32> perNorms = perNorms(tf, inner);
      // A center that counts as zero has no direction: its cosines are 0, even if it is infinite.
      Operand<TFloat32> cosines = tf.math.mulNoNan(inner, perNorms);
      Operand<TFloat32> distances =
          tf.math.sqrt(
              tf.math.maximum(
                  Constants.of(tf, (float) EPSILON),
                  tf.math.sub(
                      Constants.of(tf, (float) (2 + EPSILON)),
                      tf.math.mul(Constants.of(tf, 2f), cosines))));
      Operand<TFloat32> same = Constants.identity(tf, rows);
      Operand<TFloat32> pairs = tf.math.sub(Constants.blocks(tf, rows, k), same);
      // Each pair is in the matrix twice.
      Operand<TFloat32> loss =
          tf.math.mul(
              tf.math.mul(weight, Constants.of(tf, 0.5f)),
              tf.reduceSum(tf.math.mul(pairs, distances), tf.array(0, 1, 2)));
      // d loss / d unit vectors is slopes times the unit vectors; the part along each is less.
      Operand<TFloat32> slopes = tf.math.mul(tf.math.neg(weight), tf.math.div(pairs, distances));
      Operand<TFloat32> along =
          tf.reduceSum(tf.math.mul(slopes, cosines), Constants.of(tf, 2), ReduceSum.keepDims(true));
      return new Apart(loss, tf.math.mul(tf.math.sub(slopes, tf.math.mul(along, same)), perNorms));
    }

    /** As many classes as divide those of the block, if their number is known. */
    private static int rows(long centers, int k) {
      int classes = Math.max(1, MOST_ROWS / k);
      while (classes > 1 && (centers <= 0 || centers % (classes * k) != 0)) {
        classes--;
      }
      return classes * k;
    }

    /**
     * 1 / (norm of one times norm of the other) for the centers of each class, 0 where one counts
     * as zero, [G, R, R].
     *
     * @param inner products of the centers, [G, R, R]
     */
    private static Operand<TFloat32> perNorms(Ops tf, Operand<TFloat32> inner) {
      Operand<TFloat32> square =
          tf.linalg.matrixDiagPart(inner, Constants.of(tf, 0), Constants.of(tf, 0f));
      Operand<TFloat32> perNorm =
          tf.select(
              tf.math.logicalAnd(
                  tf.math.greaterEqual(square, Constants.of(tf, LEAST_SQUARE)),
                  tf.math.lessEqual(square, Constants.of(tf, LARGEST_SQUARE))),
              tf.math.rsqrt(square),
              tf.zerosLike(square));
      return tf.math.mul(
          tf.expandDims(perNorm, Constants.of(tf, 2)), tf.expandDims(perNorm, Constants.of(tf, 1)));
    }
  }
}
