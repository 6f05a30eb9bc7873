package org.marginsoftmax.run;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.data.Hold;
import org.marginsoftmax.train.DivergedException;
import org.marginsoftmax.train.HistoryCsv;
import org.marginsoftmax.train.TrainingState;
import org.marginsoftmax.train.ValidationFigure;

/**
 * Trains runs that differ in some options, one after the other, and ranks them by a figure of their
 * validation samples. Test samples are evaluated, and choose nothing.
 */
public final class Sweep {
  private final SweepPlan plan;
  private final RunFolder folder;
  private final PrintStream progress;
  private final SharedInputs shared = new SharedInputs();
  private final Map<String, SweepRun> runs = new HashMap<>();
  private final SweepPage page;
  private final SweepClock clock = new SweepClock();

  private Sweep(SweepPlan plan, RunFolder folder, PrintStream progress) {
    this.plan = plan;
    this.folder = folder;
    this.progress = progress;
    page = new SweepPage(plan, folder, progress);
  }

  /** The configuration that the sweep in a folder was started with; empty if there is no sweep. */
  public static Optional<SweepConfig> config(RunFolder folder) {
    return SweepPlan.read(folder).map(SweepPlan::config);
  }

  /**
   * The result of a sweep, and the content of {@code sweep.json}.
   *
   * @param folder with a run folder for each point, {@code sweep.html} and {@code sweep.json}
   * @param finished false if the sweep was stopped
   * @param rankBy the validation figure that ranks, by its name in {@code history.csv}
   * @param higherIsBetter of that figure
   * @param configurations the best first
   */
  public record Result(
      Path folder,
      boolean finished,
      String rankBy,
      boolean higherIsBetter,
      List<RankedConfiguration> configurations) {}

  /**
   * Trains one run for each point, in a sub-folder of the given folder. A run whose loss becomes
   * NaN or infinite is ranked last, and the others go on.
   *
   * @param resume whether to continue the sweep in the folder; finished runs are kept, and so are
   *     those that failed
   * @throws InvalidInputException for any mistake in the input, before training starts
   */
  @SuppressWarnings("try") // the folder is held, not used
  public static Result run(
      SweepConfig config, RunFolder folder, boolean resume, StopSignal stop, PrintStream progress) {
    folder.requireUsable(resume);
    Optional<SweepPlan> earlier = resume ? SweepPlan.read(folder) : Optional.empty();
    SweepPlan plan = SweepPlan.of(config, earlier);
    Sweep sweep = new Sweep(plan, folder, progress);
    plan.points().forEach(point -> sweep.check(point, resume));
    folder.openSweep(resume);
    try (Hold writer = RunLock.acquire(folder.path(), progress)) {
      plan.write(folder);
      return sweep.run(stop);
    }
  }

  private RunFolder below(SweepPoint point) {
    return new RunFolder(folder.path().resolve(point.folder()));
  }

  /** The run of a point, which has not started, or not ended. */
  private ResolvedRun resolved(SweepPoint point) {
    TrainConfig asked = Train.withWholePaths(plan.config().at(point.values()));
    ResolvedRun run = ResolvedRun.of(asked, below(point), shared, progress);
    return run.measuring(figure(run.config()));
  }

  private ValidationFigure figure(TrainConfig config) {
    return BestBy.named("rank by", plan.rankBy(), config.loop().seed());
  }

  /** Refuses a run before the first is trained. */
  private void check(SweepPoint point, boolean resume) {
    if (resume) {
      plan.config().at(point.values()).data().requireThere(folder.path());
    }
    ResolvedRun run = resolved(point);
    Check.refuseIfStrict(run);
    AllowedValues.require(
        run.data().validation().size() > 0,
        "validation",
        "samples to rank the runs by",
        "none",
        "hold some out with `validation` 0.05");
    BestBy.requireDefined(
        "rank by", figure(run.config()), run.data().validation(), run.config().loop().seed());
    if (resume) {
      below(point)
          .config()
          .ifPresent(
              begun ->
                  ResumeCheck.check(
                      begun,
                      new RunRecord(run.config(), run.data().record(), Versions.current()),
                      below(point).path()));
    }
  }

