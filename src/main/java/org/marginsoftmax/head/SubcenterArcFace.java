package org.marginsoftmax.head;

import java.util.List;
import org.marginsoftmax.layer.Head;
import org.marginsoftmax.layer.Negatives;
import org.marginsoftmax.option.Option;
import org.marginsoftmax.option.OptionValues;

/** ArcFace with K centers per class (Deng 2020). */
final class SubcenterArcFace implements HeadType {
  private static final Option<Double> MARGIN = MarginOptions.radians(0.5);
  private static final Option<Integer> THREE = AngularOptions.SUBCENTERS.usually(3);

  @Override
  public String name() {
    return "subcenter-arcface";
  }

  @Override
  public String title() {
    return "Sub-centre ArcFace";
  }

  @Override
  public String source() {
    return "Deng 2020";
  }

  @Override
  public String formula() {
    return "arcface, c_j the largest over K centres";
  }

  @Override
  public String when() {
    return "to find wrong labels; several appearances per class (Deng 2020, not tried by us)";
  }

  @Override
  public List<Option<?>> options() {
    return AngularOptions.after(MARGIN, MarginOptions.CLASS_MARGINS, MarginOptions.GUARD).stream()
        .<Option<?>>map(option -> option == AngularOptions.SUBCENTERS ? THREE : option)
        .toList();
  }

  @Override
  public String margin(OptionValues values) {
    return MarginOptions.inWords(values, MARGIN);
  }

  @Override
  public Head head(OptionValues values, int classes, int[] counts) {
    return AngularOptions.head(
        values, classes, ArcFace.shifted(values, classes), new Negatives.Plain());
  }
}
