package org.marginsoftmax.cli;

import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import org.marginsoftmax.eval.Evaluation;
import org.marginsoftmax.eval.Figure;
import org.marginsoftmax.eval.FoldAccuracy;
import org.marginsoftmax.eval.ListEvaluation;
import org.marginsoftmax.eval.Metric;
import org.marginsoftmax.run.Json;
import org.marginsoftmax.run.Millis;
import org.marginsoftmax.run.Ratio;
import org.marginsoftmax.run.Train;

/** Results on standard output. */
final class Printing {
  private Printing() {}

  static void result(PrintWriter out, boolean json, Train.Result result) {
    if (json) {
      json(out, result);
    } else if (result.finished()) {
      if (result.evaluation() != null) {
        figures(out, result.evaluation());
        out.println();
      }
      out.println("run      " + result.run());
      if (result.evaluation() != null) {
        out.println("page     " + result.run().resolve("report.html"));
      }
      out.println("model    " + result.run().resolve("model"));
    } else {
      out.printf(
          "stopped after %d steps; go on with --resume --out %s%n", result.steps(), result.run());
    }
    out.flush();
  }

  /** By protocol: names, values, intervals of 95 %, thresholds. */
  static void figures(PrintWriter out, Evaluation evaluation) {
    Figure.Kind kind = null;
    for (Metric metric : evaluation.metrics()) {
      if (metric.figure().kind() != kind) {
        kind = metric.figure().kind();
        out.printf("%s%n", kind.title());
      }
      out.printf("  %-34s %9s", metric.name(), value(metric.value()));
      metric.interval().ifPresent(i -> out.printf(Locale.ROOT, "  %.4f..%.4f", i.low(), i.high()));
      metric.threshold().ifPresent(t -> out.printf(Locale.ROOT, "  cosine >= %.4f", t));
      out.println(metric.value().isPresent() ? "" : "  " + metric.definition());
    }
  }

  /** Of a list of pairs what is no metric: folds and groups. */
  static void list(PrintWriter out, ListEvaluation list) {
    list.all().folds().ifPresent(folds -> out.println("  " + words(folds)));
    for (ListEvaluation.Grouping grouping : list.groupings()) {
      grouping
          .groups()
          .forEach(
              (name, of) -> {
                out.printf(
                    Locale.ROOT,
                    "%n%s %s, %,d pairs of one subject and %,d of two%n",
                    grouping.column(),
                    name,
                    of.genuine(),
                    of.impostor());
                figures(out, of.evaluation());
              });
      out.printf("%ngap between the best and the worst %s%n", grouping.column());
      for (ListEvaluation.Gap gap : grouping.gaps()) {
        out.printf(Locale.ROOT, "  %-34s %9.4f", gap.figure().key(), gap.difference());
        gap.interval().ifPresent(i -> out.printf(Locale.ROOT, "  %.4f..%.4f", i.low(), i.high()));
        out.printf("  best %s, worst %s%n", gap.best(), gap.worst());
      }
    }
  }

  private static String words(FoldAccuracy accuracy) {
    return String.format(
        Locale.ROOT,
        "accuracy of %d folds %.4f..%.4f, standard deviation %.4f, standard error %.4f",
        accuracy.folds().size(),
        accuracy.folds().stream().mapToDouble(FoldAccuracy.Fold::accuracy).min().getAsDouble(),
        accuracy.folds().stream().mapToDouble(FoldAccuracy.Fold::accuracy).max().getAsDouble(),
        accuracy.standardDeviation(),
        accuracy.standardError());
  }

  /** For a column of figures; a dash where one is undefined. */
  static String value(OptionalDouble value) {
    return value.isPresent() ? String.format(Locale.ROOT, "%.4f", value.getAsDouble()) : "-";
  }

  /** A median, and in brackets the lowest and the highest of the turns that it is of. */
  static String words(Millis time) {
    return spread(time.ms(), time.msRange(), 2) + " ms";
  }

  /** A median, and in brackets the lowest and the highest of the turns that it is of. */
  static String words(Ratio ratio) {
    return spread(ratio.ratio(), ratio.ratioRange(), 3);
  }

  private static String spread(double median, List<Double> range, int digits) {
    String number = "%." + digits + "f";
    return String.format(
        Locale.ROOT,
        number + " (" + number + ".." + number + ")",
        median,
        range.get(0),
        range.get(1));
  }

  /** After other figures: the most memory that a process took, if it is known. */
  static String memory(Long peak) {
    return peak == null
        ? ""
        : String.format(Locale.ROOT, ", at most %.2f GB of memory", peak / 1e9);
  }

  static void json(PrintWriter out, Object value) {
    out.println(SettingNames.asOptions(Json.text(value)));
    out.flush();
  }
}
