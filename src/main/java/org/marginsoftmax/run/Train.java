package org.marginsoftmax.run;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.marginsoftmax.FileTrouble;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.data.ElementSpec;
import org.marginsoftmax.data.Samples;
import org.marginsoftmax.eval.Evaluation;
import org.marginsoftmax.layer.Head;
import org.marginsoftmax.train.AlarmListener;
import org.marginsoftmax.train.Checkpoints;
import org.marginsoftmax.train.Device;
import org.marginsoftmax.train.ExpectedLoss;
import org.marginsoftmax.train.HistoryCsv;
import org.marginsoftmax.train.Hold;
import org.marginsoftmax.train.Network;
import org.marginsoftmax.train.Optimizer;
import org.marginsoftmax.train.ProgressListener;
import org.marginsoftmax.train.TensorBoardEvents;
import org.marginsoftmax.train.Trainer;
import org.marginsoftmax.train.TrainingCheck;
import org.marginsoftmax.train.TrainingGraph;
import org.marginsoftmax.train.TrainingListener;
import org.marginsoftmax.train.TrainingPlan;
import org.marginsoftmax.train.TrainingState;
import org.tensorflow.proto.ConfigProto;

/** Trains a run: from a configuration to a run folder. */
public final class Train {
  private Train() {}

  /**
   * What came of it.
   *
   * @param run folder
   * @param finished false if it was stopped before its last step
   * @param steps taken, earlier sessions included
   * @param bestStep step of the checkpoint that was evaluated and exported; null if not finished
   * @param evaluation figures on the test samples; null if not finished
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Result(
      Path run,
      boolean finished,
      long steps,
      Long bestStep,
      @JsonProperty("metrics") Evaluation evaluation) {}

  /**
   * Trains, evaluates the best checkpoint and writes figures, page and model.
   *
   * @param resume whether to go on with the run in the folder, or anew where it reached no
   *     checkpoint
   * @param progress where to tell how it goes
   * @throws InvalidInputException for anything wrong in the configuration, the data or the folder,
   *     before work starts
   */
  public static Result run(
      TrainConfig config, RunFolder folder, boolean resume, StopSignal stop, PrintStream progress) {
    if (resume) {
      folder.requireThere();
    }
    folder.requireWritable();
    TrainConfig read = FromKeras.input(config.withData(config.data().withWholePath()), folder);
    if (resume) {
      read.data().requireThere(folder.path());
    }
    TrainingData data = TrainingData.of(read.data(), read.loop().seed());
    TrainConfig whole = FromKeras.head(read, folder, data.train().classes());
    return train(whole, data, folder, resume, stop, progress).result();
  }

  /**
   * A run with what it knows of its test samples.
   *
   * @param scored null if the run was stopped
   */
  record Finished(Result result, TestEvaluation scored) {}

  @SuppressWarnings("try") // the folder is held, not used
  static Finished train(
      TrainConfig given,
      TrainingData data,
      RunFolder folder,
      boolean resume,
      StopSignal stop,
      PrintStream progress) {
    // Everything that can be refused is looked at before the folder is touched.
    TrainConfig config = given.withLoop(given.loop().fitting(data.train().size()));
    if (config.loop().batchSize() < given.loop().batchSize()) {
      progress.printf(
          "batch size %d, all training samples, for there are fewer than the usual %d%n",
          config.loop().batchSize(), given.loop().batchSize());
    }
    Optimizer optimizer = config.optimizer().optimizer();
    ConfigProto session = Device.parse(config.loop().device()).session(config.loop().threads());
    Network network =
        FromKeras.withFirstCenters(
            network(config, folder, data.train().element(), counts(data.train())),
            config.keras(),
            folder);
    TrainingPlan plan = plan(config, network.head(), data.train().size());
    TrainingCheck check = Check.of(config, data, network);
    if (config.loop().strict()) {
      Check.refuseWarnings(check);
    }
    RunRecord record = new RunRecord(config, data.record(), Versions.current());

    TrainingGraph graph =
        new TrainingGraph(
            network, optimizer, config.optimizer().clipNorm(), config.loop().seed(), session);
    boolean made = !Files.exists(folder.path());
    try (Hold writer = opened(folder, resume, graph, progress);
        Closing leftovers = () -> folder.removeLeftovers(made)) {
      TrainingState state;
      try (graph) {
        Optional<RunRecord> earlier = folder.config();
        if (earlier.isPresent()) {
          ResumeCheck.check(earlier.get(), record, folder.path());
        }
        Checkpoints checkpoints = folder.checkpoints();
        TrainingState from = checkpoints.latest().orElse(TrainingState.start());
        ResumeCheck.check(plan, from.step(), folder.path());
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
        folder.keep(config);
        folder.writeConfig(record);
        checkpoints.begin();
        progress.printf(
            Locale.ROOT,
            "%,d training, %,d validation and %,d test samples of %,d classes; %,d parameters; step %,d of %,d%n",
            data.train().size(),
            data.validation().size(),
            data.test().size(),
            network.classes(),
            graph.parameters(),
            from.step(),
            plan.steps());
        FromKeras.say(config, network, progress);
        check.warnings().forEach(warning -> progress.println("warning, " + warning));
        state =
            steps(
                graph,
                network,
                plan,
                folder,
                data,
                from,
                stop,
                config.loop().alarmAfter(),
                check,
                progress);
      }
      boolean finished = state.step() >= plan.steps();
      TestEvaluation scored =
          finished ? RunArtifacts.write(folder, network, session, data, state, record) : null;
      return new Finished(
          new Result(
              folder.path(),
              finished,
              state.step(),
              finished ? state.bestStep() : null,
              finished ? scored.evaluation() : null),
          scored);
    }
  }

