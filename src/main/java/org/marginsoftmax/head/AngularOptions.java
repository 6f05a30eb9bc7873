package org.marginsoftmax.head;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.layer.AngularHead;
import org.marginsoftmax.layer.FeatureNorm;
import org.marginsoftmax.layer.GradientMode;
import org.marginsoftmax.layer.Negatives;
import org.marginsoftmax.layer.Scale;
import org.marginsoftmax.margin.Margin;
import org.marginsoftmax.option.Option;
import org.marginsoftmax.option.OptionValues;
import org.marginsoftmax.option.Range;

/** The options that heads with cosine logits share, and the layer built from them. */
public final class AngularOptions {
  /** The scale s; by default 30, or 1 if features keep their norm. */
  public static final Option<String> SCALE =
      Option.text(
          "scale",
          "S",
          "a number above 0, up to 10000, or paper, or auto",
          null,
          "scale s: a number, paper (the value in the head's paper), or auto: sqrt(2) ln(C - 1); default 30, or 1 with `feature-norm` keep",
          AngularOptions::scale);

  /** Whether logits are also multiplied by the feature norm. */
  public static final Option<FeatureNorm> FEATURE_NORM =
      Option.choice(
          "feature_norm",
          "NORM",
          Option.all(FeatureNorm.class),
          FeatureNorm.UNIT,
          "unit, or keep: logits are also multiplied by the feature's norm");

  /** Which slope of the target logit the backward pass uses. */
  public static final Option<GradientMode> GRADIENT =
      Option.choice(
          "gradient",
          "MODE",
          Option.all(GradientMode.class),
          GradientMode.EXACT,
          "exact, or detached: the margin changes the target logit's value but not its gradient");

  /** K, the number of centers per class. */
  public static final Option<Integer> SUBCENTERS =
      Option.whole(
          "subcenters",
          "K",
          "a number of sub-centres",
          Range.of(1, 100),
          1,
          "centres per class, of which the nearest counts");

  /** Share of the target distribution that is spread over all classes. */
  public static final Option<Double> LABEL_SMOOTHING =
      Option.real(
          "label_smoothing",
          "SHARE",
          "a share",
          Range.below(0, 1),
          0.0,
          "share of the target spread over all classes");

  /** Cosine above which a negative is ignored. */
  public static final Option<Double> INTER_CLASS_FILTER =
      Option.real(
          "inter_class_filter",
          "COS",
          "a filter's cosine",
          Range.of(-1, 1),
          null,
          "ignore negatives with a cosine above this; default no filter");

  /** What happens to negatives whose cosine is above {@link #INTER_CLASS_FILTER}. */
  public static final Option<Negatives.Filtered.Mode> INTER_CLASS_MODE =
      Option.choice(
          "inter_class_mode",
          "MODE",
          Option.all(Negatives.Filtered.Mode.class),
          Negatives.Filtered.Mode.REMOVE,
          "filtered negatives: remove from the softmax, or zero: logit set to 0 as in arcface_torch");

  /** What {@code --scale paper} stands for unless a head says otherwise. */
  private static final double USUAL_OF_PAPERS = 64;

  private AngularOptions() {}

  /** All options of a head: the given ones, then those that heads with cosine logits share. */
  public static List<Option<?>> after(Option<?>... own) {
    List<Option<?>> options = new ArrayList<>(List.of(own));
    options.addAll(
        List.of(
            SCALE,
            FEATURE_NORM,
            GRADIENT,
            SUBCENTERS,
            LABEL_SMOOTHING,
            INTER_CLASS_FILTER,
            INTER_CLASS_MODE));
    return List.copyOf(options);
  }

  /**
   * Builds the layer of a head for which {@code --scale paper} stands for 64, as most papers have
   * it; give the other method {@link #scale} of a paper with another scale, or with none.
   */
  public static AngularHead head(
      OptionValues values, int classes, Margin margin, Negatives negatives) {
    return head(values, scale(values, classes, USUAL_OF_PAPERS), margin, negatives);
  }

  /** Builds the layer of a head with the given scale. */
  public static AngularHead head(
      OptionValues values, Scale scale, Margin margin, Negatives negatives) {
    return new AngularHead(
        margin,
        scale,
        values.get(FEATURE_NORM),
        values.get(GRADIENT),
        filtered(values, negatives),
        values.get(SUBCENTERS),
        values.get(LABEL_SMOOTHING));
  }

  /**
   * The scale that the options select.
   *
   * @param paper the value that {@code --scale paper} stands for
   */
  public static Scale scale(OptionValues values, int classes, double paper) {
    boolean keeps = values.get(FEATURE_NORM) == FeatureNorm.KEEP;
    return keeps ? scale(values, classes, 1, 1) : scale(values, classes, 30, paper);
  }

  /** The scale that the options select, for a head without the option {@link #FEATURE_NORM}. */
  static Scale.Fixed scale(OptionValues values, int classes, double usual, double paper) {
    String asked = values.get(SCALE);
    if (asked == null) {
      return new Scale.Fixed(usual);
    }
    return new Scale.Fixed(
        switch (asked) {
          case "paper" -> paper;
          case "auto" -> Scale.start(classes);
          default -> Double.parseDouble(asked);
        });
  }

  private static String scale(String asked) {
    String small = asked.toLowerCase(Locale.ROOT);
    if (!small.equals("paper") && !small.equals("auto")) {
      new Scale.Fixed(Double.parseDouble(small));
    }
    return small;
  }

  private static Negatives filtered(OptionValues values, Negatives negatives) {
    Double cosine = values.get(INTER_CLASS_FILTER);
    if (cosine == null) {
      if (values.has(INTER_CLASS_MODE)) {
        throw new InvalidInputException(
            "inter class mode: expected none, found one; it needs `inter-class-filter`, leave it out");
      }
      return negatives;
    }
    return new Negatives.Filtered(negatives, cosine, values.get(INTER_CLASS_MODE));
  }
}
