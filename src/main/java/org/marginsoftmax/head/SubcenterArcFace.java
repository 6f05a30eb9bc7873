package org.marginsoftmax.head;

import java.util.List;
import org.marginsoftmax.layer.Head;
import org.marginsoftmax.layer.Negatives;

/** ArcFace with K centers per class (Deng 2020). */
final class SubcenterArcFace implements HeadType {
  private static final HeadOption<Double> MARGIN = MarginOptions.radians(0.5);
  private static final HeadOption<Integer> THREE = AngularOptions.SUBCENTERS.usually(3);

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
  public List<HeadOption<?>> options() {
    return AngularOptions.after(MARGIN, MarginOptions.CLASS_MARGINS, MarginOptions.GUARD).stream()
        .<HeadOption<?>>map(option -> option == AngularOptions.SUBCENTERS ? THREE : option)
        .toList();
  }

  @Override
  public String margin(HeadValues values) {
    return MarginOptions.inWords(values, MARGIN);
  }

  @Override
  public Head head(HeadValues values, int classes, int[] counts) {
    return AngularOptions.head(
        values, classes, ArcFace.shifted(values, classes), new Negatives.Plain());
  }
}