  private Result run(StopSignal stop) {
    Path file = folder.path().resolve("sweep.json");
    Map<String, String> failures = SweepRun.failures(file);
    for (SweepPoint point : plan.points()) {
      Path path = below(point).path();
      runs.put(
          point.folder(),
          failures.containsKey(point.folder())
              ? SweepRun.failed(path, point.values(), failures.get(point.folder()))
              : SweepRun.waiting(path, point.values()));
    }
    for (int i = 0; i < plan.points().size(); i++) {
      SweepPoint point = plan.points().get(i);
      if (!failures.containsKey(point.folder())) {
        if (stop.getAsBoolean()) {
          return result();
        }
        SweepRun run = trained(point, i, stop);
        if (run.status() == SweepRun.Status.WAITING) {
          return result();
        }
        runs.put(point.folder(), run);
        Json.write(file, result());
      }
    }
    Result result = result();
    Json.write(file, result);
    page.write(result.configurations(), result.higherIsBetter(), this::resolved);
    return result;
  }

  private Result result() {
    boolean higher = figure(plan.options()).higherIsBetter();
    List<SweepRun> inOrder = plan.points().stream().map(point -> runs.get(point.folder())).toList();
    return new Result(
        folder.path(),
        inOrder.stream().noneMatch(r -> r.status() == SweepRun.Status.WAITING),
        plan.rankBy(),
        higher,
        RankedConfiguration.rank(inOrder, higher));
  }

  private SweepRun trained(SweepPoint point, int number, StopSignal stop) {
    ResolvedRun run = resolved(point);
    if (isFinished(run)) {
      return finished(point, run);
    }
    progress.printf(
        "run %d of %d: %s%s%n",
        number + 1, plan.points().size(), SweepPoints.title(point.values()), clock.left(left()));
    clock.begin();
    try {
      Train.Finished trained = Train.train(run, run.folder().config().isPresent(), stop, progress);
      if (!trained.result().finished()) {
        return runs.get(point.folder());
      }
      clock.end();
      page.keep(run, trained.test());
      return finished(point, run);
    } catch (DivergedException e) {
      clock.end();
      progress.println(e.getMessage());
      return SweepRun.failed(
          run.folder().path(),
          point.values(),
          OptionNames.written(e.getMessage(), UnaryOperator.identity()));
    }
  }

  /** Number of runs that are still to be trained, with the one that begins. */
  private long left() {
    return plan.points().stream()
        .filter(p -> runs.get(p.folder()).status() == SweepRun.Status.WAITING)
        .filter(p -> !RunArtifacts.areIn(below(p)))
        .count();
  }

  /** Whether a run has ended, and has not got more epochs since. */
  private static boolean isFinished(ResolvedRun run) {
    if (!RunArtifacts.areIn(run.folder())) {
      return false;
    }
    TrainingState state = run.folder().checkpoints().latest().orElse(TrainingState.start());
    return state.step() >= run.plan().steps() || run.validation().stops(state, run.plan());
  }

  /** How a run ended, from its folder: the same for one that was trained just now or earlier. */
  private SweepRun finished(SweepPoint point, ResolvedRun run) {
    TrainingState state = run.folder().checkpoints().latest().orElseThrow();
    double figure =
        run.validation().figure().name().equals(plan.rankBy())
            ? state.bestFigure()
            : HistoryCsv.read(run.folder().history()).stream()
                .filter(row -> row.step().step() == state.bestStep())
                .map(row -> row.validation().get(plan.rankBy()))
                .findFirst()
                .orElse(Double.NaN);
    return new SweepRun(
        run.folder().path(),
        point.values(),
        SweepRun.Status.FINISHED,
        Double.isNaN(figure) ? null : Double.valueOf(figure),
        state.bestStep(),
        null,
        RunArtifacts.metrics(run.folder()));
  }
}
