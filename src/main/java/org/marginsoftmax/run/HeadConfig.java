package org.marginsoftmax.run;

import java.util.List;
import java.util.Locale;
import org.marginsoftmax.layer.FeatureNorm;
import org.marginsoftmax.layer.GradientMode;
import org.marginsoftmax.layer.Head;
import org.marginsoftmax.margin.Guard;
import org.marginsoftmax.margin.Margin;

/**
 * A head by name.
 *
 * @param name one of {@link #NAMES}
 * @param margin m in the head's own unit (radians for arcface, a cosine for cosface, a whole factor
 *     for sphereface); null for the head's usual one
 * @param margins m1, m2, m3 of the combined head; null for 1, 0.3, 0.2
 * @param scale a number, {@code paper} for what the head's paper takes, or {@code auto} for AdaCos'
 *     sqrt(2) ln(C - 1); null for 30, or 1 where the feature norm is kept
 * @param guard of arcface: reflect, none, classic or easy; null for reflect
 * @param featureNorm unit or keep; null for unit, or keep with modified-softmax
 * @param gradient exact or detached
 * @param marginWarmup share of the run over which the margin grows to its value, 0..1
 */
public record HeadConfig(
    String name,
    Double margin,
    List<Double> margins,
    String scale,
    String guard,
    String featureNorm,
    String gradient,
    double marginWarmup) {
  /** The heads there are. */
  public static final List<String> NAMES =
      List.of(
          "softmax",
          "modified-softmax",
          "normface",
          "sphereface",
          "cosface",
          "arcface",
          "combined");

  private static final double USUAL_SCALE = 30;
  private static final List<Double> USUAL_MARGINS = List.of(1.0, 0.3, 0.2);

  /** ArcFace as it is usually taken: m 0.5, s 30, guard reflect, exact gradient. */
  public static HeadConfig arcface() {
    return new HeadConfig("arcface", null, null, null, null, null, "exact", 0.1);
  }

  /** The same head with another margin. */
  public HeadConfig withMargin(double margin) {
    return new HeadConfig(name, margin, margins, scale, guard, featureNorm, gradient, marginWarmup);
  }

  /**
   * The head for data of so many classes.
   *
   * @throws IllegalArgumentException if something is out of range or does not belong to this head
   */
  public Head head(int classes) {
    Choice.of("head", name, NAMES);
    GradientMode mode = Choice.of("gradient", gradient, GradientMode.class);
    refuse(margins != null && !name.equals("combined"), "margins", "only combined takes them");
    refuse(guard != null && !name.equals("arcface"), "guard", "only arcface takes one");
    if (name.equals("softmax")) {
      refuse(margin != null, "margin", "softmax has none");
      refuse(scale != null, "scale", "softmax has none");
      refuse(featureNorm != null, "feature norm", "softmax leaves the features as they are");
      return Head.softmax();
    }
    FeatureNorm norm = norm();
    return new Head.Angular(marginOf(), scale(norm, classes), norm, mode);
  }

  /** Such as {@code arcface, m 0.5}. */
  String title() {
    if (name.equals("combined")) {
      List<Double> three = margins == null ? USUAL_MARGINS : margins;
      return "combined, m1 %s, m2 %s, m3 %s".formatted(three.get(0), three.get(1), three.get(2));
    }
    boolean none = List.of("softmax", "modified-softmax", "normface").contains(name);
    return none ? name : name + ", m " + (margin == null ? usualMargin() : margin);
  }

  private Margin marginOf() {
    double m = margin == null ? usualMargin() : margin;
    return switch (name) {
      case "sphereface" -> {
        if (m != Math.rint(m)) {
          throw new IllegalArgumentException(
              "margin: expected a whole number for sphereface, found "
                  + m
                  + "; 2, 3 or 4 are usual");
        }
        yield new Margin.Multiplicative((int) m);
      }
      case "cosface" -> new Margin.Cosine(m);
      case "arcface" ->
          new Margin.Angular(
              m, guard == null ? Guard.REFLECT : Choice.of("guard", guard, Guard.class));
      case "combined" -> {
        refuse(margin != null, "margin", "combined takes three, --margins m1,m2,m3");
        List<Double> three = margins == null ? USUAL_MARGINS : margins;
        if (three.size() != 3) {
          throw new IllegalArgumentException(
              "margins: expected three, m1,m2,m3, found " + three.size() + "; say 1,0.3,0.2");
        }
        yield new Margin.Combined(three.get(0), three.get(1), three.get(2));
      }
      default -> {
        refuse(margin != null, "margin", name + " has none; arcface and cosface have");
        yield new Margin.None();
      }
    };
  }

  private double usualMargin() {
    return switch (name) {
      case "sphereface" -> 4;
      case "cosface" -> 0.35;
      default -> 0.5;
    };
  }

  private FeatureNorm norm() {
    boolean modified = name.equals("modified-softmax");
    if (featureNorm == null) {
      return modified ? FeatureNorm.KEEP : FeatureNorm.UNIT;
    }
    FeatureNorm norm = Choice.of("feature norm", featureNorm, FeatureNorm.class);
    refuse(modified && norm == FeatureNorm.UNIT, "feature norm unit", "that is normface");
    return norm;
  }

  private double scale(FeatureNorm norm, int classes) {
    if (scale == null) {
      return norm == FeatureNorm.KEEP ? 1 : USUAL_SCALE;
    }
    switch (scale.toLowerCase(Locale.ROOT)) {
      case "paper":
        // SphereFace keeps the norm of the features and has no scale; NormFace names no fixed one.
        return norm == FeatureNorm.KEEP ? 1 : name.equals("normface") ? USUAL_SCALE : 64;
      case "auto":
        if (classes < 3) {
          throw new IllegalArgumentException(
              "scale auto: expected at least 3 classes, found 2, for which sqrt(2) ln(C - 1) is 0; give a number");
        }
        return Math.sqrt(2) * Math.log(classes - 1.0);
      default:
        try {
          return Double.parseDouble(scale);
        } catch (NumberFormatException e) {
          throw new IllegalArgumentException(
              "scale: expected a number, paper or auto, found '" + scale + "'; 30 is usual");
        }
    }
  }

  private static void refuse(boolean given, String what, String why) {
    if (given) {
      throw new IllegalArgumentException(
          what + ": expected none, found one; " + why + ", leave it out");
    }
  }
}
