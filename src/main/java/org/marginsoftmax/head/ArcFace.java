package org.marginsoftmax.head;

import java.util.List;
import java.util.Set;
import org.marginsoftmax.layer.Head;
import org.marginsoftmax.layer.Negatives;
import org.marginsoftmax.margin.Margin;
import org.marginsoftmax.option.Option;
import org.marginsoftmax.option.OptionValues;

/** A margin on the angle (Deng 2018, arXiv:1801.07698, eq. 3). */
final class ArcFace implements HeadType {
  private static final Option<Double> MARGIN = MarginOptions.radians(0.5);

  @Override
  public String name() {
    return "arcface";
  }

  @Override
  public String title() {
    return "ArcFace";
  }

  @Override
  public String source() {
    return "Deng 2018, eq. 3";
  }

  @Override
  public String formula() {
    return "cos(theta + m)";
  }

  @Override
  public String when() {
    return "first choice";
  }

  @Override
  public List<Option<?>> options() {
    return AngularOptions.after(MARGIN, MarginOptions.CLASS_MARGINS, MarginOptions.GUARD);
  }

  @Override
  public Set<HeadProperty> properties() {
    return HeadProperty.allBut();
  }

  @Override
  public String margin(OptionValues values) {
    return MarginOptions.inWords(values, MARGIN);
  }

  /** The margin cos(theta + m), which related heads share. */
  static Margin shifted(OptionValues values, int classes) {
    return new Margin.Angular(
        MarginOptions.size(values, MARGIN, classes), values.get(MarginOptions.GUARD));
  }

  @Override
  public Head head(OptionValues values, int classes, int[] counts) {
    return AngularOptions.head(values, classes, shifted(values, classes), new Negatives.Plain());
  }
}
