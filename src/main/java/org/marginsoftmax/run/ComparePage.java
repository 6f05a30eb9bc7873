package org.marginsoftmax.run;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.marginsoftmax.report.CompareReport;

/** Turns a comparison into {@code compare.html}. */
final class ComparePage {
  private ComparePage() {}

  static CompareReport of(Comparison comparison) {
    List<Path> paths = comparison.runs().stream().map(ComparedRun::run).toList();
    return new CompareReport(
        "%d runs compared".formatted(comparison.runs().size()),
        String.format(
            Locale.ROOT,
            "On the same %,d test samples of %,d classes from %s, with the same draws and %s. Differences are to the first run, the baseline.",
            comparison.testSamples(),
            comparison.classes(),
            comparison.data(),
            comparison.replicates() == 0
                ? "no bootstrap, so no intervals"
                : String.format(
                    Locale.ROOT, "the same %,d bootstrap replicates", comparison.replicates())),
        comparison.chance(),
        comparison.runs().stream()
            .map(
                run ->
                    new CompareReport.Run(
                        name(run.run(), paths),
                        run.title(),
                        run.configuration(),
                        run.metrics().metrics(),
                        run.differences() == null ? List.of() : run.differences(),
                        run.notes()))
            .toList());
  }

  /** The folder's name, or its whole path where another has the same name. */
  private static String name(Path path, List<Path> all) {
    Path last = path.normalize().getFileName();
    return last == null || all.stream().filter(p -> p.normalize().endsWith(last)).count() > 1
        ? path.toString()
        : last.toString();
  }
}
