package org.marginsoftmax.head;

import java.util.List;
import org.marginsoftmax.layer.Head;
import org.marginsoftmax.layer.Negatives;
import org.marginsoftmax.margin.Margin;
import org.marginsoftmax.option.Option;
import org.marginsoftmax.option.OptionValues;
import org.marginsoftmax.option.Range;

/** Circle loss on class centers (Sun 2020, arXiv:2002.10857, section 3). */
final class Circle implements HeadType {
  private static final Option<Double> MARGIN =
      MarginOptions.margin("a relaxation", Range.of(0, 1), 0.25);

  @Override
  public String name() {
    return "circle";
  }

  @Override
  public String title() {
    return "Circle loss";
  }

  @Override
  public String source() {
    return "Sun 2020";
  }

  @Override
  public String formula() {
    return "[1 + m - c]+ (c - 1 + m), negatives [c_j + m]+ (c_j - m)";
  }

  @Override
  public String when() {
    return "to give easy samples less weight";
  }

  @Override
  public List<Option<?>> options() {
    return AngularOptions.after(MARGIN, MarginOptions.NO_SHIFT_TO_GUARD);
  }

  @Override
  public String margin(OptionValues values) {
    return "m " + values.get(MARGIN);
  }

  @Override
  public Head head(OptionValues values, int classes, int[] counts) {
    double m = values.get(MARGIN);
    return AngularOptions.head(
        values,
        AngularOptions.scale(values, classes, 256),
        new Margin.Relaxed(m),
        new Negatives.Relaxed(m));
  }
}
