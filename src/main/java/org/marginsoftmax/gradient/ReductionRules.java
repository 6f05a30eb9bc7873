package org.marginsoftmax.gradient;

import java.util.List;
import org.tensorflow.proto.DataType;

/** Operations that reduce axes, or run along one. */
final class ReductionRules {
  private ReductionRules() {}

  static void addTo(RuleTable rules) {
    rules.first("Sum", s -> spread(s, s.dy()));
    rules.first(
        "Mean",
        s -> {
          Value count = s.x().size().over(s.y().size().then("Maximum", s.x().scalar(1)));
          return spread(s, s.dy().over(count.cast(s.dy().type())));
        });
    rules.first("Max Min", ReductionRules::extreme);
    rules.first("Prod", ReductionRules::product);
    rules.first("EuclideanNorm", s -> s.x().over(kept(s, s.y()).over(kept(s, s.dy()))));
    rules.first("Cumsum", s -> running(s, "Cumsum", s.dy()));
    rules.first("Cumprod", s -> running(s, "Cumsum", s.y().times(s.dy())).then("DivNoNan", s.x()));
    rules.first("CumulativeLogsumexp", ReductionRules::logSumExp);
  }

  /** A reduced tensor repeated along the axes that were reduced. */
  private static Value spread(Step s, Value reduced) {
    return kept(s, reduced).then("BroadcastTo", s.x().shape());
  }

  /** A reduced tensor with its reduced axes back, of size 1. */
  private static Value kept(Step s, Value reduced) {
    return s.flag("keep_dims") ? reduced : reduced.reshape(keptShape(s));
  }

  private static Value keptShape(Step s) {
    Value rank = s.x().rank();
    Value axes = axes(s);
    Value ones = axes.op("OnesLike").of(axes);
    return axes.op("DynamicStitch").of(List.of(rank.range(), axes), List.of(s.x().shape(), ones));
  }

  /** The reduced axes, int32, a vector, none below 0. */
  private static Value axes(Step s) {
    return s.x(1).cast(DataType.DT_INT32).reshape(-1).modulo(s.x().rank());
  }

  /** Those that are as large, or small, share the gradient. */
  private static Value extreme(Step s) {
    Value chosen = s.x().then("Equal", kept(s, s.y())).cast(s.dy().type());
    return chosen.over(chosen.sum(s.x(1), true)).times(kept(s, s.dy()));
  }

  /** The product of all others, without a division: some may be zero. */
  private static Value product(Step s) {
    Value shape = s.x().shape();
    Value axes = axes(s);
    Value others = s.op("ListDiff").of(s.x().rank().range(), axes);
    Value order = axes.join(others);
    Value sorted = s.x().transpose(order);
    Value flat = sorted.reshape(shape.gather(axes).product().join(shape.gather(others).product()));
    Value before = flat.op("Cumprod").set("exclusive", true).of(flat, flat.scalar(0));
    Value after =
        flat.op("Cumprod").set("exclusive", true).set("reverse", true).of(flat, flat.scalar(0));
    Value rest =
        before
            .times(after)
            .conj()
            .reshape(sorted.shape())
            .transpose(order.then("InvertPermutation"));
    return spread(s, s.dy()).times(rest);
  }

  /** Added up along the same axis from the other side. */
  private static Value running(Step s, String type, Value value) {
    return s.like(type, "exclusive").set("reverse", !s.flag("reverse")).of(value, s.x(1));
  }

  /** Positive and negative gradients apart, as logarithms. */
  private static Value logSumExp(Step s) {
    return logPart(s, s.dy()).minus(logPart(s, s.dy().negative()));
  }

  private static Value logPart(Step s, Value gradient) {
    Value none = gradient.like(lowest(gradient));
    Value log = gradient.then("Log").where(gradient.then("Greater", gradient.like(0)), none);
    return running(s, "CumulativeLogsumexp", log.minus(s.y())).plus(s.x()).then("Exp");
  }

  private static double lowest(Value value) {
    return switch (value.type()) {
      case DT_HALF -> -65504;
      case DT_DOUBLE -> -Double.MAX_VALUE;
      default -> -Float.MAX_VALUE;
    };
  }
}
