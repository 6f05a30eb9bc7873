package org.marginsoftmax.eval;

/**
 * The metrics that an {@link Evaluation} may have, each with its name, its bounds, the protocol
 * that it belongs to, and what it needs. A metric whose needs are not met is undefined, which is
 * not the same as 0.
 */
public enum Figure {
  ACCURACY("accuracy", "Accuracy", Kind.CLOSED_SET, Unit.SHARE, Needs.CENTERS),
  MEAN_CLASS_ACCURACY(
      "mean_class_accuracy", "Mean class accuracy", Kind.CLOSED_SET, Unit.SHARE, Needs.CENTERS),
  TOP_5_ACCURACY(
      "top_5_accuracy",
      "Top-5 accuracy",
      Kind.CLOSED_SET,
      Unit.SHARE,
      "six classes, and " + Needs.CENTERS),
  ONE_NN_ACCURACY(
      "one_nn_accuracy",
      "1-NN accuracy",
      Kind.CLOSED_SET,
      Unit.SHARE,
      "a test and a training feature that are not zero vectors"),
  MEAN_ANGLE_WITHIN_CLASS(
      "mean_angle_within_class",
      "Mean angle within a class",
      Kind.COMPACTNESS,
      Unit.DEGREES,
      "a class with two test samples whose features have a mean direction"),
  MEAN_ANGLE_TO_OWN_CENTER(
      "mean_angle_to_own_center",
      "Mean angle to own centre",
      Kind.COMPACTNESS,
      Unit.DEGREES,
      Needs.CENTERS),
  SMALLEST_ANGLE_BETWEEN_CENTERS(
      "smallest_angle_between_centers",
      "Smallest angle between centres",
      Kind.COMPACTNESS,
      Unit.DEGREES,
      Needs.TWO_CENTERS),
  MEAN_ANGLE_BETWEEN_CENTERS(
      "mean_angle_between_centers",
      "Mean angle between centres",
      Kind.COMPACTNESS,
      Unit.DEGREES,
      Needs.TWO_CENTERS),
  SMALLEST_ANGLE_BETWEEN_CLASS_MEANS(
      "smallest_angle_between_class_means",
      "Smallest angle between class means",
      Kind.COMPACTNESS,
      Unit.DEGREES,
      "two classes whose test features have a mean direction"),
  VARIANCE_EXPLAINED_3(
      "variance_explained_3",
      "Variance along three components",
      Kind.COMPACTNESS,
      Unit.SHARE,
      "features that differ in direction"),
  SILHOUETTE(
      "silhouette",
      "Silhouette",
      Kind.CLUSTERING,
      Unit.COEFFICIENT,
      "two classes, one of them with two test samples, and features that differ in direction"),
  NMI("nmi", "NMI", Kind.CLUSTERING, Unit.SHARE, Needs.CLUSTERS),
  AMI("ami", "AMI", Kind.CLUSTERING, Unit.COEFFICIENT, Needs.CLUSTERS),
  TAR_AT_FAR_1E_1(
      "tar_at_far_1e-1", "TAR at FAR 1e-1", Kind.VERIFICATION, Unit.SHARE, Needs.impostors("10")),
  TAR_AT_FAR_1E_2(
      "tar_at_far_1e-2", "TAR at FAR 1e-2", Kind.VERIFICATION, Unit.SHARE, Needs.impostors("100")),
  TAR_AT_FAR_1E_3(
      "tar_at_far_1e-3",
      "TAR at FAR 1e-3",
      Kind.VERIFICATION,
      Unit.SHARE,
      Needs.impostors("1,000")),
  TAR_AT_FAR_1E_4(
      "tar_at_far_1e-4",
      "TAR at FAR 1e-4",
      Kind.VERIFICATION,
      Unit.SHARE,
      Needs.impostors("10,000")),
  TAR_AT_FAR_1E_5(
      "tar_at_far_1e-5",
      "TAR at FAR 1e-5",
      Kind.VERIFICATION,
      Unit.SHARE,
      Needs.impostors("100,000")),
  TAR_AT_FAR_1E_6(
      "tar_at_far_1e-6",
      "TAR at FAR 1e-6",
      Kind.VERIFICATION,
      Unit.SHARE,
      Needs.impostors("1,000,000")),
  EQUAL_ERROR_RATE("equal_error_rate", "EER", Kind.VERIFICATION, Unit.SHARE, Needs.PAIRS),
  AREA_UNDER_CURVE("area_under_curve", "AUC", Kind.VERIFICATION, Unit.SHARE, Needs.PAIRS),
  RECALL_AT_1("recall_at_1", "Recall@1", Kind.RETRIEVAL, Unit.SHARE, Needs.PAIRS),
  RECALL_AT_5("recall_at_5", "Recall@5", Kind.RETRIEVAL, Unit.SHARE, Needs.PAIRS),
  RECALL_AT_10("recall_at_10", "Recall@10", Kind.RETRIEVAL, Unit.SHARE, Needs.PAIRS),
  R_PRECISION("r_precision", "R-precision", Kind.RETRIEVAL, Unit.SHARE, Needs.PAIRS),
  MAP_AT_R("map_at_r", "mAP@R", Kind.RETRIEVAL, Unit.SHARE, Needs.PAIRS),
  MEAN_AVERAGE_PRECISION("mean_average_precision", "mAP", Kind.RETRIEVAL, Unit.SHARE, Needs.PAIRS),
  MEAN_RECIPROCAL_RANK("mean_reciprocal_rank", "MRR", Kind.RETRIEVAL, Unit.SHARE, Needs.PAIRS),
  LIST_ACCURACY(
      "list_accuracy",
      "Accuracy over folds, list",
      Kind.VERIFICATION_LIST,
      Unit.SHARE,
      "a pair of one subject and a pair of two, pairs in two folds, and a cosine that is not 0"),
  LIST_TAR_AT_FAR_1E_1(
      "list_tar_at_far_1e-1",
      "TAR at FAR 1e-1, list",
      Kind.VERIFICATION_LIST,
      Unit.SHARE,
      Needs.listed("10 pairs of two")),
  LIST_TAR_AT_FAR_1E_2(
      "list_tar_at_far_1e-2",
      "TAR at FAR 1e-2, list",
      Kind.VERIFICATION_LIST,
      Unit.SHARE,
      Needs.listed("100 pairs of two")),
  LIST_TAR_AT_FAR_1E_3(
      "list_tar_at_far_1e-3",
      "TAR at FAR 1e-3, list",
      Kind.VERIFICATION_LIST,
      Unit.SHARE,
      Needs.listed("1,000 pairs of two")),
  LIST_TAR_AT_FAR_1E_4(
      "list_tar_at_far_1e-4",
      "TAR at FAR 1e-4, list",
      Kind.VERIFICATION_LIST,
      Unit.SHARE,
      Needs.listed("10,000 pairs of two")),
  LIST_TAR_AT_FAR_1E_5(
      "list_tar_at_far_1e-5",
      "TAR at FAR 1e-5, list",
      Kind.VERIFICATION_LIST,
      Unit.SHARE,
      Needs.listed("100,000 pairs of two")),
  LIST_TAR_AT_FAR_1E_6(
      "list_tar_at_far_1e-6",
      "TAR at FAR 1e-6, list",
      Kind.VERIFICATION_LIST,
      Unit.SHARE,
      Needs.listed("1,000,000 pairs of two")),
  LIST_EQUAL_ERROR_RATE(
      "list_equal_error_rate", "EER, list", Kind.VERIFICATION_LIST, Unit.SHARE, Needs.LISTED),
  LIST_AREA_UNDER_CURVE(
      "list_area_under_curve", "AUC, list", Kind.VERIFICATION_LIST, Unit.SHARE, Needs.LISTED),
  GALLERY_RECALL_AT_1(
      "gallery_recall_at_1",
      "Recall@1, gallery",
      Kind.GALLERY_RETRIEVAL,
      Unit.SHARE,
      Needs.GALLERY),
  GALLERY_RECALL_AT_5(
      "gallery_recall_at_5",
      "Recall@5, gallery",
      Kind.GALLERY_RETRIEVAL,
      Unit.SHARE,
      Needs.GALLERY),
  GALLERY_RECALL_AT_10(
      "gallery_recall_at_10",
      "Recall@10, gallery",
      Kind.GALLERY_RETRIEVAL,
      Unit.SHARE,
      Needs.GALLERY),
  GALLERY_R_PRECISION(
      "gallery_r_precision",
      "R-precision, gallery",
      Kind.GALLERY_RETRIEVAL,
      Unit.SHARE,
      Needs.GALLERY),
  GALLERY_MAP_AT_R(
      "gallery_map_at_r", "mAP@R, gallery", Kind.GALLERY_RETRIEVAL, Unit.SHARE, Needs.GALLERY),
  GALLERY_MEAN_AVERAGE_PRECISION(
      "gallery_mean_average_precision",
      "mAP, gallery",
      Kind.GALLERY_RETRIEVAL,
      Unit.SHARE,
      Needs.GALLERY),
  GALLERY_MEAN_RECIPROCAL_RANK(
      "gallery_mean_reciprocal_rank",
      "MRR, gallery",
      Kind.GALLERY_RETRIEVAL,
      Unit.SHARE,
      Needs.GALLERY),
  RANK_1("rank_1", "Rank-1 identification", Kind.IDENTIFICATION, Unit.SHARE, Needs.MATED),
  RANK_5("rank_5", "Rank-5 identification", Kind.IDENTIFICATION, Unit.SHARE, Needs.MATED),
  TPIR_AT_FPIR_1E_1(
      "tpir_at_fpir_1e-1",
      "TPIR at FPIR 1e-1",
      Kind.IDENTIFICATION,
      Unit.SHARE,
      Needs.nonMated("10")),
  TPIR_AT_FPIR_1E_2(
      "tpir_at_fpir_1e-2",
      "TPIR at FPIR 1e-2",
      Kind.IDENTIFICATION,
      Unit.SHARE,
      Needs.nonMated("100")),
  TPIR_AT_FPIR_1E_3(
      "tpir_at_fpir_1e-3",
      "TPIR at FPIR 1e-3",
      Kind.IDENTIFICATION,
      Unit.SHARE,
      Needs.nonMated("1,000"));

