package org.marginsoftmax.run;

import java.io.PrintStream;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.marginsoftmax.eval.Protocol;
import org.marginsoftmax.report.Sphere;
import org.marginsoftmax.report.SweepReport;
import org.marginsoftmax.report.Thumbnails;
import org.marginsoftmax.train.ScoringGraph;

/** Turns the runs of a sweep into {@code sweep.html}. */
final class SweepPage {
  /** Most spheres on the page. */
  private static final int SPHERES = 12;

  /** Largest number of points on each of several spheres on one page. */
  private static final int POINTS = 1_500;

  private final SweepPlan plan;
  private final RunFolder folder;
  private final PrintStream progress;
  private final Map<String, Seen> kept = new HashMap<>();

  /**
   * The test samples as a run sees them.
   *
   * @param of the samples
   * @param points indices of those on the sphere
   */
  private record Seen(
      DataConfig of,
      List<String> names,
      int classes,
      int[] coloured,
      int[] points,
      Sphere sphere) {}

  SweepPage(SweepPlan plan, RunFolder folder, PrintStream progress) {
    this.plan = plan;
    this.folder = folder;
    this.progress = progress;
  }

  /**
   * Keeps the sphere of a run that was trained just now.
   *
   * @param test null without test samples
   */
  void keep(ResolvedRun run, TestEvaluation test) {
    if (test != null) {
      kept.put(run.folder().path().getFileName().toString(), seen(run, test));
    }
  }

  private static Seen seen(ResolvedRun run, TestEvaluation test) {
    int[] points = Reports.points(test, run.config().loop().seed(), POINTS);
    return new Seen(
        run.config().data(),
        test.shown().names(run.data().train().classNames()),
        run.data().train().classes(),
        Reports.coloured(test),
        points,
        Spheres.of(test).sphere(points));
  }

  /**
   * Writes the page.
   *
   * @param configurations the best first
   * @param resolve the run of a point
   */
  void write(
      List<RankedConfiguration> configurations,
      boolean higherIsBetter,
      Function<SweepPoint, ResolvedRun> resolve) {
    List<String> names = RankedConfiguration.options(configurations);
    Map<SweepRun, Seen> best = best(configurations, resolve);
    Seen first = best.isEmpty() ? null : best.values().iterator().next();
    new SweepReport(
            "%d runs on %s".formatted(plan.points().size(), plan.options().data().shortName()),
            plan.rankBy().replace('_', ' '),
            higherIsBetter,
            names.stream().map(OptionNames::of).toList(),
            configurations.stream().map(c -> row(c, names)).toList(),
            first == null ? List.of() : first.names(),
            first == null ? 0 : first.classes(),
            first == null ? new int[0] : first.coloured(),
            best.entrySet().stream()
                .map(e -> run(e.getKey(), e.getValue(), configurations))
                .toList(),
            first == null ? null : thumbnails(best, first, resolve))
        .write(folder.path().resolve("sweep.html"));
  }

  private static SweepReport.Row row(RankedConfiguration of, List<String> names) {
    return new SweepReport.Row(
        of.rank(),
        names.stream().map(name -> shown(of.values().get(name))).toList(),
        of.validation(),
        of.deviation(),
        of.runs().size(),
        of.runs().stream()
            .map(SweepRun::reason)
            .filter(Objects::nonNull)
            .findFirst()
            .map(reason -> "failed: " + reason)
            .orElse(null));
  }

  /** A number as one, for a plot; anything else as text; empty for an option that was left out. */
  private static Object shown(Object value) {
    return value == null ? "" : value instanceof Number ? value : SweepPoints.text(value);
  }

  private static SweepReport.Run run(
      SweepRun run, Seen seen, List<RankedConfiguration> configurations) {
    int rank =
        configurations.stream()
            .filter(c -> c.runs().contains(run))
            .map(RankedConfiguration::rank)
            .findFirst()
            .orElseThrow();
    return new SweepReport.Run(
        rank + ": " + SweepPoints.title(run.values()), seen.sphere(), run.testMetrics().metrics());
  }

  /**
   * A run of each of the best configurations, all on the same test samples: of one seed, since the
   * test samples may be drawn, too.
   */
  private Map<SweepRun, Seen> best(
      List<RankedConfiguration> configurations, Function<SweepPoint, ResolvedRun> resolve) {
    List<SweepRun> finished =
        configurations.stream()
            .flatMap(c -> c.runs().stream())
            .filter(run -> run.testMetrics() != null)
            .toList();
    Map<SweepRun, Seen> best = new LinkedHashMap<>();
    for (SweepRun run : finished) {
      boolean sameSeed = seed(run).equals(seed(finished.get(0)));
      if (sameSeed && best.size() < SPHERES) {
        Seen seen =
            kept.computeIfAbsent(
                run.run().getFileName().toString(), name -> again(resolve.apply(point(run))));
        if (best.isEmpty() || seen.of().equals(best.values().iterator().next().of())) {
          best.put(run, seen);
        }
      }
    }
    return best;
  }

  private Object seed(SweepRun run) {
    return run.values().getOrDefault(SweepConfig.SEED, plan.options().loop().seed());
  }

  private SweepPoint point(SweepRun run) {
    return plan.points().stream()
        .filter(p -> run.run().getFileName().toString().equals(p.folder()))
        .findFirst()
        .orElseThrow();
  }

  /** Of a run that an earlier session trained. */
  private Seen again(ResolvedRun run) {
    try (TrainedRun trained = TrainedRun.open(run.folder().path(), progress);
        ScoringGraph graph = trained.restore(run.config().loop().session())) {
      return seen(
          run,
          TestEvaluation.of(
              graph,
              run.data().train(),
              run.data().test(),
              // Its figures are in metrics.json: what is wanted is the sphere.
              Protocol.quick(run.config().loop().seed()),
              progress));
    }
  }

  private Thumbnails thumbnails(
      Map<SweepRun, Seen> best, Seen first, Function<SweepPoint, ResolvedRun> resolve) {
    ResolvedRun run = resolve.apply(point(best.keySet().iterator().next()));
    return SampleImages.of(run.data().test(), first.points());
  }
}