  private interface Closing extends AutoCloseable {
    @Override
    void close();
  }

  /** The folder's only writer. What was built for it is closed where it cannot be had. */
  private static Hold opened(
      RunFolder folder, boolean resume, TrainingGraph graph, PrintStream progress) {
    try {
      folder.open(resume);
      return folder.onlyWriter(progress);
    } catch (RuntimeException e) {
      graph.close();
      throw e;
    }
  }

  /** How long and how fast, everything checked. */
  static TrainingPlan plan(TrainConfig config, Head head, int samples) {
    return config
        .loop()
        .plan(
            samples,
            config.optimizer().rate(),
            config.schedule().marginOf(head),
            config.schedule().scaleOf(head));
  }

  /**
   * What is trained.
   *
   * @param folder of the run, with its copy of a Keras model once it has one
   * @param counts training samples of each class
   */
  static Network network(TrainConfig config, RunFolder folder, ElementSpec element, int[] counts) {
    return new Network(
        element,
        config.keras().from() == null
            ? config.backbone().backbone()
            : FromKeras.backbone(config, folder),
        folder.head(config.head()).head(counts.length, counts),
        counts.length);
  }

  /**
   * What was trained, to score with: without labels there are no margins, so that neither counts
   * nor margins of the classes are needed.
   */
  static Network scoring(RunRecord record, RunFolder folder) {
    TrainConfig options = record.options();
    int[] unused = new int[record.data().classNames().size()];
    Arrays.fill(unused, 1);
    return network(
        options.withHead(options.head().withoutFiles()), folder, record.data().element(), unused);
  }

  /** Samples of each class. */
  static int[] counts(Samples samples) {
    int[] counts = new int[samples.classes()];
    for (int i = 0; i < samples.size(); i++) {
      counts[samples.label(i)]++;
    }
    return counts;
  }

  private static TrainingState steps(
      TrainingGraph graph,
      Network network,
      TrainingPlan plan,
      RunFolder folder,
      TrainingData data,
      TrainingState from,
      StopSignal stop,
      long alarmAfter,
      TrainingCheck check,
      PrintStream progress) {
    stop.trainingBegins();
    try (TrainingListener history = HistoryCsv.open(folder.history(), from.step());
        TrainingListener events = TensorBoardEvents.open(folder.path());
        TrainingListener first = new FirstLoss(progress, check);
        TrainingListener bar =
            new ProgressListener(progress, plan, from.step(), System.console() != null);
        TrainingListener alarm =
            new AlarmListener(
                network.classes(),
                alarmAfter,
                (strength, share) ->
                    ExpectedLoss.of(
                        network.head(), network.classes(), graph.dimension(), strength, share),
                line -> alarmed(folder, line, progress))) {
      return new Trainer(
              graph, plan, folder.checkpoints(), List.of(history, events, first, bar, alarm))
          .run(data.train(), data.validation(), from, stop);
    } finally {
      stop.trainingEnds();
    }
  }

  /** On the terminal, and in {@code alarms.txt} for who was not there. */
  private static void alarmed(RunFolder folder, String line, PrintStream progress) {
    progress.println(line);
    try {
      Files.writeString(
          folder.path().resolve("alarms.txt"),
          line + "\n",
          StandardOpenOption.CREATE,
          StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw FileTrouble.with(folder.path(), e);
    }
  }
}
