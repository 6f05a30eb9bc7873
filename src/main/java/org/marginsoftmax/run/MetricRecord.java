package org.marginsoftmax.run;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.marginsoftmax.eval.Evaluation;
import org.marginsoftmax.eval.Figure;
import org.marginsoftmax.eval.Interval;
import org.marginsoftmax.eval.Metric;

/**
 * A metric in {@code metrics.json}, beside its name.
 *
 * @param value null if the metric is undefined
 * @param interval of 95 % confidence; null if there is none
 * @param threshold the cosine from which pairs are accepted; null if the metric has none
 * @param protocol that the metric belongs to; null in files of older versions
 */
record MetricRecord(
    Double value,
    @JsonInclude(JsonInclude.Include.NON_NULL) Interval interval,
    @JsonInclude(JsonInclude.Include.NON_NULL) Double threshold,
    @JsonInclude(JsonInclude.Include.NON_NULL) String protocol,
    String definition) {

  /** The metrics of an evaluation by name, in their order. */
  static Map<String, Object> byName(Evaluation evaluation) {
    Map<String, Object> records = new LinkedHashMap<>();
    evaluation.metrics().forEach(metric -> records.put(metric.name(), of(metric)));
    return records;
  }

  static MetricRecord of(Metric metric) {
    return new MetricRecord(
        orNull(metric.value()),
        metric.interval().orElse(null),
        orNull(metric.threshold()),
        metric.figure().kind().title(),
        metric.definition());
  }

  private static Double orNull(OptionalDouble value) {
    return value.isPresent() ? value.getAsDouble() : null;
  }

  /** The metric with this name. */
  Metric metric(Figure figure) {
    return new Metric(
        figure, optional(value), optional(threshold), Optional.ofNullable(interval), definition);
  }

  private static OptionalDouble optional(Double value) {
    return value == null ? OptionalDouble.empty() : OptionalDouble.of(value);
  }
}
