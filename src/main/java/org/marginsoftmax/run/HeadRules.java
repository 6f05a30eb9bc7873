package org.marginsoftmax.run;

import java.util.List;
import org.marginsoftmax.margin.Guard;

/** Which option belongs to which head. */
final class HeadRules {
  /** Heads whose logits keep both norms. */
  static final List<String> INNER_PRODUCT = List.of("softmax", "l-softmax");

  /** Heads without m. */
  static final List<String> WITHOUT_MARGIN =
      List.of("softmax", "modified-softmax", "normface", "adacos", "adacos-fixed", "p2sgrad");

  private static final List<String> SHIFTED =
      List.of(
          "arcface",
          "subcenter-arcface",
          "curricularface",
          "magface",
          "elasticface",
          "elasticface-plus");

  private HeadRules() {}

  /**
   * Refuses options that another head takes.
   *
   * @throws IllegalArgumentException that names the first
   */
  static void check(HeadConfig c) {
    String name = c.name();
    boolean softmax = INNER_PRODUCT.contains(name);
    boolean bare = name.equals("p2sgrad");
    refuse(c.margin() != null && WITHOUT_MARGIN.contains(name), "margin", name + " has none");
    refuse(
        c.margin() != null && name.equals("combined"), "margin", "combined takes three, --margins");
    refuse(c.margin() != null && name.equals("magface"), "margin", "magface takes two, --margins");
    refuse(
        c.margins() != null && !List.of("combined", "magface").contains(name),
        "margins",
        "only combined and magface take several");
    refuse(
        c.classMargins() != null
            && !List.of("cosface", "arcface", "subcenter-arcface", "curricularface", "linear-angle")
                .contains(name),
        "class margins",
        "cosface, arcface, subcenter-arcface, curricularface and linear-angle take them");
    refuse(
        c.classMargins() != null && c.margin() != null, "margin", "the class margins stand for it");
    refuse(c.scale() != null && (softmax || bare), "scale", name + " has none");
    refuse(c.scale() != null && name.startsWith("adacos"), "scale", name + " finds its own");
    guard(c);
    refuse(
        c.featureNorm() != null && (softmax || bare),
        "feature norm",
        name + " has one way with features");
    refuse(
        name.equals("modified-softmax") && "unit".equals(c.featureNorm()),
        "feature norm unit",
        "that is normface");
    refuse(c.gradient() != null && bare, "gradient", "p2sgrad is defined by its own");
    refuse(
        c.subcenters() != null && (softmax || bare),
        "sub-centres",
        name + " has one centre a class");
    refuse(c.labelSmoothing() != null && bare, "label smoothing", "p2sgrad has no softmax");
    refuse(
        c.interClassFilter() != null && (softmax || bare),
        "inter-class filter",
        "it needs a head with cosines in a softmax");
    refuse(
        c.interClassMode() != null && c.interClassFilter() == null,
        "inter-class mode",
        "it needs --inter-class-filter");
    refuse(
        c.deviation() != null && !name.startsWith("elasticface"),
        "deviation",
        "only elasticface draws margins");
    refuse(
        c.regularizer() != null && !name.equals("magface"), "regularizer", "only magface has one");
    refuse(
        c.norms() != null && !name.equals("magface"), "norms", "only magface has a range of them");
    refuse(
        c.concentration() != null && !name.equals("adaface"),
        "concentration",
        "only adaface has one");
    refuse(
        c.stateMomentum() != null && !List.of("adaface", "curricularface").contains(name),
        "state momentum",
        "only adaface and curricularface carry a running state");
    refuse(
        c.negatives() != null && !name.equals("linear-angle"),
        "negatives",
        "only linear-angle has a choice of them");
  }

  /** A guard that changes nothing is what the head computes. */
  private static void guard(HeadConfig c) {
    if (c.guard() == null) {
      return;
    }
    Guard guard = Choice.of("guard", c.guard(), Guard.class);
    List<Guard> same = guards(c.name());
    if (!same.contains(guard)) {
      throw new IllegalArgumentException(
          "guard: expected %s with %s, found %s; only arcface and its kin have a choice, leave it out"
              .formatted(
                  same.isEmpty()
                      ? "nothing"
                      : String.join(" or ", same.stream().map(Guard::id).toList()),
                  c.name(),
                  guard.id()));
    }
  }

  /** The guards that a head takes, or that would not change what it computes. */
  static List<Guard> guards(String head) {
    if (SHIFTED.contains(head) || WITHOUT_MARGIN.contains(head)) {
      return List.of(Guard.values());
    }
    return switch (head) {
      // Without a shift no angle passes pi; easy would take the margin away beyond 90 degrees.
      case "cosface", "elasticface-cos", "elasticface-cos-plus", "ldam", "circle" ->
          List.of(Guard.NONE, Guard.REFLECT, Guard.CLASSIC);
      case "combined", "linear-angle" -> List.of(Guard.NONE);
      // These have a way of their own past pi.
      default -> List.of();
    };
  }

  private static void refuse(boolean given, String what, String why) {
    if (given) {
      throw new IllegalArgumentException(
          what + ": expected none, found one; " + why + ", leave it out");
    }
  }
}
