package org.marginsoftmax.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import org.marginsoftmax.eval.Evaluation;
import org.marginsoftmax.eval.Metric;
import org.marginsoftmax.run.Train;

/** Results on standard output. */
final class Printing {
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  private Printing() {}

  static void result(PrintWriter out, boolean json, Train.Result result) {
    if (json) {
      json(out, values(result));
    } else if (result.finished()) {
      figures(out, result.evaluation());
      out.println();
      out.println("run      " + result.run());
      out.println("page     " + result.run().resolve("report.html"));
      out.println("model    " + result.run().resolve("model"));
    } else {
      out.printf(
          "stopped after %d steps; go on with --resume --out %s%n", result.steps(), result.run());
    }
    out.flush();
  }

  static void figures(PrintWriter out, Evaluation evaluation) {
    for (Metric metric : evaluation.metrics()) {
      out.printf("%-34s %9s", metric.name(), value(metric.value()));
      out.println(metric.value().isPresent() ? "" : "  " + metric.definition());
    }
  }

  /** For a column of figures; a dash where one is undefined. */
  static String value(OptionalDouble value) {
    return value.isPresent() ? String.format(Locale.ROOT, "%.4f", value.getAsDouble()) : "-";
  }

  static void json(PrintWriter out, Object value) {
    try {
      out.println(JSON.writeValueAsString(value));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
    out.flush();
  }

  /** A result by name, figures as plain numbers. */
  static Map<String, Object> values(Train.Result result) {
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("run", result.run().toString());
    values.put("finished", result.finished());
    values.put("steps", result.steps());
    if (result.finished()) {
      values.put("best_step", result.bestStep());
      values.put("metrics", values(result.evaluation()));
    }
    return values;
  }

  /** Figures by name; null for one that is undefined. */
  static Map<String, Double> values(Evaluation evaluation) {
    Map<String, Double> values = new LinkedHashMap<>();
    for (Metric metric : evaluation.metrics()) {
      values.put(metric.name(), metric.value().isPresent() ? metric.value().getAsDouble() : null);
    }
    return values;
  }
}
