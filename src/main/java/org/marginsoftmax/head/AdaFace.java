package org.marginsoftmax.head;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.marginsoftmax.layer.Head;
import org.marginsoftmax.layer.Negatives;
import org.marginsoftmax.margin.AdaptiveMargin;
import org.marginsoftmax.option.Option;
import org.marginsoftmax.option.OptionValues;
import org.marginsoftmax.option.Range;

/**
 * A margin that adapts to the feature norm, as a measure of image quality (Kim 2022,
 * arXiv:2204.00964).
 */
final class AdaFace implements HeadType {
  private static final Option<Double> MARGIN =
      MarginOptions.margin("an adaptive margin", Range.of(0, 1), 0.4);
  private static final Option<Double> CONCENTRATION =
      Option.real(
          "concentration",
          "H",
          "a concentration",
          Range.above(0, 10),
          0.333,
          "h of adaface, the factor on the standardised norm");

  @Override
  public String name() {
    return "adaface";
  }

  @Override
  public String title() {
    return "AdaFace";
  }

  @Override
  public String source() {
    return "Kim 2022";
  }

  @Override
  public String formula() {
    return "cos(theta - m z) - (m + m z), z the standardised norm of x";
  }

  @Override
  public String when() {
    return "images of very mixed quality (Kim 2022, not tried by us)";
  }

  @Override
  public List<Option<?>> options() {
    return AngularOptions.after(MARGIN, CONCENTRATION, CurricularFace.MOMENTUM);
  }

  @Override
  public Map<String, String> without() {
    return Map.of("guard", "its shift is clipped short of pi");
  }

  @Override
  public Set<HeadProperty> properties() {
    return HeadProperty.allBut(HeadProperty.FEATURE_NORM_FREE);
  }

  @Override
  public String margin(OptionValues values) {
    return "m " + values.get(MARGIN);
  }

  @Override
  public Head head(OptionValues values, int classes, int[] counts) {
    return AngularOptions.head(
        values,
        classes,
        new AdaptiveMargin(
            values.get(MARGIN), values.get(CONCENTRATION), values.get(CurricularFace.MOMENTUM)),
        new Negatives.Plain());
  }
}
