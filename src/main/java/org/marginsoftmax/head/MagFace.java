package org.marginsoftmax.head;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.marginsoftmax.layer.Head;
import org.marginsoftmax.layer.Negatives;
import org.marginsoftmax.margin.MagnitudeMargin;
import org.marginsoftmax.option.Option;
import org.marginsoftmax.option.OptionValues;
import org.marginsoftmax.option.Range;

/** An angular margin that grows with the norm of the feature (Meng 2021, arXiv:2103.06627). */
final class MagFace implements HeadType {
  private static final Option<List<Double>> MARGINS =
      Option.reals(
          "margins",
          "M,...",
          "2 numbers, the smallest and the largest margin,",
          List.of(0.45, 0.8),
          "for combined: factor, radians, cosine; for magface: smallest, largest margin");
  static final Option<Double> REGULARIZER =
      Option.real(
          "regularizer",
          "LAMBDA",
          "a regulariser",
          Range.of(0, 1000),
          35.0,
          "weight of the regulariser of magface and soft-triple");
  private static final Option<List<Double>> NORMS =
      Option.reals(
          "norms",
          "LOW,HIGH",
          "2 numbers, the smallest and the largest norm,",
          List.of(10.0, 110.0),
          "range of feature norms in magface");

  @Override
  public String name() {
    return "magface";
  }

  @Override
  public String title() {
    return "MagFace";
  }

  @Override
  public String source() {
    return "Meng 2021";
  }

  @Override
  public String formula() {
    return "cos(theta + m(a)), a the norm of x; a is regularised";
  }

  @Override
  public String when() {
    return "to read image quality from the norm (Meng 2021, not tried by us)";
  }

  @Override
  public List<Option<?>> options() {
    return AngularOptions.after(MARGINS, MarginOptions.GUARD, REGULARIZER, NORMS);
  }

  @Override
  public Map<String, String> without() {
    return Map.of("margin", "it takes two, `margins`");
  }

  @Override
  public Set<HeadProperty> properties() {
    return HeadProperty.allBut(
        HeadProperty.FEATURE_NORM_FREE,
        HeadProperty.FEATURE_ORTHOGONAL,
        HeadProperty.NORMFACE_WITHOUT_MARGIN);
  }

  @Override
  public String margin(OptionValues values) {
    return "m %s to %s".formatted(values.get(MARGINS).toArray());
  }

  @Override
  public Head head(OptionValues values, int classes, int[] counts) {
    List<Double> a = values.get(NORMS);
    List<Double> m = values.get(MARGINS);
    return AngularOptions.head(
        values,
        classes,
        new MagnitudeMargin(
            a.get(0),
            a.get(1),
            m.get(0),
            m.get(1),
            values.get(REGULARIZER),
            values.get(MarginOptions.GUARD)),
        new Negatives.Plain());
  }
}