  /** On which side a metric is better. */
  public enum Better {
    HIGHER,
    LOWER,
    /** It describes, and judges nothing. */
    NEITHER
  }

  /** What a metric judges, and how. */
  public enum Kind {
    /** Samples of the trained classes, by the nearest class centre or training sample. */
    CLOSED_SET("closed set"),
    /** Angles within and between classes. */
    COMPACTNESS("compactness"),
    /** Whether samples that are close together are of one class. */
    CLUSTERING("clustering"),
    /** Whether two samples are of one class, by a threshold on their cosine. */
    VERIFICATION("verification"),
    /** Samples searched by others, without class centres. */
    RETRIEVAL("retrieval"),
    /** Whether the pairs of a list are of one subject. */
    VERIFICATION_LIST("verification, list"),
    /** Queries searched in a gallery apart from them. */
    GALLERY_RETRIEVAL("retrieval, gallery"),
    /** Queries identified among enrolled identities, or found to be none of them. */
    IDENTIFICATION("identification, open set");

    private final String title;

    Kind(String title) {
      this.title = title;
    }

    /** The name for display. */
    public String title() {
      return title;
    }
  }

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
    static final String CLUSTERS =
        "two classes, one of them with two test samples, and a feature that is not a zero vector, among the samples clustered";
    static final String PAIRS = pairs("a pair of two classes");

