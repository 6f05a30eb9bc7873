package org.marginsoftmax.head;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.marginsoftmax.layer.Head;
import org.marginsoftmax.layer.Negatives;
import org.marginsoftmax.margin.Margin;
import org.marginsoftmax.option.Option;
import org.marginsoftmax.option.OptionValues;

/** Unit features and centers (Wang 2017, arXiv:1704.06369; the paper gives no fixed scale). */
final class NormFace implements HeadType {

  @Override
  public String name() {
    return "normface";
  }

  @Override
  public String title() {
    return "NormFace";
  }

  @Override
  public String source() {
    return "Wang 2017";
  }

  @Override
  public String formula() {
    return "c";
  }

  @Override
  public String when() {
    return "a baseline: no margin";
  }

  @Override
  public List<Option<?>> options() {
    return AngularOptions.after(MarginOptions.NO_MARGIN_TO_GUARD);
  }

  @Override
  public Map<String, String> without() {
    return Map.of("margin", "it has none");
  }

  @Override
  public Set<HeadProperty> properties() {
    return HeadProperty.allBut();
  }

  @Override
  public Head head(OptionValues values, int classes, int[] counts) {
    return AngularOptions.head(
        values,
        AngularOptions.scale(values, classes, 30),
        new Margin.None(),
        new Negatives.Plain());
  }
}
