package org.marginsoftmax.head;

import java.util.HashMap;
import java.util.Map;
import org.marginsoftmax.option.OptionValues;

/** What heads without a softmax have in common. */
final class NoSoftmax {
  private NoSoftmax() {}

  /** The reasons why these heads lack the options of softmax heads, plus the given ones. */
  static Map<String, String> without(Map<String, String> more) {
    Map<String, String> reasons = new HashMap<>();
    reasons.put("feature_norm", "it has one way with features");
    reasons.put("gradient", "it is defined by its own");
    reasons.put("subcenters", "it has one centre a class");
    reasons.put("label_smoothing", "it has no softmax");
    reasons.put("inter_class_filter", "that needs a head with cosines in a softmax");
    reasons.put("inter_class_mode", "that needs a head with cosines in a softmax");
    reasons.putAll(more);
    return reasons;
  }

  /** The scale s that the options select; 30 by default. */
  static double scale(OptionValues values, int classes, double paper) {
    return AngularOptions.scale(values, classes, 30, paper).value();
  }
}
