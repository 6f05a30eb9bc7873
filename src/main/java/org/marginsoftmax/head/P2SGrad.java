package org.marginsoftmax.head;

import java.util.List;
import java.util.Map;
import org.marginsoftmax.layer.Head;

/** The squared error of the cosines (Zhang 2019, arXiv:1905.02479, section 4). */
final class P2SGrad implements HeadType {

  @Override
  public String name() {
    return "p2sgrad";
  }

  @Override
  public String title() {
    return "P2SGrad";
  }

  @Override
  public String source() {
    return "Zhang 2019";
  }

  @Override
  public String formula() {
    return "none: half the squared error of the cosines";
  }

  @Override
  public String when() {
    return "no s and no m to choose; fewer classes than dimensions";
  }

  @Override
  public List<HeadOption<?>> options() {
    return List.of(MarginOptions.NO_MARGIN_TO_GUARD);
  }

  @Override
  public Map<String, String> without() {
    return Map.of(
        "margin",
        "it has none",
        "scale",
        "it has none",
        "feature_norm",
        "it has one way with features",
        "gradient",
        "it is defined by its own",
        "subcenters",
        "it has one centre a class",
        "label_smoothing",
        "it has no softmax",
        "inter_class_filter",
        "that needs a head with cosines in a softmax",
        "inter_class_mode",
        "that needs a head with cosines in a softmax");
  }

  @Override
  public Head head(HeadValues values, int classes, int[] counts) {
    return new Head.P2SGrad();
  }
}
