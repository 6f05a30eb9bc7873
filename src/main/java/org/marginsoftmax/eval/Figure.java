package org.marginsoftmax.eval;

/**
 * The metrics that an {@link Evaluation} may have, each with its name, its bounds, and what it
 * needs. A metric whose needs are not met is undefined, which is not the same as 0.
 */
public enum Figure {
  ACCURACY("accuracy", "Accuracy", Unit.SHARE, Needs.CENTERS),
  ONE_NN_ACCURACY(
      "one_nn_accuracy",
      "1-NN accuracy",
      Unit.SHARE,
      "a test and a training feature that are not zero vectors"),
  MEAN_ANGLE_WITHIN_CLASS(
      "mean_angle_within_class",
      "Mean angle within a class",
      Unit.DEGREES,
      "a class with two test samples whose features have a mean direction"),
  MEAN_ANGLE_TO_OWN_CENTER(
      "mean_angle_to_own_center", "Mean angle to own centre", Unit.DEGREES, Needs.CENTERS),
  SMALLEST_ANGLE_BETWEEN_CENTERS(
      "smallest_angle_between_centers",
      "Smallest angle between centres",
      Unit.DEGREES,
      Needs.TWO_CENTERS),
  MEAN_ANGLE_BETWEEN_CENTERS(
      "mean_angle_between_centers", "Mean angle between centres", Unit.DEGREES, Needs.TWO_CENTERS),
  SMALLEST_ANGLE_BETWEEN_CLASS_MEANS(
      "smallest_angle_between_class_means",
      "Smallest angle between class means",
      Unit.DEGREES,
      "two classes whose test features have a mean direction"),
  SILHOUETTE(
      "silhouette",
      "Silhouette",
      Unit.COEFFICIENT,
      "two classes, one of them with two test samples, and features that differ in direction"),
  TAR_AT_FAR_1E_2("tar_at_far_1e-2", "TAR at FAR 1e-2", Unit.SHARE, Needs.impostors("100")),
  TAR_AT_FAR_1E_3("tar_at_far_1e-3", "TAR at FAR 1e-3", Unit.SHARE, Needs.impostors("1,000")),
  TAR_AT_FAR_1E_4("tar_at_far_1e-4", "TAR at FAR 1e-4", Unit.SHARE, Needs.impostors("10,000")),
  EQUAL_ERROR_RATE("equal_error_rate", "EER", Unit.SHARE, Needs.PAIRS),
  RECALL_AT_1("recall_at_1", "Recall@1", Unit.SHARE, Needs.PAIRS),
  MAP_AT_R("map_at_r", "mAP@R", Unit.SHARE, Needs.PAIRS),
  VARIANCE_EXPLAINED_3(
      "variance_explained_3",
      "Variance along three components",
      Unit.SHARE,
      "features that differ in direction");

  /** The unit of a metric, with its bounds. */
  public enum Unit {
    /** A share or a score, 0..1. */
    SHARE(0, 1),
    /** An angle in degrees, 0..180. */
    DEGREES(0, 180),
    /** A score that may be negative, -1..1. */
    COEFFICIENT(-1, 1);

    private final double lowest;
    private final double highest;

    Unit(double lowest, double highest) {
      this.lowest = lowest;
      this.highest = highest;
    }

    /** The smallest possible value. */
    public double lowest() {
      return lowest;
    }

    /** The largest possible value. */
    public double highest() {
      return highest;
    }
  }

  /** Needs that several metrics share. */
  private static final class Needs {
    static final String CENTERS = "a test feature and a class centre that are not zero vectors";
    static final String TWO_CENTERS = "two class centres that are not zero vectors";
    static final String PAIRS = pairs("a pair of two classes");

    /** Fewer cannot show so small a share of them. */
    static String impostors(String pairs) {
      return pairs(pairs + " pairs of two classes");
    }

    private static String pairs(String impostors) {
      return "a pair of one class and "
          + impostors
          + " among the test samples drawn, and a feature that is not a zero vector";
    }
  }

  private final String key;
  private final String title;
  private final Unit unit;
  private final String needs;

  Figure(String key, String title, Unit unit, String needs) {
    this.key = key;
    this.title = title;
    this.unit = unit;
    this.needs = needs;
  }

  /** The name of the metric in {@code metrics.json}. */
  public String key() {
    return key;
  }

  /** The name of the metric for display, such as {@code TAR at FAR 1e-2}. */
  public String title() {
    return title;
  }

  /** The unit of the metric's values. */
  public Unit unit() {
    return unit;
  }

  /** What the metric needs to be defined. */
  public String needs() {
    return needs;
  }
}
