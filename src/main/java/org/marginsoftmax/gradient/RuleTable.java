package org.marginsoftmax.gradient;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** Rules by the type of operation, as they are added. */
final class RuleTable {
  private final Map<String, Rule> byType = new HashMap<>();

  Map<String, Rule> byType() {
    return Map.copyOf(byType);
  }

  /** Several types, blanks between them, of one rule. */
  void add(String types, Rule rule) {
    for (String type : types.split(" ")) {
      if (byType.put(type, rule) != null) {
        throw new IllegalStateException("two rules of " + type);
      }
    }
  }

  void add(String types, Function<Step, List<Value>> gradient) {
    add(types, Rule.of(gradient));
  }

  /** For a gradient by the first input alone: what else there is are shapes, axes and indices. */
  void first(String types, Function<Step, Value> gradient) {
    add(types, s -> s.first(gradient.apply(s)));
  }

  /** Types that no gradient passes. */
  void none(String types) {
    add(types, Rule.NONE);
  }
}
