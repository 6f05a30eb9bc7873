package org.marginsoftmax.run;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.marginsoftmax.FileTrouble;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.cluster.Chief;
import org.marginsoftmax.cluster.Cluster;
import org.marginsoftmax.data.Hold;
import org.marginsoftmax.data.Mixer;
import org.marginsoftmax.eval.Evaluation;
import org.marginsoftmax.train.AlarmListener;
import org.marginsoftmax.train.Checkpoints;
import org.marginsoftmax.train.ExpectedLoss;
import org.marginsoftmax.train.HistoryCsv;
import org.marginsoftmax.train.Network;
import org.marginsoftmax.train.Processes;
import org.marginsoftmax.train.ProgressListener;
import org.marginsoftmax.train.TensorBoardEvents;
import org.marginsoftmax.train.Trainer;
import org.marginsoftmax.train.TrainingGraph;
import org.marginsoftmax.train.TrainingListener;
import org.marginsoftmax.train.TrainingMemory;
import org.marginsoftmax.train.TrainingState;

/** Trains a run: takes a configuration and fills a run folder. */
public final class Train {
  private Train() {}

  /**
   * The result of training.
   *
   * @param run folder
   * @param finished false if training was stopped before its last step
   * @param steps taken in total, earlier sessions included
   * @param bestStep step of the checkpoint that was evaluated and exported; null if not finished
   * @param evaluation metrics on the test samples; null if not finished, or without test samples
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Result(
      Path run,
      boolean finished,
      long steps,
      Long bestStep,
      @JsonProperty("metrics") Evaluation evaluation) {}

  /**
   * Trains, evaluates the best checkpoint, and writes metrics, report and model.
   *
   * @param resume whether to continue the run in the folder; it starts over if it has no checkpoint
   * @param progress gets progress and warnings
   * @throws InvalidInputException for any mistake in the configuration, the data or the folder,
   *     before training starts
   */
  public static Result run(
      TrainConfig config, RunFolder folder, boolean resume, StopSignal stop, PrintStream progress) {
    folder.requireUsable(resume);
    TrainConfig asked = withWholePaths(config);
    if (resume) {
      asked.data().requireThere(folder.path());
    }
    return train(ResolvedRun.of(asked, folder, progress), resume, stop, progress).result();
  }

  /** A copy whose data and cluster are found from any working directory. */
  static TrainConfig withWholePaths(TrainConfig config) {
    TrainConfig whole = config.withData(config.data().withWholePath());
    if (whole.loop().cluster() == null) {
      return whole;
    }
    Path cluster = Path.of(whole.loop().cluster()).toAbsolutePath();
    return whole.with(Map.of("loop.cluster", cluster.toString()));
  }

  /**
   * The result of a run, with its test samples as the network sees them.
   *
   * @param test null if the run was stopped, or has no test samples
   */
  record Finished(Result result, TestEvaluation test) {}

  static Finished train(ResolvedRun run, boolean resume, StopSignal stop, PrintStream progress) {
    LoopConfig loop = run.config().loop();
    if (loop.cluster() == null) {
      return train(run, Processes.one(loop.session()), resume, stop, progress);
    }
    try (Chief chief =
        Chief.of(
            Cluster.read(Path.of(loop.cluster())),
            Versions.ofLibraries(),
            loop.session(),
            progress)) {
      chief.requireRoom(run.room()::ofWorker);
      return chief.guard(
          () -> {
            if (run.network().backbone().divides() && run.epochs().mixer() == Mixer.NONE) {
              chief.read(Json.text(SamplesConfig.of(run.config())), run.data().hash());
            }
            return train(run, chief, resume, stop, progress);
          });
    }
  }

  @SuppressWarnings("try") // the folder is held, not used
  private static Finished train(
      ResolvedRun run, Processes processes, boolean resume, StopSignal stop, PrintStream progress) {
    TrainConfig config = run.config();
    RunFolder folder = run.folder();
    if (config.batches().classesPerBatch() != null) {
      progress.printf(
          "batch size %d: %d classes, %d samples of each%n",
          config.loop().batchSize(),
          config.batches().classesPerBatch(),
          config.batches().samplesPerClass());
    } else if (config.loop().batchSize() < run.asked().loop().batchSize()) {
      progress.printf(
          "batch size %d, all training samples, for there are fewer than the usual %d%n",
          config.loop().batchSize(), run.asked().loop().batchSize());
    }
    Check.refuseIfStrict(run);
    RunRecord record = new RunRecord(config, run.data().record(), Versions.current());
    run.room().memory().reserve();
    TrainingGraph graph =
        new TrainingGraph(
            run.network(),
            config.optimizer().update(config.loop().accumulate()),
            config.loop().seed(),
            processes,
            run.epochs().sampler().needsNeighbors(),
            run.epochs().mixer() != Mixer.NONE);
    boolean made = !Files.exists(folder.path());
    try (Hold writer = opened(folder, resume, graph, progress);
        Closing leftovers = () -> folder.removeLeftovers(made)) {
      TrainingState state;
      try (graph) {
        TrainingState from = begin(run, record, graph, resume, progress);
        say(run, graph, from, progress);
        state = steps(run, processes, graph, from, stop, progress);
      }
      if (state.step() < run.plan().steps()) {
        if (!run.validation().stops(state, run.plan())) {
          return new Finished(new Result(folder.path(), false, state.step(), null, null), null);
        }
        sayStopped(run, state, progress);
      }
      Checkpoints.Best best =
          new Checkpoints.Best(
              state.bestStep(), folder.checkpoints().variables(state.bestStep()), null);
      TestEvaluation test =
          RunArtifacts.write(
              new TrainedRun(folder, record, run.network(), best, progress), run.data());
      run.room().write(folder.path().resolve("memory.json"));
      if (test == null) {
        progress.println(
            "no test samples, so no metrics and no report; give evaluate some with `data`");
      }
      return new Finished(
          new Result(
              folder.path(),
              true,
              state.step(),
              state.bestStep(),
              test == null ? null : test.evaluation()),
          test);
    }
  }

