package org.marginsoftmax.gradient;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/** The table: what becomes of a gradient at each type of operation. */
public final class Rules {
  private static final Map<String, Rule> BY_TYPE = new HashMap<>();

  static {
    Rules rules = new Rules();
    // What gives, or takes, whole numbers alone need not be here: see Path.
    rules.none(
        "StopGradient OnesLike ZerosLike Floor Ceil Round Rint Sign FloorDiv TruncateDiv OneHot"
            + " Range LinSpace HSVToRGB DrawBoundingBoxes ExtractGlimpse RandomCrop RandomShuffle"
            + " GenerateBoundingBoxProposals SampleDistortedBoundingBox SampleDistortedBoundingBoxV2"
            + " ParameterizedTruncatedNormal StatelessRandomPoisson StatelessRandomBinomial"
            + " ResizeBilinearGrad FakeQuantWithMinMaxArgsGradient FakeQuantWithMinMaxVarsGradient"
            + " FakeQuantWithMinMaxVarsPerChannelGradient CTCBeamSearchDecoder CTCGreedyDecoder"
            + " SparseConcat SparseAddGrad LookupTableFind LookupTableFindV2");
    ElementRules.addTo(rules);
    ReductionRules.addTo(rules);
    ArrayRules.addTo(rules);
    IndexRules.addTo(rules);
    MatrixRules.addTo(rules);
    SignalRules.addTo(rules);
    ConvolutionRules.addTo(rules);
    NetworkRules.addTo(rules);
    ImageRules.addTo(rules);
  }

  private Rules() {}

  /** The rule of a type. */
  static Rule of(String type) {
    return BY_TYPE.getOrDefault(type, Rule.UNKNOWN);
  }

  /** Types that a gradient passes, in no order. */
  public static Set<String> differentiable() {
    return Set.copyOf(
        BY_TYPE.entrySet().stream()
            .filter(rule -> rule.getValue() != Rule.NONE)
            .map(Map.Entry::getKey)
            .toList());
  }

  /** Several types, blanks between them, of one rule. */
  void add(String types, Rule rule) {
    for (String type : types.split(" ")) {
      if (BY_TYPE.put(type, rule) != null) {
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

  private void none(String types) {
    add(types, Rule.NONE);
  }
}
