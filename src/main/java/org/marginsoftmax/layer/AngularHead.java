package org.marginsoftmax.layer;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalDouble;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.Providers;
import org.marginsoftmax.margin.Guard;
import org.marginsoftmax.margin.Margin;
import org.marginsoftmax.margin.MarginInput;
import org.marginsoftmax.margin.Regularizer;
import org.marginsoftmax.margin.TargetLogit;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt32;

/**
 * A head with logits s t(theta_y) for the label y and s cos(theta_j) for every other class j, where
 * theta_j is the angle between the feature and the nearest center of class j.
 *
 * <p>Every logit is a function of a cosine, multiplied by a_i, which is s or s norm(x_i). The C K
 * by D matrix of centers is never normalised: products with it are scaled by 1 / norm of each
 * center.
 *
 * @param margin margin, which defines t
 * @param scale scale s
 * @param featureNorm whether logits are also multiplied by the feature norm
 * @param gradient which slope of t the backward pass uses
 * @param negatives how the cosines of the other classes become logits
 * @param subcenters K, number of centers per class, 1..100
 * @param labelSmoothing share of the target distribution spread over all classes, 0 up to below 1
 */
public record AngularHead(
    Margin margin,
    Scale scale,
    FeatureNorm featureNorm,
    GradientMode gradient,
    Negatives negatives,
    int subcenters,
    double labelSmoothing)
    implements Head {
  /**
   * @throws InvalidInputException if a value is out of range or two values cannot be combined
   */
  public AngularHead {
    margin = Providers.guarded(Margin.class, "margin", margin);
    negatives = Providers.guarded(Negatives.class, "negatives", negatives);
    if (subcenters < 1 || subcenters > 100) {
      throw new InvalidInputException(
          "sub-centres: expected 1..100 a class, found " + subcenters + "; 3 is usual");
    }
    SoftmaxCrossEntropy.requireSmoothing(labelSmoothing);
    if (gradient == GradientMode.DETACHED && !margin.detachable()) {
      throw new InvalidInputException(
          "gradient: expected exact with this head, found detached; its target is no cosine whose slope could stand in");
    }
    if (featureNorm == FeatureNorm.KEEP) {
      if (margin.readsNorm() || !negatives.plain() || !(scale instanceof Scale.Fixed)) {
        throw new InvalidInputException(
            "feature norm: expected unit with this head, found keep; its formula is of unit features");
      }
    }
  }

  /** A head with one center per class, plain negatives and no label smoothing. */
  public AngularHead(Margin margin, double scale, FeatureNorm featureNorm, GradientMode gradient) {
    this(margin, new Scale.Fixed(scale), featureNorm, gradient, new Negatives.Plain(), 1, 0);
  }

  /**
   * A head with unit features, the exact gradient, one center per class, plain negatives and no
   * label smoothing.
   */
  public AngularHead(Margin margin, double scale) {
    this(margin, scale, FeatureNorm.UNIT, GradientMode.EXACT);
  }

  /**
   * Modified softmax: logits norm(x) cos(theta_j), unit centers and no bias (Liu 2017,
   * arXiv:1704.08063, eq. 4).
   */
  public static AngularHead modifiedSoftmax() {
    return new AngularHead(new Margin.None(), 1, FeatureNorm.KEEP, GradientMode.EXACT);
  }

  /** NormFace: logits s cos(theta_j) (Wang 2017, arXiv:1704.06369). */
  public static AngularHead normFace(double scale) {
    return new AngularHead(new Margin.None(), scale);
  }

  /** CosFace: the margin is subtracted from the cosine (Wang 2018, arXiv:1801.09414). */
  public static AngularHead cosFace(double margin, double scale) {
    return new AngularHead(new Margin.Cosine(margin), scale);
  }

  /**
   * ArcFace: the margin is an angle in radians (Deng 2018, arXiv:1801.07698), with a target logit
   * that decreases in theta all the way to pi.
   */
  public static AngularHead arcFace(double margin, double scale) {
    return new AngularHead(new Margin.Angular(margin, Guard.REFLECT), scale);
  }

  /** The same head with K centers per class. */
  public AngularHead withSubcenters(int subcenters) {
    return new AngularHead(
        margin, scale, featureNorm, gradient, negatives, subcenters, labelSmoothing);
  }

  /** The same head with these negatives. */
  public AngularHead withNegatives(Negatives negatives) {
    return new AngularHead(
        margin, scale, featureNorm, gradient, negatives, subcenters, labelSmoothing);
  }

  @Override
  public boolean mixes() {
    return state(3).isEmpty() && !draws();
  }

  @Override
  public HeadOutput apply(
      Ops tf, Operand<TFloat32> features, Operand<TInt32> labels, Centers centers, HeadStep step) {
    LabelColumn column =
        LabelColumn.of(tf, features, LabelRows.nearest(tf, features, labels, centers), centers);
    Blocked<Place> places = centers.places(tf, labels);
    Map<String, Operand<TFloat64>> before = new LinkedHashMap<>();
    step.state().forEach((name, v) -> before.put(name, tf.dtypes.cast(v, TFloat64.class)));
    Map<String, Operand<TFloat64>> state = new LinkedHashMap<>();

    // Forwards: products a_i cos(theta_ij) with every center.
    ClassProducts products =
        ClassProducts.of(tf, column, perSample(tf, column, before, step), centers);
    if (scale instanceof Scale.AdaCos) {
      Operand<TFloat64> s = AdaCosStep.next(tf, products.largest(), places, column.angle());
      state.put(AdaCosStep.STATE, s);
      products = products.rescaled(tf, tf.math.div(s, before.get(AdaCosStep.STATE)));
    }
    Operand<TFloat64> a = products.perSample();

    // The label's column, by its angle.
    MarginInput in =
        new MarginInput(
            column.angle(),
            column.cosine(),
            column.featureNorm(),
            labels,
            step.marginStrength(),
            step.draws(),
            before);
    state.putAll(margin.next(tf, in));
    state.putAll(negatives.next(tf, before, column.cosine()));
    in = in.withState(state);
    TargetLogit target = margin.target(tf, in);
    Operand<TFloat64> labelLogit = tf.math.mul(a, target.value());

    // The other classes, and the loss.
    Operand<TFloat32> scaleRow = SoftmaxCrossEntropy.row32(tf, a);
    Operand<TFloat32> labelRow = SoftmaxCrossEntropy.row32(tf, labelLogit);
    Blocked<Negatives.Logits> others =
        products
            .largest()
            .map(
                (own, product) ->
                    negatives.logits(own, new Negatives.Input(product, scaleRow, labelRow, state)));
    SoftmaxCrossEntropy crossEntropy =
        SoftmaxCrossEntropy.of(
            tf,
            others.map((own, logits) -> logits.values()),
            negatives instanceof Negatives.Plain,
            places,
            labelLogit,
            bound(),
            labelSmoothing);
    SoftmaxCrossEntropy.Gradient perLogit = crossEntropy.gradient(tf);
    boolean exact = gradient == GradientMode.EXACT;
    Operand<TFloat64> slope = exact ? target.slope() : tf.math.neg(tf.math.sin(column.angle()));
    Operand<TFloat64> gradLabel = tf.math.mul(perLogit.label(), a);
    Operand<TFloat64> gradAngle = tf.math.mul(gradLabel, slope);

    Operand<TFloat64> loss = crossEntropy.loss();
    Regularizer regularizer =
        featureNorm == FeatureNorm.KEEP ? null : margin.regularizer(tf, in).orElse(null);
    if (regularizer != null) {
      loss = tf.math.add(loss, regularizer.value());
    }

    // Backwards over the other classes.
    Operand<TFloat64> weight = LabelColumn.column(tf, perLogit.weight());
    Backwards back =
        Backwards.of(
            tf,
            loss,
            centers,
            products.backwards(
                tf, crossEntropy, perLogit, others.map((own, logits) -> logits.slope())),
            centers.rowPlaces(tf, column.rows()),
            tf.math.mul(
                column.gradUnitCenters(tf, gradAngle),
                LabelColumn.column(tf, column.inverseCenterNorm())));
    Operand<TFloat64> pull = tf.math.mul(tf.dtypes.cast(back.features(), TFloat64.class), weight);
    Operand<TFloat64> radial = LabelColumn.rowDot(tf, pull, column.features());
    Operand<TFloat64> tangent =
        tf.math.mul(
            tf.math.sub(pull, tf.math.mul(LabelColumn.column(tf, radial), column.features())),
            LabelColumn.column(tf, a));

    // Backwards through the label's angle, and through the feature's norm where that counts.
    Operand<TFloat64> gradFeatures =
        tf.math.mul(
            tf.math.add(tangent, column.gradUnitFeatures(tf, gradAngle)),
            LabelColumn.column(tf, column.inverseFeatureNorm()));
    Operand<TFloat64> gradNorm = null;
    if (featureNorm == FeatureNorm.KEEP) {
      // d logit_ij / d norm(x) = a_i / norm(x_i) times the function of the cosine.
      Operand<TFloat64> perNormScale = fixedScale(tf, step);
      gradNorm =
          tf.math.mul(
              perNormScale, tf.math.add(radial, tf.math.mul(perLogit.label(), target.value())));
    } else {
      if (regularizer != null) {
        gradNorm =
            tf.math.div(regularizer.slopeInNorm(), tf.dtypes.cast(tf.size(labels), TFloat64.class));
      }
      if (exact && target.slopeInNorm() != null) {
        Operand<TFloat64> ofTarget = tf.math.mul(gradLabel, target.slopeInNorm());
        gradNorm = gradNorm == null ? ofTarget : tf.math.add(gradNorm, ofTarget);
      }
    }
    if (gradNorm != null) {
      gradFeatures =
          tf.math.add(
              gradFeatures, tf.math.mul(LabelColumn.column(tf, gradNorm), column.features()));
    }

    return HeadOutput.of(
        tf,
        loss,
        new OnDemand(() -> crossEntropy.logits(tf, places, labelLogit)),
        new OnDemand(() -> MarginSoftmax.cosines(tf, features, centers)),
        new OnDemand(() -> crossEntropy.probabilities(tf, places)),
        column.angle(),
        SoftmaxCrossEntropy.wins(
            tf,
            tf.math.mul(a, column.cosine()),
            others.at(tf, 0).slope() == null
                ? crossEntropy.largest()
                : products.largest(tf, places)),
        gradFeatures,
        back.centers(),
        state);
  }

  /** s f(theta_j), times norm(x) where that is kept. */
  @Override
  public Operand<TFloat32> scoringLogits(
      Ops tf,
      Operand<TFloat32> features,
      Operand<TFloat32> centers,
      Operand<TFloat32> cosines,
      Map<String, Operand<TFloat32>> state) {
    Operand<TFloat32> s =
        scale instanceof Scale.Fixed fixed
            ? tf.constant((float) fixed.value())
            : state.get(AdaCosStep.STATE);
    Operand<TFloat32> products = negatives.scoringLogits(tf, tf.math.mul(cosines, s), s);
    return featureNorm == FeatureNorm.KEEP
        ? tf.math.mul(
            products,
            tf.expandDims(tf.linalg.euclideanNorm(features, tf.constant(1)), tf.constant(1)))
        : products;
  }

  /** a_i, float64 [N]. */
  private Operand<TFloat64> perSample(
      Ops tf, LabelColumn column, Map<String, Operand<TFloat64>> before, HeadStep step) {
    Operand<TFloat64> s =
        scale instanceof Scale.AdaCos ? before.get(AdaCosStep.STATE) : fixedScale(tf, step);
    return tf.math.mul(
        s,
        featureNorm == FeatureNorm.KEEP ? column.featureNorm() : tf.onesLike(column.featureNorm()));
  }

  private Operand<TFloat64> fixedScale(Ops tf, HeadStep step) {
    double s = ((Scale.Fixed) scale).value();
    return tf.math.mul(tf.constant(s), step.scaleShare());
  }

  /** How large a negative's logit can be. */
  private double bound() {
    return scale instanceof Scale.Fixed fixed && featureNorm == FeatureNorm.UNIT
        ? negatives.bound(fixed.value())
        : Double.POSITIVE_INFINITY;
  }

  @Override
  public int keptMatrices() {
    if (subcenters > 1 || !(negatives instanceof Negatives.Plain)) {
      return 3; // Products with each center, the logits, and which center was nearest or the
      // slopes.
    }
    return scale instanceof Scale.AdaCos ? 2 : 1; // AdaCos scales the products anew.
  }

  @Override
  public boolean draws() {
    return margin.draws();
  }

  @Override
  public boolean warms() {
    return margin.warms();
  }

  @Override
  public boolean annealed() {
    return margin.annealed();
  }

  @Override
  public double separation() {
    return margin.separation();
  }

  @Override
  public boolean scales() {
    return scale instanceof Scale.Fixed;
  }

  @Override
  public OptionalDouble softmaxScale() {
    return scale instanceof Scale.Fixed fixed
            && featureNorm == FeatureNorm.UNIT
            && margin.takesUsualScales()
        ? OptionalDouble.of(fixed.value())
        : OptionalDouble.empty();
  }

  @Override
  public Map<String, Double> state(int classes) {
    Map<String, Double> state = new LinkedHashMap<>(margin.state());
    state.putAll(negatives.state());
    if (scale instanceof Scale.AdaCos) {
      state.put(AdaCosStep.STATE, Scale.start(classes));
    }
    return state;
  }
}