    static final String LISTED = listed("a pair of two");
    static final String GALLERY =
        "a query whose class is in the gallery, two classes there, and embeddings that are not zero vectors";
    static final String MATED =
        "a query whose class is in the gallery, and embeddings that are not zero vectors";

    static String listed(String impostors) {
      return "a pair of one subject and " + impostors + ", and a cosine that is not 0";
    }

    static String nonMated(String queries) {
      return MATED + ", and " + queries + " queries whose classes are not";
    }

    /** Fewer cannot show so small a share of them. */
    static String impostors(String pairs) {
      return pairs(pairs + " pairs of two classes");
    }

    private static String pairs(String impostors) {
      return "a pair of one class and "
          + impostors
          + " among the test samples, and a feature that is not a zero vector";
    }
  }

  private final String key;
  private final String title;
  private final Kind kind;
  private final Unit unit;
  private final String needs;

  Figure(String key, String title, Kind kind, Unit unit, String needs) {
    this.key = key;
    this.title = title;
    this.kind = kind;
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

  /** The protocol that the metric belongs to. */
  public Kind kind() {
    return kind;
  }

  /** The unit of the metric's values. */
  public Unit unit() {
    return unit;
  }

  /** On which side the metric is better: smaller angles within classes, larger ones between. */
  public Better better() {
    return switch (this) {
      case MEAN_ANGLE_WITHIN_CLASS,
          MEAN_ANGLE_TO_OWN_CENTER,
          EQUAL_ERROR_RATE,
          LIST_EQUAL_ERROR_RATE ->
          Better.LOWER;
      case VARIANCE_EXPLAINED_3 -> Better.NEITHER;
      default -> Better.HIGHER;
    };
  }

  /** What the metric needs to be defined. */
  public String needs() {
    return needs;
  }
}
