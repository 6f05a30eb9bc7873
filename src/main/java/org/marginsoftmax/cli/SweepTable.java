package org.marginsoftmax.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.marginsoftmax.run.OptionNames;
import org.marginsoftmax.run.RankedConfiguration;
import org.marginsoftmax.run.Sweep;
import org.marginsoftmax.run.SweepRun;

/** The ranking of a sweep on standard output. */
final class SweepTable {
  private SweepTable() {}

  static void print(PrintWriter out, boolean json, Sweep.Result result) {
    if (json) {
      Printing.json(out, result);
    } else if (result.finished()) {
      ranking(out, result);
      out.println();
      best(out, result);
      out.println("page     " + result.folder().resolve("sweep.html"));
    } else {
      out.println("stopped; go on with --resume --out " + result.folder());
    }
    out.flush();
  }

  private static void ranking(PrintWriter out, Sweep.Result result) {
    List<String> options = RankedConfiguration.options(result.configurations());
    List<List<String>> rows = new ArrayList<>();
    List<String> head = new ArrayList<>(List.of("rank"));
    options.forEach(name -> head.add(OptionNames.of(name)));
    head.add("validation " + result.rankBy());
    rows.add(head);
    for (RankedConfiguration each : result.configurations()) {
      List<String> row = new ArrayList<>(List.of(String.valueOf(each.rank())));
      options.forEach(name -> row.add(text(each.values().get(name))));
      row.add(figure(each));
      rows.add(row);
    }
    int[] widths =
        IntStream.range(0, head.size())
            .map(k -> rows.stream().mapToInt(row -> row.get(k).length()).max().orElse(0))
            .toArray();
    for (List<String> row : rows) {
      out.println(
          IntStream.range(0, widths.length)
              .mapToObj(k -> row.get(k) + " ".repeat(widths[k] - row.get(k).length()))
              .collect(Collectors.joining("  "))
              .stripTrailing());
    }
  }

  private static String text(Object value) {
    return value == null ? "-" : value.toString();
  }

  /** Such as {@code 0.9120 ± 0.0031 (3 seeds)}. */
  private static String figure(RankedConfiguration of) {
    long failed = of.runs().stream().filter(r -> r.status() == SweepRun.Status.FAILED).count();
    return (of.validation() == null ? "-" : String.format(Locale.ROOT, "%.4f", of.validation()))
        + (of.deviation() == null ? "" : String.format(Locale.ROOT, " ± %.4f", of.deviation()))
        + (of.runs().size() == 1 ? "" : " (%d seeds)".formatted(of.runs().size()))
        + (failed == 0 ? "" : of.runs().size() == 1 ? " failed" : " %d failed".formatted(failed));
  }

  private static void best(PrintWriter out, Sweep.Result result) {
    SweepRun best = result.configurations().get(0).runs().get(0);
    out.println("best     " + best.run());
    if (best.testMetrics() != null) {
      out.println("its figures on the test samples, which are not used for the ranking:");
      Printing.figures(out, best.testMetrics());
    }
  }
}
