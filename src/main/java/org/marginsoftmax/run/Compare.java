package org.marginsoftmax.run;

import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.data.Samples;
import org.marginsoftmax.data.Subset;
import org.marginsoftmax.eval.AgainstCenters;
import org.marginsoftmax.eval.ClassCenters;
import org.marginsoftmax.eval.DominantCenters;
import org.marginsoftmax.eval.Draw;
import org.marginsoftmax.eval.Embeddings;
import org.marginsoftmax.eval.Protocol;
import org.marginsoftmax.eval.ReplicatedEvaluation;
import org.marginsoftmax.savedmodel.SavedModelFolder;
import org.marginsoftmax.train.HistoryCsv;
import org.marginsoftmax.train.ScoringGraph;

/** Says in which figures runs differ, on the same test samples. */
public final class Compare {
  private final CompareConfig config;
  private final ComparedData data;
  private final Protocol protocol;
  private final PrintStream progress;

  private Compare(CompareConfig config, Optional<RunRecord> first, PrintStream progress) {
    this.config = config;
    this.progress = progress;
    data = new ComparedData(config, first, progress);
    protocol = config.evaluation().protocol(data.seed());
  }

  /**
   * Evaluates runs and SavedModels on the same test samples, with the same draws, and takes the
   * differences to the first on the same bootstrap replicates. A run whose classes are not those of
   * the samples, and a SavedModel, have no figures that need class centers.
   *
   * @param progress gets lines about each run and about long stages
   * @throws InvalidInputException if a folder holds neither a model nor a run with a checkpoint, or
   *     if the samples cannot be brought to the form that it takes
   */
  public static Comparison run(CompareConfig config, PrintStream progress) {
    if (config.page() != null) {
      OutputFolder.requireFile("page", config.page(), "choose another with `out`");
    }
    Optional<RunRecord> first = Optional.empty();
    for (Path path : config.paths()) {
      if (!SavedModelFolder.isAt(path)) {
        RunRecord record = record(path);
        first = first.isPresent() ? first : Optional.of(record);
      }
    }
    return new Compare(config, first, progress).compared();
  }

  /** Opened before anything is computed, so that a mistyped name costs no time. */
  private static RunRecord record(Path path) {
    try (TrainedRun run = TrainedRun.open(path, new PrintStream(OutputStream.nullOutputStream()))) {
      return run.record();
    }
  }

  /** A run as it was evaluated. */
  private record Evaluated(
      Path path,
      String title,
      Map<String, String> configuration,
      ReplicatedEvaluation evaluation,
      List<String> notes) {}

  private Comparison compared() {
    List<Evaluated> all = new ArrayList<>();
    for (Path path : config.paths()) {
      progress.printf("%d of %d: %s%n", all.size() + 1, config.paths().size(), path);
      all.add(SavedModelFolder.isAt(path) ? model(path) : run(path));
    }
    ReplicatedEvaluation baseline = all.get(0).evaluation();
    List<ComparedRun> runs = new ArrayList<>();
    for (Evaluated each : all) {
      runs.add(
          new ComparedRun(
              each.path(),
              each.title(),
              each.configuration(),
              each.evaluation().evaluation(),
              runs.isEmpty() ? null : each.evaluation().minus(baseline),
              each.notes()));
    }
    Comparison comparison =
        new Comparison(
            data.source(),
            data.size(),
            data.classes(),
            protocol.replicates(),
            runs,
            Comparison.chance(runs),
            config.page());
    if (config.page() != null) {
      ComparePage.of(comparison).write(config.page());
    }
    return comparison;
  }

  private Evaluated model(Path path) {
    Embeddings test = data.of(path);
    return new Evaluated(
        path,
        "SavedModel",
        Map.of(),
        ProgressDisplay.work(
            TestEvaluation.judging(test),
            progress,
            told -> ReplicatedEvaluation.ofUnknownClasses(test, protocol, told)),
        List.of("a SavedModel has no class centres, so it has no figures that need them"));
  }

  private Evaluated run(Path path) {
    try (TrainedRun run = TrainedRun.open(path, progress)) {
      ComparedData.Parts parts = data.of(run);
      List<String> own = run.record().data().classNames();
      List<String> names = data.classNames();
      boolean known =
          own.size() == names.size()
              && Set.copyOf(own).size() == own.size()
              && Set.copyOf(own).equals(Set.copyOf(names));
      List<String> notes = new ArrayList<>();
      if (!known) {
        notes.add(
            "its classes are not those of these samples (%d of its %d are), so it has no figures that need class centres"
                .formatted(own.stream().filter(names::contains).count(), own.size()));
      }
      data.seen(run, parts.test()).ifPresent(notes::add);
      notes.forEach(note -> progress.printf("%s: %s%n", path, note));
      try (ScoringGraph graph = run.restore(run.config().loop().session())) {
        Embeddings test =
            new Embeddings(
                TestEvaluation.embed(graph, "test", parts.test(), progress), parts.test().labels());
        Samples train = !known || parts.train() != null ? parts.train() : gallery(run);
        return new Evaluated(
            path,
            run.config().head().title(),
            configuration(run),
            known
                ? evaluated(graph, own, test, train)
                : ProgressDisplay.work(
                    TestEvaluation.judging(test),
                    progress,
                    told -> ReplicatedEvaluation.ofUnknownClasses(test, protocol, told)),
            notes);
      }
    }
  }

  /** The training samples of the run's own data, where the test samples come alone. */
  private Samples gallery(TrainedRun run) {
    return ClassesInOrder.of(run.data().train(), data.classNames());
  }

  private ReplicatedEvaluation evaluated(
      ScoringGraph graph, List<String> own, Embeddings test, Samples train) {
    Samples drawn =
        new Subset(
            train, Draw.balanced(train.labels(), protocol.gallerySamples(), protocol.seed()));
    Embeddings gallery =
        new Embeddings(TestEvaluation.embed(graph, "training", drawn, progress), drawn.labels());
    ClassCenters centers = ReorderedCenters.of(new TrainedCenters(graph), own, data.classNames());
    DominantCenters dominant = DominantCenters.of(gallery, centers);
    return ProgressDisplay.work(
        TestEvaluation.judging(test),
        progress,
        told ->
            ReplicatedEvaluation.of(
                test,
                gallery,
                centers,
                dominant,
                AgainstCenters.of(test, centers, dominant, told),
                protocol,
                told));
  }

  private static Map<String, String> configuration(TrainedRun run) {
    List<HistoryCsv.Row> history = HistoryCsv.read(run.folder().history());
    Map<String, String> shown =
        new LinkedHashMap<>(
            ConfigSummary.of(
                run.record(),
                run.network().head(),
                run.network().dimension(),
                history.isEmpty() ? 0 : history.get(history.size() - 1).step().step()));
    shown.put("samples: hash", run.record().data().hash());
    return shown;
  }
}
