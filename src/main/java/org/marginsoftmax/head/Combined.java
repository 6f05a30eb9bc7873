package org.marginsoftmax.head;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.marginsoftmax.layer.Head;
import org.marginsoftmax.layer.Negatives;
import org.marginsoftmax.margin.Guard;
import org.marginsoftmax.margin.Margin;
import org.marginsoftmax.option.Option;
import org.marginsoftmax.option.OptionValues;

/** Three margins in one (Deng 2018, arXiv:1801.07698, eq. 4), without a guard. */
final class Combined implements HeadType {
  private static final Option<List<Double>> MARGINS =
      Option.reals(
          "margins",
          "M,...",
          "3 numbers, a factor, radians and a cosine,",
          List.of(1.0, 0.3, 0.2),
          "for combined: factor, radians, cosine; for magface: smallest, largest margin");

  @Override
  public String name() {
    return "combined";
  }

  @Override
  public String title() {
    return "Combined margin";
  }

  @Override
  public String source() {
    return "Deng 2018, eq. 4";
  }

  @Override
  public String formula() {
    return "cos(m1 theta + m2) - m3";
  }

  @Override
  public String when() {
    return "to tune three margins";
  }

  @Override
  public List<Option<?>> options() {
    return AngularOptions.after(MARGINS, MarginOptions.unguarded(Guard.NONE));
  }

  @Override
  public Map<String, String> without() {
    return Map.of("margin", "it takes three, `margins`");
  }

  @Override
  public Set<HeadProperty> properties() {
    return HeadProperty.allBut(HeadProperty.DECREASING);
  }

  @Override
  public String margin(OptionValues values) {
    return "m1 %s, m2 %s, m3 %s".formatted(values.get(MARGINS).toArray());
  }

  @Override
  public Head head(OptionValues values, int classes, int[] counts) {
    List<Double> m = values.get(MARGINS);
    return AngularOptions.head(
        values, classes, new Margin.Combined(m.get(0), m.get(1), m.get(2)), new Negatives.Plain());
  }
}
