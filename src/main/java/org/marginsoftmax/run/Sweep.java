package org.marginsoftmax.run;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.data.Hold;
import org.marginsoftmax.report.Sphere;
import org.marginsoftmax.report.SweepReport;

/** Trains the same network with several margins, one after the other, and compares the results. */
public final class Sweep {
  /** Largest number of points on each of several spheres on one page. */
  private static final int POINTS = 1_500;

  private Sweep() {}

  private static final String CONFIG = "sweep.config.json";

  /** The configuration that the sweep in a folder was started with; empty if there is no sweep. */
  public static Optional<SweepConfig> config(RunFolder folder) {
    return Json.read(folder.path().resolve(CONFIG), SweepConfig.class, TrainConfig::complete);
  }

  /**
   * The result of a sweep.
   *
   * @param folder with a run folder for each margin, {@code sweep.html} and {@code sweep.json}
   * @param finished false if the sweep was stopped
   * @param runs the runs trained so far, by margin
   */
  public record Result(Path folder, boolean finished, Map<Double, Train.Result> runs) {}

  /**
   * Trains one run for each margin, in a sub-folder of the given folder.
   *
   * @param given configuration of every run, apart from the margin
   * @param margins at least one, all different
   * @param resume whether to continue the sweep in the folder; finished runs are kept
   * @throws InvalidInputException for any mistake in the input, before training starts
   */
  @SuppressWarnings("try") // the folder is held, not used
  public static Result run(
      TrainConfig given,
      List<Double> margins,
      RunFolder folder,
      boolean resume,
      StopSignal stop,
      PrintStream progress) {
    if (margins.isEmpty() || margins.stream().distinct().count() != margins.size()) {
      throw new InvalidInputException(
          "margins: expected different ones, found " + margins + "; say 0,0.1,0.3,0.5");
    }
    folder.requireUsable(resume);
    TrainConfig asked = given.withData(given.data().withWholePath());
    if (resume) {
      asked.data().requireThere(folder.path());
    }
    List<ResolvedRun> runs = resolve(asked, margins, folder, progress);
    runs.forEach(Check::refuseIfStrict);
    if (runs.get(0).data().test().size() == 0) {
      throw new InvalidInputException(
          "test share: expected test samples to compare margins on, found none; leave `test-share` 0 out, or train one margin");
    }
    folder.openSweep(resume);
    try (Hold writer = RunLock.acquire(folder.path(), progress)) {
      Json.write(
          folder.path().resolve(CONFIG),
          new SweepConfig(margins, asked.withBackbone(runs.get(0).config().backbone())));
      return run(runs, margins, folder, resume, stop, progress);
    }
  }

  /** Prepares a run for each margin before the first is trained; data and models are read once. */
  private static List<ResolvedRun> resolve(
      TrainConfig asked, List<Double> margins, RunFolder folder, PrintStream progress) {
    List<ResolvedRun> runs = new ArrayList<>();
    for (double margin : margins) {
      RunFolder below = new RunFolder(folder.path().resolve("margin-" + margin));
      runs.add(
          runs.isEmpty()
              ? ResolvedRun.of(asked.with(Map.of("head.margin", margin)), below, progress)
              : runs.get(0).withMargin(margin, below));
    }
    return runs;
  }

  private static Result run(
      List<ResolvedRun> runs,
      List<Double> margins,
      RunFolder folder,
      boolean resume,
      StopSignal stop,
      PrintStream progress) {
    Map<Double, Train.Result> results = new LinkedHashMap<>();
    List<SweepReport.Run> shown = new ArrayList<>();
    TrainConfig config = runs.get(0).config();
    TrainingData data = runs.get(0).data();
    TestEvaluation first = null;
    for (int i = 0; i < runs.size(); i++) {
      double margin = margins.get(i);
      progress.println(runs.get(i).config().head().title());
      Train.Finished trained = Train.train(runs.get(i), resume, stop, progress);
      results.put(margin, trained.result());
      if (!trained.result().finished()) {
        return new Result(folder.path(), false, results);
      }
      first = first == null ? trained.test() : first;
      Sphere sphere =
          Reports.sphere(
              trained.test(), Reports.points(trained.test(), config.loop().seed(), POINTS));
      shown.add(new SweepReport.Run("m " + margin, sphere, trained.test().evaluation().metrics()));
    }
    new SweepReport(
            String.format(
                Locale.ROOT,
                "%s, %d margins on %s",
                config.head().name(),
                margins.size(),
                config.data().shortName()),
            first.shown().names(data.train().classNames()),
            data.train().classes(),
            Reports.coloured(first),
            shown,
            Reports.thumbnails(data.test(), Reports.points(first, config.loop().seed(), POINTS)))
        .write(folder.path().resolve("sweep.html"));
    Map<Double, Map<String, RunArtifacts.Defined>> metrics = new LinkedHashMap<>();
    results.forEach(
        (margin, result) -> metrics.put(margin, RunArtifacts.defined(result.evaluation())));
    Json.write(folder.path().resolve("sweep.json"), metrics);
    return new Result(folder.path(), true, results);
  }
}
