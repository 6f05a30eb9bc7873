package org.marginsoftmax.run;

import java.util.List;
import java.util.Locale;
import org.marginsoftmax.layer.FeatureNorm;
import org.marginsoftmax.layer.GradientMode;
import org.marginsoftmax.layer.Head;
import org.marginsoftmax.layer.Negatives;
import org.marginsoftmax.layer.Scale;
import org.marginsoftmax.margin.Margin;

/**
 * A head by name. Everything but the name may be null, for what is usual with that head.
 *
 * @param name one of {@link #NAMES}
 * @param margin m in the head's own unit: radians for arcface and its kin, a cosine for cosface,
 *     ldam and adaface, a whole factor for sphereface and l-softmax, a relaxation for circle
 * @param margins of combined m1, m2, m3 (1, 0.3, 0.2); of magface the smallest and the largest
 *     (0.45, 0.8)
 * @param classMargins an NPY file of C margins in place of m, one for each class
 * @param scale a number, {@code paper} for what the head's paper takes, or {@code auto} for AdaCos'
 *     sqrt(2) ln(C - 1); 30, or 1 where the feature norm is kept
 * @param guard where theta + m passes pi: reflect, none, classic or easy; reflect, but classic with
 *     curricularface
 * @param featureNorm unit or keep; keep with modified-softmax, else unit
 * @param gradient exact or detached; exact
 * @param subcenters K, centres of each class; 3 with subcenter-arcface, else 1
 * @param labelSmoothing share of the target spread over all classes; 0
 * @param interClassFilter cosine above which a negative is filtered; none is
 * @param interClassMode remove or zero: what becomes of filtered negatives; remove
 * @param deviation sigma of elasticface's draws; 0.05
 * @param regularizer lambda of magface; 35
 * @param norms the smallest and the largest norm of magface; 10, 110
 * @param concentration h of adaface; 0.333
 * @param stateMomentum what stays at each step of the running state of adaface and curricularface;
 *     0.99
 * @param negatives of linear-angle: angle or cosine; angle
 */
public record HeadConfig(
    String name,
    Double margin,
    List<Double> margins,
    String classMargins,
    String scale,
    String guard,
    String featureNorm,
    String gradient,
    Integer subcenters,
    Double labelSmoothing,
    Double interClassFilter,
    String interClassMode,
    Double deviation,
    Double regularizer,
    List<Double> norms,
    Double concentration,
    Double stateMomentum,
    String negatives) {
  /** The heads there are. */
  public static final List<String> NAMES =
      List.of(
          "softmax",
          "modified-softmax",
          "normface",
          "l-softmax",
          "sphereface",
          "cosface",
          "arcface",
          "combined",
          "subcenter-arcface",
          "adacos",
          "adacos-fixed",
          "curricularface",
          "magface",
          "adaface",
          "elasticface",
          "elasticface-plus",
          "elasticface-cos",
          "elasticface-cos-plus",
          "linear-angle",
          "p2sgrad",
          "circle",
          "ldam");

  /** The usual values of a head of that name. */
  public static HeadConfig named(String name) {
    return new HeadConfig(
        name, null, null, null, null, null, null, null, null, null, null, null, null, null, null,
        null, null, null);
  }

  /** ArcFace as it is usually taken: m 0.5, s 30, guard reflect, exact gradient. */
  public static HeadConfig arcface() {
    return named("arcface");
  }

  /** The same head with another margin. */
  public HeadConfig withMargin(double margin) {
    return with(margin, scale, classMargins);
  }

  /** The same head with another scale. */
  HeadConfig withScale(String scale) {
    return with(margin, scale, classMargins);
  }

  /** The same head with its class margins in another file; null for none. */
  HeadConfig withClassMargins(String classMargins) {
    return with(margin, scale, classMargins);
  }

  private HeadConfig with(Double margin, String scale, String classMargins) {
    return new HeadConfig(
        name,
        margin,
        margins,
        classMargins,
        scale,
        guard,
        featureNorm,
        gradient,
        subcenters,
        labelSmoothing,
        interClassFilter,
        interClassMode,
        deviation,
        regularizer,
        norms,
        concentration,
        stateMomentum,
        negatives);
  }

  /**
   * The head for data of so many classes.
   *
   * @param classes C
   * @param counts training samples of each class, which ldam needs; may be null for other heads
   * @throws IllegalArgumentException if something is out of range or does not belong to this head
   */
  public Head head(int classes, int[] counts) {
    Choice.of("head", name, NAMES);
    HeadRules.check(this);
    GradientMode mode = Choice.of("gradient", or(gradient, "exact"), GradientMode.class);
    double smoothing = or(labelSmoothing, 0.0);
    Margin margin = HeadMargin.of(this, classes, counts);
    if (name.equals("p2sgrad")) {
      return new Head.P2SGrad();
    }
    if (HeadRules.INNER_PRODUCT.contains(name)) {
      return new Head.InnerProduct(margin, mode, smoothing);
    }
    FeatureNorm norm = norm();
    return new Head.Angular(
        margin, scale(norm, classes), norm, mode, negatives(margin), perClass(), smoothing);
  }

  /** K, centres of each class. */
  int perClass() {
    return or(subcenters, name.equals("subcenter-arcface") ? 3 : 1);
  }

  /** Such as {@code arcface, m 0.5}. */
  String title() {
    return name + HeadMargin.inWords(this);
  }

  private Negatives negatives(Margin margin) {
    Negatives kind =
        switch (name) {
          case "curricularface" -> new Negatives.Curricular(or(stateMomentum, 0.99));
          case "circle" -> new Negatives.Relaxed(((Margin.Relaxed) margin).relaxation());
          case "linear-angle" ->
              Choice.of("negatives", or(negatives, "angle"), List.of("angle", "cosine"))
                      .equals("angle")
                  ? new Negatives.LinearAngle()
                  : new Negatives.Plain();
          default -> new Negatives.Plain();
        };
    if (interClassFilter == null) {
      return kind;
    }
    String mode = or(interClassMode, "remove");
    return new Negatives.Filtered(
        kind, interClassFilter, Choice.of("inter-class mode", mode, Negatives.Filtered.Mode.class));
  }

  private FeatureNorm norm() {
    String usual = name.equals("modified-softmax") ? "keep" : "unit";
    return Choice.of("feature norm", or(featureNorm, usual), FeatureNorm.class);
  }

  private Scale scale(FeatureNorm norm, int classes) {
    if (name.equals("adacos")) {
      Scale.start(classes); // refuses two
      return new Scale.AdaCos();
    }
    boolean keeps = norm == FeatureNorm.KEEP;
    String usual = name.equals("adacos-fixed") ? "auto" : keeps ? "1" : "30";
    String asked = or(scale, usual);
    return new Scale.Fixed(
        switch (asked.toLowerCase(Locale.ROOT)) {
          case "paper" -> keeps ? 1 : paperScale();
          case "auto" -> Scale.start(classes);
          default -> number(asked);
        });
  }

  private static double number(String scale) {
    try {
      return Double.parseDouble(scale);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "scale: expected a number, paper or auto, found '" + scale + "'; 30 is usual");
    }
  }

  /** SphereFace keeps the norm of the features and NormFace names no fixed scale. */
  private double paperScale() {
    return switch (name) {
      case "normface", "ldam" -> 30;
      case "circle" -> 256;
      default -> 64;
    };
  }

  static <T> T or(T given, T usual) {
    return given == null ? usual : given;
  }
}
