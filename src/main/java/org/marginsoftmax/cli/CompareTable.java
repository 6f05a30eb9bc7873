package org.marginsoftmax.cli;

import java.io.PrintWriter;
import java.util.Locale;
import org.marginsoftmax.eval.Difference;
import org.marginsoftmax.eval.Figure;
import org.marginsoftmax.run.ComparedRun;
import org.marginsoftmax.run.Comparison;

/** A comparison on standard output: a table for each run but the baseline. */
final class CompareTable {
  private CompareTable() {}

  static void print(PrintWriter out, Comparison comparison) {
    ComparedRun baseline = comparison.runs().get(0);
    out.printf(
        Locale.ROOT,
        "%,d test samples of %,d classes from %s%n",
        comparison.testSamples(),
        comparison.classes(),
        comparison.data());
    out.printf("baseline  %s  (%s)%n", baseline.run(), baseline.title());
    for (ComparedRun run : comparison.runs().subList(1, comparison.runs().size())) {
      out.printf("%n%s  (%s)%n", run.run(), run.title());
      run.notes().forEach(note -> out.println("  " + note));
      out.printf(
          "  %-34s %9s %9s %11s  %-19s  %s%n",
          "", "baseline", "value", "difference", "interval of 95 %", "verdict");
      Figure.Kind kind = null;
      for (Difference difference : run.differences()) {
        if (difference.figure().kind() != kind) {
          kind = difference.figure().kind();
          out.println(kind.title());
        }
        String name = difference.figure().key();
        out.printf(
            Locale.ROOT,
            "  %-34s %9s %9s %11s  %-19s  %s%n",
            name,
            Printing.value(baseline.metrics().value(name)),
            Printing.value(run.metrics().value(name)),
            difference.value().isPresent() ? signed(difference.value().getAsDouble()) : "-",
            difference.interval().map(i -> signed(i.low()) + ".." + signed(i.high())).orElse("-"),
            difference.verdict().words());
      }
    }
    out.printf("%n%s%n", comparison.chance());
    if (comparison.page() != null) {
      out.println("page     " + comparison.page());
    }
    out.flush();
  }

  private static String signed(double value) {
    return value == 0 ? "0" : String.format(Locale.ROOT, "%+.4f", value);
  }
}
