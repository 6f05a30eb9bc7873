package org.marginsoftmax.gradient;

import java.util.Map;
import java.util.Set;

/** The table: what becomes of a gradient at each type of operation. */
public final class Rules {
  private static final Map<String, Rule> BY_TYPE = byType();

  private Rules() {}

  private static Map<String, Rule> byType() {
    RuleTable rules = new RuleTable();
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
    return rules.byType();
  }

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
}