  /** Checks and prepares the folder, and returns the state that training starts or resumes from. */
  private static TrainingState begin(
      ResolvedRun run,
      RunRecord record,
      TrainingGraph graph,
      boolean resume,
      PrintStream progress) {
    RunFolder folder = run.folder();
    Optional<RunRecord> earlier = folder.config();
    if (earlier.isPresent()) {
      ResumeCheck.check(earlier.get(), record, folder.path());
    }
    Checkpoints checkpoints = folder.checkpoints();
    TrainingState from = checkpoints.latest().orElse(TrainingState.start());
    ResumeCheck.check(run.plan(), from.step(), folder.path());
    DiskSpace.check(folder.path(), graph.checkpointBytes());
    if (from.step() == 0) {
      folder.requireUntrained();
      if (resume) {
        progress.println(folder.path() + ": no checkpoint to go on from, it begins anew");
      }
      graph.initialize();
    } else {
      checkpoints.restore(graph, from);
    }
    folder.inputs().keep(run.config(), run.initial() == null ? Map.of() : run.initial().files());
    folder.writeConfig(record);
    checkpoints.begin();
    return from;
  }

  private static void say(
      ResolvedRun run, TrainingGraph graph, TrainingState from, PrintStream progress) {
    TrainingData data = run.data();
    progress.printf(
        Locale.ROOT,
        "%,d training, %,d validation and %,d test samples of %,d classes; %,d parameters; step %,d of %,d%n",
        data.train().size(),
        data.validation().size(),
        data.test().size(),
        run.network().classes(),
        graph.parameters(),
        from.step(),
        run.plan().steps());
    if (run.network().classesPerStep() < run.network().classes()) {
      progress.printf(
          Locale.ROOT,
          "a step has %,d of the classes: loss and accuracy of training are over these, so the loss is below that over all; validation is over all%n",
          run.network().classesPerStep());
    }
    if (run.initial() != null && from.step() == 0) {
      progress.println(run.initial().said(data.train().classNames()));
    }
    KerasSetup.say(run.config(), run.network(), progress);
    ProcessorUnits.say(run.network().precision(), progress);
    progress.println(run.room().memory().said());
    int workers = run.room().plan().workers();
    if (workers > 0) {
      progress.printf(
          Locale.ROOT,
          "memory of each of %d workers: about %,d MB at the peak%n",
          workers,
          TrainingMemory.megabytes(run.room().ofWorker(SystemMemory.resident())));
    }
    run.check().warnings().forEach(warning -> progress.println("warning, " + warning));
  }

  private static void sayStopped(ResolvedRun run, TrainingState state, PrintStream progress) {
    progress.printf(
        Locale.ROOT,
        "stopped after step %,d of %,d: no better validation %s than the %.4f of step %,d in %d epochs%n",
        state.step(),
        run.plan().steps(),
        run.validation().figure().name(),
        state.bestFigure(),
        state.improvedStep(),
        run.validation().patience());
  }

  private interface Closing extends AutoCloseable {
    @Override
    void close();
  }

  /** Makes this process the folder's only writer. If that fails, the graph is closed. */
  private static Hold opened(
      RunFolder folder, boolean resume, TrainingGraph graph, PrintStream progress) {
    try {
      folder.open(resume);
      return RunLock.acquire(folder.path(), progress);
    } catch (RuntimeException e) {
      graph.close();
      throw e;
    }
  }

  private static TrainingState steps(
      ResolvedRun run,
      Processes processes,
      TrainingGraph graph,
      TrainingState from,
      StopSignal stop,
      PrintStream progress) {
    RunFolder folder = run.folder();
    Network network = run.network();
    stop.trainingBegins();
    try (TrainingListener history =
            HistoryCsv.open(folder.history(), from.step(), run.validation().figures());
        TrainingListener events = TensorBoardEvents.open(folder.path(), from.step());
        TrainingListener growth =
            GrowthFiles.open(
                folder.growth(),
                run.plan().epoch(from.step()),
                GrowthFiles.drawn(run.data(), run.config().loop().seed()),
                graph::embed);
        TrainingListener first = new FirstLoss(progress, run.check());
        TrainingListener bar =
            new ProgressListener(progress, run.plan(), from.step(), System.console() != null);
        TrainingListener alarm =
            new AlarmListener(
                network.classesPerStep(),
                run.config().loop().alarmAfter(),
                (strength, share) ->
                    ExpectedLoss.of(
                        network.head(),
                        network.classesPerStep(),
                        graph.dimension(),
                        strength,
                        share),
                line -> alarmed(folder, line, progress))) {
      List<TrainingListener> listeners =
          new ArrayList<>(List.of(history, events, first, bar, alarm, growth));
      if (processes instanceof Chief chief) {
        listeners.add(chief.slowWorkers(graph, progress::println));
      }
      return new Trainer(graph, run.plan(), folder.checkpoints(), listeners)
          .run(run.epochs(), run.validation(), from, stop);
    } finally {
      stop.trainingEnds();
    }
  }

  /**
   * Prints an alarm and adds it to {@code alarms.txt}, with settings as plain words, for users who
   * were not watching.
   */
  private static void alarmed(RunFolder folder, String line, PrintStream progress) {
    progress.println(line);
    try {
      Files.writeString(
          folder.path().resolve("alarms.txt"),
          OptionNames.written(line, UnaryOperator.identity()) + "\n",
          StandardOpenOption.CREATE,
          StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw FileTrouble.with(folder.path(), e);
    }
  }
}
