package org.marginsoftmax.head;

import java.util.List;
import org.marginsoftmax.layer.Head;
import org.marginsoftmax.layer.Negatives;
import org.marginsoftmax.margin.Guard;
import org.marginsoftmax.margin.Margin;
import org.marginsoftmax.option.Option;
import org.marginsoftmax.option.OptionValues;

/** Logits linear in the angle (AirFace, Li 2019, arXiv:1907.12256, section 3). */
final class LinearAngle implements HeadType {
  private enum Kind {
    ANGLE,
    COSINE
  }

  private static final Option<Double> MARGIN = MarginOptions.radians(0.45);
  private static final Option<Kind> NEGATIVES =
      Option.choice(
          "negatives",
          "KIND",
          Option.all(Kind.class),
          Kind.ANGLE,
          "logits of the negatives in linear-angle: angle, or cosine as in Keras_insightface");

  @Override
  public String name() {
    return "linear-angle";
  }

  @Override
  public String title() {
    return "Li-ArcFace";
  }

  @Override
  public String source() {
    return "Li 2019";
  }

  @Override
  public String formula() {
    return "(pi - 2 (theta + m)) / pi, negatives (pi - 2 theta_j) / pi";
  }

  @Override
  public String when() {
    return "even pull at every angle";
  }

  @Override
  public List<Option<?>> options() {
    return AngularOptions.after(
        MARGIN, MarginOptions.CLASS_MARGINS, MarginOptions.unguarded(Guard.NONE), NEGATIVES);
  }

  @Override
  public String margin(OptionValues values) {
    return MarginOptions.inWords(values, MARGIN);
  }

  @Override
  public Head head(OptionValues values, int classes, int[] counts) {
    return AngularOptions.head(
        values,
        classes,
        new Margin.Linear(MarginOptions.size(values, MARGIN, classes)),
        values.get(NEGATIVES) == Kind.ANGLE ? new Negatives.LinearAngle() : new Negatives.Plain());
  }
}
