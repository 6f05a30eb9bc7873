package org.marginsoftmax.head;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.marginsoftmax.layer.Head;
import org.marginsoftmax.layer.InnerProductHead;
import org.marginsoftmax.margin.Margin;
import org.marginsoftmax.option.Option;
import org.marginsoftmax.option.OptionValues;

/** Plain softmax without bias. */
final class Softmax implements HeadType {
  /** The properties of logits that keep both norms. */
  static final Set<HeadProperty> PROPERTIES =
      HeadProperty.allBut(
          HeadProperty.FEATURE_NORM_FREE,
          HeadProperty.CENTER_NORM_FREE,
          HeadProperty.FEATURE_ORTHOGONAL,
          HeadProperty.CENTER_ORTHOGONAL,
          HeadProperty.NORMFACE_WITHOUT_MARGIN);

  /** The reasons why heads with such logits lack the options of others, plus the given one. */
  static Map<String, String> without(String option, String why) {
    return Map.of(
        "scale",
        "it has none",
        "feature_norm",
        "it has one way with features",
        "subcenters",
        "it has one centre a class",
        "inter_class_filter",
        "that needs a head with cosines in a softmax",
        "inter_class_mode",
        "that needs a head with cosines in a softmax",
        option,
        why);
  }

  @Override
  public String name() {
    return "softmax";
  }

  @Override
  public String title() {
    return "Softmax";
  }

  @Override
  public String source() {
    return "";
  }

  @Override
  public String formula() {
    return "logits x . w, no bias";
  }

  @Override
  public String when() {
    return "a baseline: no s, no m";
  }

  @Override
  public List<Option<?>> options() {
    return List.of(
        MarginOptions.NO_MARGIN_TO_GUARD, AngularOptions.GRADIENT, AngularOptions.LABEL_SMOOTHING);
  }

  @Override
  public Map<String, String> without() {
    return without("margin", "it has none");
  }

  @Override
  public Set<HeadProperty> properties() {
    return PROPERTIES;
  }

  @Override
  public Head head(OptionValues values, int classes, int[] counts) {
    return new InnerProductHead(
        new Margin.None(),
        values.get(AngularOptions.GRADIENT),
        values.get(AngularOptions.LABEL_SMOOTHING));
  }
}
