package org.marginsoftmax.head;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.marginsoftmax.layer.Head;
import org.marginsoftmax.layer.Negatives;
import org.marginsoftmax.margin.Margin;
import org.marginsoftmax.option.Option;
import org.marginsoftmax.option.OptionValues;
import org.marginsoftmax.option.Range;

/**
 * The margin multiplies the angle (Liu 2017, arXiv:1704.08063, eq. 7). Features are of unit norm by
 * default; the paper keeps their norm.
 */
final class SphereFace implements HeadType {
  static final Option<Integer> MARGIN =
      Option.whole(
          "margin",
          "M",
          "a whole factor of the angle",
          Range.of(1, 10),
          4,
          "m in the head's own unit");

  @Override
  public String name() {
    return "sphereface";
  }

  @Override
  public String title() {
    return "SphereFace";
  }

  @Override
  public String source() {
    return "Liu 2017, eq. 7";
  }

  @Override
  public String formula() {
    return "psi(theta)";
  }

  @Override
  public String when() {
    return "to reproduce the paper; turn annealing off for short runs";
  }

  @Override
  public List<Option<?>> options() {
    return AngularOptions.after(MARGIN);
  }

  @Override
  public Map<String, String> without() {
    return Map.of("guard", "it has a way of its own past pi");
  }

  @Override
  public Set<HeadProperty> properties() {
    return HeadProperty.allBut();
  }

  @Override
  public String margin(OptionValues values) {
    return "m " + values.get(MARGIN);
  }

  @Override
  public Head head(OptionValues values, int classes, int[] counts) {
    return AngularOptions.head(
        values, classes, new Margin.Multiplicative(values.get(MARGIN)), new Negatives.Plain());
  }
}
