package org.marginsoftmax.head;

import java.util.Arrays;
import java.util.List;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.margin.Guard;
import org.marginsoftmax.margin.MarginSize;
import org.marginsoftmax.option.Option;
import org.marginsoftmax.option.OptionValues;
import org.marginsoftmax.option.Range;

/** The options that margins share. */
public final class MarginOptions {
  /** One margin m per class. */
  public static final Option<double[]> CLASS_MARGINS =
      Option.perClass(
          "class_margins", "M.NPY", "one margin per class, an array [C], in place of `margin`");

  /** How the target logit is defined where theta + m exceeds pi. */
  public static final Option<Guard> GUARD =
      Option.choice(
          "guard",
          "GUARD",
          Option.all(Guard.class),
          Guard.REFLECT,
          "what arcface and its kin do where theta + m passes pi: reflect, none, classic, easy");

  /**
   * The guard option of a head without a margin: every guard is accepted and none has an effect.
   */
  static final Option<Guard> NO_MARGIN_TO_GUARD = GUARD.usually(null);

  /**
   * The guard option of a head that shifts no angle. {@link Guard#EASY} is not allowed: it would
   * remove the margin beyond 90 degrees.
   */
  static final Option<Guard> NO_SHIFT_TO_GUARD =
      unguarded(Guard.NONE, Guard.REFLECT, Guard.CLASSIC);

  private MarginOptions() {}

  /** The margin option of an angular margin: m in radians, 0 up to below pi. */
  public static Option<Double> radians(double usual) {
    return margin("an angular margin in radians", Range.below(0, Math.PI), usual);
  }

  /** The margin option of a cosine margin: m in 0..2. */
  public static Option<Double> cosine(double usual) {
    return margin("a cosine margin", Range.of(0, 2), usual);
  }

  /** The margin option of a margin in another unit. */
  public static Option<Double> margin(String what, Range range, double usual) {
    return Option.real("margin", "M", what, range, usual, "m in the head's own unit");
  }

  /** A guard option that accepts these guards, none of which has an effect. */
  static Option<Guard> unguarded(Guard... same) {
    return Option.choice("guard", "GUARD", List.of(same), null, GUARD.help());
  }

  /**
   * The size of the margin: by class if {@link #CLASS_MARGINS} is given, else the same for all
   * samples.
   *
   * @throws InvalidInputException if both options are given, or the number of class margins is not
   *     that of the classes
   */
  public static MarginSize size(OptionValues values, Option<Double> margin, int classes) {
    double[] each = values.get(CLASS_MARGINS);
    if (each == null) {
      return new MarginSize.Fixed(values.get(margin));
    }
    if (values.has(margin)) {
      throw new InvalidInputException(
          "margin: expected none, found one; the class margins stand for it, leave it out");
    }
    if (each.length != classes) {
      throw new InvalidInputException(
          "class margins: expected [%d], one for each class, found [%d]; give one array of them"
              .formatted(classes, each.length));
    }
    return new MarginSize.PerClass(Arrays.stream(each).boxed().toList());
  }

  /** The margin in words, such as {@code m 0.5}. */
  public static String inWords(OptionValues values, Option<Double> margin) {
    return values.has(CLASS_MARGINS) ? "m by class" : "m " + values.get(margin);
  }
}
