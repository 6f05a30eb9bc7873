package org.marginsoftmax.run;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.marginsoftmax.data.NpyFile;
import org.marginsoftmax.layer.FeatureNorm;
import org.marginsoftmax.layer.GradientMode;
import org.marginsoftmax.layer.Head;
import org.marginsoftmax.layer.Negatives;
import org.marginsoftmax.layer.Scale;
import org.marginsoftmax.margin.AdaptiveMargin;
import org.marginsoftmax.margin.Guard;
import org.marginsoftmax.margin.MagnitudeMargin;
import org.marginsoftmax.margin.Margin;
import org.marginsoftmax.margin.MarginSize;

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

  private static final List<String> WITHOUT_MARGIN =
      List.of("softmax", "modified-softmax", "normface", "adacos", "adacos-fixed", "p2sgrad");
  private static final List<String> INNER_PRODUCT = List.of("softmax", "l-softmax");
  private static final List<String> SHIFTED =
      List.of(
          "arcface",
          "subcenter-arcface",
          "curricularface",
          "magface",
          "elasticface",
          "elasticface-plus");

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

  /** The same head with another scale. */
  HeadConfig withScale(String scale) {
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
    refuseStrangers();
    GradientMode mode =
        gradient == null ? GradientMode.EXACT : Choice.of("gradient", gradient, GradientMode.class);
    double smoothing = labelSmoothing == null ? 0 : labelSmoothing;
    if (name.equals("p2sgrad")) {
      return new Head.P2SGrad();
    }
    if (INNER_PRODUCT.contains(name)) {
      Margin factor = name.equals("softmax") ? new Margin.None() : multiplicative();
      return new Head.InnerProduct(factor, mode, smoothing);
    }
    FeatureNorm norm = norm();
    return new Head.Angular(
        marginOf(classes, counts),
        name.equals("adacos") ? adaCos(classes) : new Scale.Fixed(scale(norm, classes)),
        norm,
        mode,
        negativesOf(),
        subcenters != null ? subcenters : name.equals("subcenter-arcface") ? 3 : 1,
        smoothing);
  }

  /** Such as {@code arcface, m 0.5}. */
  String title() {
    if (name.equals("combined")) {
      List<Double> three = of(margins, List.of(1.0, 0.3, 0.2));
      return "combined, m1 %s, m2 %s, m3 %s".formatted(three.get(0), three.get(1), three.get(2));
    }
    if (name.equals("magface")) {
      List<Double> two = of(margins, List.of(0.45, 0.8));
      return "magface, m %s to %s".formatted(two.get(0), two.get(1));
    }
    if (classMargins != null) {
      return name + ", m by class";
    }
    return WITHOUT_MARGIN.contains(name) ? name : name + ", m " + of(margin, usualMargin());
  }

  /** Options that another head takes. */
  private void refuseStrangers() {
    boolean softmax = INNER_PRODUCT.contains(name);
    boolean bare = name.equals("p2sgrad");
    refuse(margin != null && WITHOUT_MARGIN.contains(name), "margin", name + " has none");
    refuse(margin != null && name.equals("combined"), "margin", "combined takes three, --margins");
    refuse(margin != null && name.equals("magface"), "margin", "magface takes two, --margins");
    refuse(
        margins != null && !List.of("combined", "magface").contains(name),
        "margins",
        "only combined and magface take several");
    refuse(
        classMargins != null
            && !List.of("cosface", "arcface", "subcenter-arcface", "curricularface", "linear-angle")
                .contains(name),
        "class margins",
        "cosface, arcface, subcenter-arcface, curricularface and linear-angle take them");
    refuse(classMargins != null && margin != null, "margin", "the class margins stand for it");
    refuse(scale != null && (softmax || bare), "scale", name + " has none");
    refuse(scale != null && name.startsWith("adacos"), "scale", name + " finds its own");
    refuse(guard != null && !SHIFTED.contains(name), "guard", "only arcface and its kin take one");
    refuse(
        featureNorm != null && (softmax || bare),
        "feature norm",
        name + " has one way with features");
    refuse(gradient != null && bare, "gradient", "p2sgrad is defined by its own");
    refuse(
        subcenters != null && (softmax || bare), "sub-centres", name + " has one centre a class");
    refuse(labelSmoothing != null && bare, "label smoothing", "p2sgrad has no softmax");
    refuse(
        interClassFilter != null && (softmax || bare),
        "inter-class filter",
        "it needs a head with cosines in a softmax");
    refuse(
        interClassMode != null && interClassFilter == null,
        "inter-class mode",
        "it needs --inter-class-filter");
    refuse(
        deviation != null && !name.startsWith("elasticface"),
        "deviation",
        "only elasticface draws margins");
    refuse(regularizer != null && !name.equals("magface"), "regularizer", "only magface has one");
    refuse(norms != null && !name.equals("magface"), "norms", "only magface has a range of them");
    refuse(
        concentration != null && !name.equals("adaface"), "concentration", "only adaface has one");
    refuse(
        stateMomentum != null && !List.of("adaface", "curricularface").contains(name),
        "state momentum",
        "only adaface and curricularface carry a running state");
    refuse(
        negatives != null && !name.equals("linear-angle"),
        "negatives",
        "only linear-angle has a choice of them");
  }

  private Margin marginOf(int classes, int[] counts) {
    return switch (name) {
      case "sphereface" -> multiplicative();
      case "cosface" -> new Margin.Cosine(size(classes));
      case "arcface", "subcenter-arcface", "curricularface" ->
          new Margin.Angular(size(classes), guardOf());
      case "elasticface", "elasticface-plus" -> new Margin.Angular(elastic(), guardOf());
      case "elasticface-cos", "elasticface-cos-plus" -> new Margin.Cosine(elastic());
      case "linear-angle" -> new Margin.Linear(size(classes));
      case "circle" -> new Margin.Relaxed(of(margin, usualMargin()));
      case "combined" -> {
        List<Double> m = several("margins", margins, List.of(1.0, 0.3, 0.2));
        yield new Margin.Combined(m.get(0), m.get(1), m.get(2));
      }
      case "magface" -> {
        List<Double> a = several("norms", norms, List.of(10.0, 110.0));
        List<Double> m = several("margins", margins, List.of(0.45, 0.8));
        yield new MagnitudeMargin(
            a.get(0), a.get(1), m.get(0), m.get(1), of(regularizer, 35.0), guardOf());
      }
      case "adaface" ->
          new AdaptiveMargin(
              of(margin, usualMargin()), of(concentration, 0.333), of(stateMomentum, 0.99));
      case "ldam" -> {
        if (counts == null) {
          throw new IllegalArgumentException(
              "ldam: expected the number of samples of each class, found none; its margins follow from it");
        }
        yield new Margin.Cosine(MarginSize.PerClass.ldam(counts, of(margin, usualMargin())));
      }
      default -> new Margin.None();
    };
  }

  private MarginSize size(int classes) {
    if (classMargins == null) {
      return new MarginSize.Fixed(of(margin, usualMargin()));
    }
    NpyFile.Floats file = NpyFile.readFloats(Path.of(classMargins));
    if (file.shape().length != 1 || file.shape()[0] != classes) {
      throw new IllegalArgumentException(
          "class margins: expected [%d], one for each class, found %s in %s; give one array of them"
              .formatted(classes, Arrays.toString(file.shape()), classMargins));
    }
    Double[] values = new Double[classes];
    for (int j = 0; j < classes; j++) {
      values[j] = (double) file.values()[j];
    }
    return new MarginSize.PerClass(List.of(values));
  }

  private MarginSize elastic() {
    return new MarginSize.Elastic(
        of(margin, usualMargin()), of(deviation, 0.05), name.endsWith("plus"));
  }

  private Margin multiplicative() {
    double m = of(margin, usualMargin());
    if (m != Math.rint(m)) {
      throw new IllegalArgumentException(
          "margin: expected a whole number for " + name + ", found " + m + "; 2, 3 or 4 are usual");
    }
    return new Margin.Multiplicative((int) m);
  }

  private Guard guardOf() {
    if (guard == null) {
      return name.equals("curricularface") ? Guard.CLASSIC : Guard.REFLECT;
    }
    return Choice.of("guard", guard, Guard.class);
  }

  private Negatives negativesOf() {
    Negatives kind =
        switch (name) {
          case "curricularface" -> new Negatives.Curricular(of(stateMomentum, 0.99));
          case "circle" -> new Negatives.Relaxed(of(margin, usualMargin()));
          case "linear-angle" ->
              Choice.of("negatives", of(negatives, "angle"), List.of("angle", "cosine"))
                      .equals("angle")
                  ? new Negatives.LinearAngle()
                  : new Negatives.Plain();
          default -> new Negatives.Plain();
        };
    return interClassFilter == null
        ? kind
        : new Negatives.Filtered(
            kind,
            interClassFilter,
            Choice.of(
                "inter-class mode", of(interClassMode, "remove"), Negatives.Filtered.Mode.class));
  }

  private double usualMargin() {
    return switch (name) {
      case "sphereface", "l-softmax" -> 4;
      case "cosface", "elasticface-cos", "elasticface-cos-plus" -> 0.35;
      case "linear-angle" -> 0.45;
      case "adaface" -> 0.4;
      case "circle" -> 0.25;
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

  private static Scale adaCos(int classes) {
    Scale.start(classes);
    return new Scale.AdaCos();
  }

  private double scale(FeatureNorm norm, int classes) {
    if (name.equals("adacos-fixed")) {
      return Scale.start(classes);
    }
    if (scale == null) {
      return norm == FeatureNorm.KEEP ? 1 : 30;
    }
    switch (scale.toLowerCase(Locale.ROOT)) {
      case "paper":
        return norm == FeatureNorm.KEEP ? 1 : paperScale();
      case "auto":
        return Scale.start(classes);
      default:
        try {
          return Double.parseDouble(scale);
        } catch (NumberFormatException e) {
          throw new IllegalArgumentException(
              "scale: expected a number, paper or auto, found '" + scale + "'; 30 is usual");
        }
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

  private static List<Double> several(String what, List<Double> given, List<Double> usual) {
    List<Double> values = of(given, usual);
    if (values.size() != usual.size()) {
      throw new IllegalArgumentException(
          "%s: expected %d numbers, found %d; usual are %s"
              .formatted(what, usual.size(), values.size(), usual));
    }
    return values;
  }

  private static <T> T of(T given, T usual) {
    return given == null ? usual : given;
  }

  private static void refuse(boolean given, String what, String why) {
    if (given) {
      throw new IllegalArgumentException(
          what + ": expected none, found one; " + why + ", leave it out");
    }
  }
}
