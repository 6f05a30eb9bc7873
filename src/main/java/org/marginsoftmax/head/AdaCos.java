package org.marginsoftmax.head;

import java.util.List;
import java.util.Map;
import org.marginsoftmax.layer.Head;
import org.marginsoftmax.layer.Negatives;
import org.marginsoftmax.layer.Scale;
import org.marginsoftmax.margin.Margin;
import org.marginsoftmax.option.Option;
import org.marginsoftmax.option.OptionValues;

/** A scale that follows the batch (Zhang 2019, arXiv:1905.00292, section 4.2). */
final class AdaCos implements HeadType {
  /** The options of AdaCos, dynamic and fixed, which have no scale option. */
  static final List<Option<?>> OPTIONS =
      AngularOptions.after(MarginOptions.NO_MARGIN_TO_GUARD).stream()
          .filter(option -> option != AngularOptions.SCALE)
          .toList();

  static final Map<String, String> WITHOUT =
      Map.of("scale", "it finds its own", "margin", "it has none");

  @Override
  public String name() {
    return "adacos";
  }

  @Override
  public String title() {
    return "AdaCos";
  }

  @Override
  public String source() {
    return "Zhang 2019";
  }

  @Override
  public String formula() {
    return "c; s follows the batch";
  }

  @Override
  public String when() {
    return "no s to choose, no margin";
  }

  @Override
  public List<Option<?>> options() {
    return OPTIONS;
  }

  @Override
  public Map<String, String> without() {
    return WITHOUT;
  }

  @Override
  public Head head(OptionValues values, int classes, int[] counts) {
    Scale.start(classes); // Refuses two classes.
    return AngularOptions.head(
        values, new Scale.AdaCos(), new Margin.None(), new Negatives.Plain());
  }
}
