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
import org.marginsoftmax.report.Sphere;
import org.marginsoftmax.report.SweepReport;
import org.marginsoftmax.train.Hold;

/** Trains the same network with one margin after the other and shows them side by side. */
public final class Sweep {
  /** Points on each of several spheres on one page. */
  private static final int POINTS = 1_500;

  private Sweep() {}

  /**
   * How a sweep was begun, {@code sweep.config.json}: what going on with it takes where nothing
   * else is said.
   *
   * @param margins trained one after the other
   * @param options of every run, but for the margin
   */
  public record Begun(List<Double> margins, TrainConfig options) {}

  /** The margins that are usual. */
  public static final List<Double> MARGINS = List.of(0.0, 0.1, 0.3, 0.5);

  private static final String CONFIG = "sweep.config.json";

  /** How the sweep in a folder was begun; empty where none is. */
  public static Optional<Begun> begun(RunFolder folder) {
    return folder.read(CONFIG, Begun.class);
  }

  /**
   * What came of it.
   *
   * @param folder with a run folder for each margin, {@code sweep.html} and {@code sweep.json}
   * @param runs those that were trained, by margin
   * @param finished false if it was stopped
   */
  public record Result(Path folder, Map<Double, Train.Result> runs, boolean finished) {}

  /**
   * Trains each margin in a folder of its own below the given one.
   *
   * @param given configuration of every run, but for the margin
   * @param resume whether to go on with a sweep in the folder; finished runs are kept
   * @throws InvalidInputException for anything wrong in the input, before work starts
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
    if (resume) {
      folder.requireThere();
    }
    folder.requireWritable();
    TrainConfig asked = given.withData(given.data().withWholePath());
    RunFolder first = below(folder, margins.get(0));
    TrainConfig read = FromKeras.input(asked, first);
    if (resume) {
      read.data().requireThere(folder.path());
    }
    TrainingData data = TrainingData.of(read.data(), read.loop().seed());
    TrainConfig config = FromKeras.head(read, first, data.train().classes());
    // All margins are looked at before the first is trained.
    for (double margin : margins) {
      Train.network(
          config.withHead(config.head().withMargin(margin)),
          first,
          data.train().shape(),
          Train.counts(data.train()));
    }
    folder.openSweep(resume);
    try (Hold writer = folder.onlyWriter(progress)) {
      folder.write(CONFIG, new Begun(margins, asked));
      return run(config, data, margins, folder, resume, stop, progress);
    }
  }

  private static Result run(
      TrainConfig config,
      TrainingData data,
      List<Double> margins,
      RunFolder folder,
      boolean resume,
      StopSignal stop,
      PrintStream progress) {
    Map<Double, Train.Result> results = new LinkedHashMap<>();
    List<SweepReport.Run> shown = new ArrayList<>();
    int[] coloured = null;
    int[] points = Reports.shown(data, config.loop().seed(), POINTS);
    for (double margin : margins) {
      TrainConfig one = config.withHead(config.head().withMargin(margin));
      progress.println(one.head().title());
      RunFolder below = below(folder, margin);
      Train.Finished trained = Train.train(one, data, below, resume, stop, progress);
      results.put(margin, trained.result());
      if (!trained.result().finished()) {
        return new Result(folder.path(), results, false);
      }
      Sphere sphere = Reports.sphere(trained.scored(), points);
      coloured = coloured == null ? Reports.coloured(trained.scored()) : coloured;
      shown.add(
          new SweepReport.Run("m " + margin, sphere, trained.scored().evaluation().metrics()));
    }
    new SweepReport(
            String.format(
                Locale.ROOT,
                "%s, %d margins on %s",
                config.head().name(),
                margins.size(),
                config.data().shortName()),
            data.train().classNames(),
            coloured,
            shown,
            Reports.thumbnails(data.test(), points))
        .write(folder.path().resolve("sweep.html"));
    Map<String, Object> figures = new LinkedHashMap<>();
    results.forEach(
        (margin, result) ->
            figures.put(String.valueOf(margin), RunArtifacts.json(result.evaluation())));
    folder.write("sweep.json", figures);
    return new Result(folder.path(), results, true);
  }

  private static RunFolder below(RunFolder sweep, double margin) {
    return new RunFolder(sweep.path().resolve("margin-" + margin));
  }
}
