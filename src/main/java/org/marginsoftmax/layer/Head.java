package org.marginsoftmax.layer;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalDouble;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.margin.AdaptiveMargin;
import org.marginsoftmax.margin.Guard;
import org.marginsoftmax.margin.MagnitudeMargin;
import org.marginsoftmax.margin.Margin;
import org.marginsoftmax.margin.MarginSize;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * How features and class centres become logits and a loss.
 *
 * <p>Most heads are {@link Angular} with a {@link Margin} or {@link Negatives} of their own. One of
 * another form implements {@link #apply}, forwards and backwards.
 */
public interface Head {

  /**
   * Builds the layer into the graph of {@code tf}, shapes checked. Callers go through {@link
   * MarginSoftmax#apply}.
   *
   * @param features float32 [N, D]
   * @param labels int32 [N], 0..C-1
   * @param centers float32 [C K, D]
   * @param step what the head takes from the run
   */
  MarginSoftmax.Output apply(
      Ops tf,
      Operand<TFloat32> features,
      Operand<TInt32> labels,
      Operand<TFloat32> centers,
      HeadStep step);

  /**
   * Logits of every class as if it were not the label, for scoring without labels: nothing of the
   * margin, and nothing that is done to hard negatives. The cosines where not said otherwise.
   *
   * @param features float32 [N, D]
   * @param centers float32 [C K, D]
   * @param cosines to the nearest centre of each class, float32 [N, C]
   * @param state what the head carries, by name, float32 []
   * @return float32 [N, C]
   */
  default Operand<TFloat32> scoringLogits(
      Ops tf,
      Operand<TFloat32> features,
      Operand<TFloat32> centers,
      Operand<TFloat32> cosines,
      Map<String, Operand<TFloat32>> state) {
    return cosines;
  }

  /** Centres of each class, at least 1; those of class j are rows j K to j K + K - 1. */
  default int subcenters() {
    return 1;
  }

  /** Whether it needs {@link HeadStep#draws()}. */
  default boolean draws() {
    return false;
  }

  /** Whether there is something that a warm-up of the margin could let grow. */
  boolean warms();

  /** Whether training usually anneals the margin instead of warming it up. */
  default boolean annealed() {
    return false;
  }

  /**
   * The mean loss of features and centres in random directions, where that at right angles says
   * little of it; else empty.
   *
   * @param classes C
   * @param dimension D
   */
  default OptionalDouble lossOfRandomDirections(int classes, int dimension) {
    return OptionalDouble.empty();
  }

  /** {@link Margin#separation()} of its margin, radians; 0 where there is none. */
  default double separation() {
    return 0;
  }

  /** Whether it has a scale of its own that a schedule could let grow. */
  default boolean scales() {
    return false;
  }

  /**
   * What it carries from step to step, by name, with the value before the first step.
   *
   * @throws InvalidInputException if the head does not suit so few classes
   */
  default Map<String, Double> state(int classes) {
    return Map.of();
  }

  /**
   * Numbers of its own that are trained, by name, with their first value.
   *
   * @param classes C
   */
  default Map<String, Double> parameters(int classes) {
    return Map.of();
  }

  /**
   * Logits that keep both norms and have no scale: x . w = norm(x) norm(w_j) cos(theta_j), and
   * norm(x) norm(w_y) t(theta) for the label. Without a margin it is plain softmax without bias;
   * with {@link Margin.Multiplicative} it is L-Softmax (Liu 2016, arXiv:1612.02295, eq. 4).
   *
   * @param margin t, none or multiplicative
   * @param gradient the slope of t in the backward pass
   * @param labelSmoothing share of the target spread over all classes, 0 up to below 1
   */
  record InnerProduct(Margin margin, GradientMode gradient, double labelSmoothing) implements Head {
    /**
     * @throws InvalidInputException if the margin is of another kind, or the smoothing out of range
     */
    public InnerProduct {
      if (!(margin instanceof Margin.None || margin instanceof Margin.Multiplicative)) {
        throw new InvalidInputException(
            "inner product: expected no margin or a multiplicative one, found "
                + margin
                + "; the other margins need unit centres");
      }
      requireSmoothing(labelSmoothing);
    }

    @Override
    public MarginSoftmax.Output apply(
        Ops tf,
        Operand<TFloat32> features,
        Operand<TInt32> labels,
        Operand<TFloat32> centers,
        HeadStep step) {
      return InnerProductLayer.build(tf, this, features, labels, centers, step);
    }

    @Override
    public Operand<TFloat32> scoringLogits(
        Ops tf,
        Operand<TFloat32> features,
        Operand<TFloat32> centers,
        Operand<TFloat32> cosines,
        Map<String, Operand<TFloat32>> state) {
      return Products.times(tf, features, centers);
    }

    @Override
    public boolean warms() {
      return margin.warms();
    }

    @Override
    public boolean annealed() {
      return margin.annealed();
    }
  }

  /**
   * Logits s cos(theta_j) for the classes besides the label and s t(theta) for the label, where
   * theta_j is the angle between the feature and the nearest centre of class j.
   *
   * @param margin t, what is done to the angle of the label
   * @param scale s
   * @param featureNorm whether logits are multiplied by the feature's own norm as well
   * @param gradient the slope of t in the backward pass
   * @param negatives what is done to the other classes
   * @param subcenters K, centres of each class, 1..100
   * @param labelSmoothing share of the target spread over all classes, 0 up to below 1
   */
  record Angular(
      Margin margin,
      Scale scale,
      FeatureNorm featureNorm,
      GradientMode gradient,
      Negatives negatives,
      int subcenters,
      double labelSmoothing)
      implements Head {
    /**
     * @throws InvalidInputException if a value is out of range or two do not go together
     */
    public Angular {
      if (subcenters < 1 || subcenters > 100) {
        throw new InvalidInputException(
            "sub-centres: expected 1..100 a class, found " + subcenters + "; 3 is usual");
      }
      requireSmoothing(labelSmoothing);
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

    /** One centre a class, plain negatives, no smoothing. */
    public Angular(Margin margin, double scale, FeatureNorm featureNorm, GradientMode gradient) {
      this(margin, new Scale.Fixed(scale), featureNorm, gradient, new Negatives.Plain(), 1, 0);
    }

    /** The same head with K centres a class. */
    public Angular withSubcenters(int subcenters) {
      return new Angular(
          margin, scale, featureNorm, gradient, negatives, subcenters, labelSmoothing);
    }

    /** The same head with other negatives. */
    public Angular withNegatives(Negatives negatives) {
      return new Angular(
          margin, scale, featureNorm, gradient, negatives, subcenters, labelSmoothing);
    }

    /** The same head with another slope of the target. */
    public Angular withGradient(GradientMode gradient) {
      return new Angular(
          margin, scale, featureNorm, gradient, negatives, subcenters, labelSmoothing);
    }

    /** The same head with label smoothing. */
    public Angular withLabelSmoothing(double labelSmoothing) {
      return new Angular(
          margin, scale, featureNorm, gradient, negatives, subcenters, labelSmoothing);
    }

    /** The same head with another scale. */
    public Angular withScale(Scale scale) {
      return new Angular(
          margin, scale, featureNorm, gradient, negatives, subcenters, labelSmoothing);
    }

    @Override
    public MarginSoftmax.Output apply(
        Ops tf,
        Operand<TFloat32> features,
        Operand<TInt32> labels,
        Operand<TFloat32> centers,
        HeadStep step) {
      return AngularLayer.build(tf, this, features, labels, centers, step);
    }

    @Override
    public Operand<TFloat32> scoringLogits(
        Ops tf,
        Operand<TFloat32> features,
        Operand<TFloat32> centers,
        Operand<TFloat32> cosines,
        Map<String, Operand<TFloat32>> state) {
      return AngularLayer.scoringLogits(tf, this, features, cosines, state);
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
    public Map<String, Double> state(int classes) {
      Map<String, Double> state = new LinkedHashMap<>(margin.state());
      state.putAll(negatives.state());
      if (scale instanceof Scale.AdaCos) {
        state.put(AdaCosStep.STATE, Scale.start(classes));
      }
      return state;
    }
  }

  /** Plain softmax without bias. */
  static Head softmax() {
    return new InnerProduct(new Margin.None(), GradientMode.EXACT, 0);
  }

  /** L-Softmax, the margin multiplies the angle; anneal it (Liu 2016). */
  static Head lSoftmax(int margin) {
    return new InnerProduct(new Margin.Multiplicative(margin), GradientMode.EXACT, 0);
  }

  /** Logits norm(x) cos(theta_j), unit centres and no bias (Liu 2017, arXiv:1704.08063, eq. 4). */
  static Angular modifiedSoftmax() {
    return new Angular(new Margin.None(), 1, FeatureNorm.KEEP, GradientMode.EXACT);
  }

  /** Logits s cos(theta_j) (Wang 2017, arXiv:1704.06369). */
  static Angular normFace(double scale) {
    return unit(new Margin.None(), scale);
  }

  /** CosFace, the margin a cosine (Wang 2018). */
  static Angular cosFace(double margin, double scale) {
    return unit(new Margin.Cosine(margin), scale);
  }

  /** ArcFace, the margin in radians (Deng 2018), decreasing in theta all the way to pi. */
  static Angular arcFace(double margin, double scale) {
    return unit(new Margin.Angular(margin, Guard.REFLECT), scale);
  }

  /** SphereFace with unit features; the margin multiplies the angle (Liu 2017). */
  static Angular sphereFace(int margin, double scale) {
    return unit(new Margin.Multiplicative(margin), scale);
  }

  /** Sub-centre ArcFace, K centres a class (Deng 2020). */
  static Angular subcenterArcFace(double margin, double scale, int subcenters) {
    return arcFace(margin, scale).withSubcenters(subcenters);
  }

  /** AdaCos, whose scale follows the batch (Zhang 2019). */
  static Angular adaCos() {
    return normFace(1).withScale(new Scale.AdaCos());
  }

  /** CurricularFace with the authors' guard and momentum (Huang 2020). */
  static Angular curricularFace(double margin, double scale) {
    return unit(new Margin.Angular(margin, Guard.CLASSIC), scale)
        .withNegatives(new Negatives.Curricular(0.99));
  }

  /** MagFace with the paper's ranges and regulariser (Meng 2021). */
  static Angular magFace(double scale) {
    return unit(MagnitudeMargin.paper(35, Guard.REFLECT), scale);
  }

  /** AdaFace (Kim 2022). */
  static Angular adaFace(double margin, double scale) {
    return unit(new AdaptiveMargin(margin), scale);
  }

  /** ElasticFace-Arc, margins drawn in radians (Boutros 2022). */
  static Angular elasticArcFace(double margin, double deviation, boolean plus, double scale) {
    return unit(
        new Margin.Angular(new MarginSize.Elastic(margin, deviation, plus), Guard.REFLECT), scale);
  }

  /** ElasticFace-Cos, margins drawn as cosines (Boutros 2022). */
  static Angular elasticCosFace(double margin, double deviation, boolean plus, double scale) {
    return unit(new Margin.Cosine(new MarginSize.Elastic(margin, deviation, plus)), scale);
  }

  /** Linear angle: every class linear in its angle (Li 2019). */
  static Angular linearAngle(double margin, double scale) {
    return unit(new Margin.Linear(margin), scale).withNegatives(new Negatives.LinearAngle());
  }

  /** Circle loss on class centres (Sun 2020). */
  static Angular circle(double relaxation, double scale) {
    return unit(new Margin.Relaxed(relaxation), scale)
        .withNegatives(new Negatives.Relaxed(relaxation));
  }

  private static Angular unit(Margin margin, double scale) {
    return new Angular(margin, scale, FeatureNorm.UNIT, GradientMode.EXACT);
  }

  private static void requireSmoothing(double smoothing) {
    if (!(smoothing >= 0 && smoothing < 1)) {
      throw new InvalidInputException(
          "label smoothing: expected 0 up to below 1, found " + smoothing + "; 0.1 is usual");
    }
  }
}
