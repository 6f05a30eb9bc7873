package org.marginsoftmax.head;

import java.util.List;
import org.marginsoftmax.layer.Head;
import org.marginsoftmax.layer.Negatives;
import org.marginsoftmax.margin.Guard;
import org.marginsoftmax.option.Option;
import org.marginsoftmax.option.OptionValues;
import org.marginsoftmax.option.Range;

/**
 * ArcFace with hard negatives that gain weight as training proceeds (Huang 2020, arXiv:2004.00288),
 * with the authors' guard and momentum.
 */
final class CurricularFace implements HeadType {
  private static final Option<Double> MARGIN = MarginOptions.radians(0.5);
  private static final Option<Guard> GUARD = MarginOptions.GUARD.usually(Guard.CLASSIC);
  static final Option<Double> MOMENTUM =
      Option.real(
          "state_momentum",
          "M",
          "a momentum of the state",
          Range.below(0, 1),
          0.99,
          "momentum of the running statistics of adaface and curricularface");

  @Override
  public String name() {
    return "curricularface";
  }

  @Override
  public String title() {
    return "CurricularFace";
  }

  @Override
  public String source() {
    return "Huang 2020";
  }

  @Override
  public String formula() {
    return "arcface; negatives above t become c_j (r + c_j), r the running mean of c";
  }

  @Override
  public String when() {
    return "long training on large data sets (Huang 2020, not tried by us)";
  }

  @Override
  public List<Option<?>> options() {
    return AngularOptions.after(MARGIN, MarginOptions.CLASS_MARGINS, GUARD, MOMENTUM);
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
        ArcFace.shifted(values, classes),
        new Negatives.Curricular(values.get(MOMENTUM)));
  }
}
