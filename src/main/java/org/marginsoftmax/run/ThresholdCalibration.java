package org.marginsoftmax.run;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SplittableRandom;
import org.marginsoftmax.data.Samples;
import org.marginsoftmax.data.Subset;
import org.marginsoftmax.eval.AllPairs;
import org.marginsoftmax.eval.Draw;
import org.marginsoftmax.eval.Embeddings;
import org.marginsoftmax.eval.Protocol;
import org.marginsoftmax.eval.Verification;
import org.marginsoftmax.export.ModelCard;
import org.marginsoftmax.train.ScoringGraph;

/** Calibrates thresholds for a run's model on pairs of its own samples. */
final class ThresholdCalibration {
  private static final List<Double> FARS = List.of(1e-2, 1e-3, 1e-4);

  private ThresholdCalibration() {}

  /**
   * Thresholds from the samples held out of training, or from the training samples if those make
   * too few pairs. Says which samples were used, and which thresholds are missing.
   *
   * @return null if neither makes enough pairs
   */
  static ModelCard.Calibration of(TrainedRun run) {
    TrainingData data = run.data();
    long seed = run.config().loop().seed();
    try (ScoringGraph graph = run.restore(run.config().loop().cpuSession())) {
      Optional<ModelCard.Calibration> found = of(graph, data.validation(), false, seed);
      if (found.isEmpty()) {
        found = of(graph, data.train(), true, seed);
        run.progress()
            .println(
                found.isEmpty()
                    ? "warning, no thresholds: samples held out or trained on make fewer than %d impostor pairs, or no genuine one; they need classes with two samples and more of them"
                        .formatted(Verification.impostorsFor(FARS.get(0)))
                    : "warning, thresholds: the %d samples held out make too few pairs, so they are from %d samples that were trained on: of new ones more impostors pass; hold more out with train `validation` 0.2"
                        .formatted(data.validation().size(), found.get().samples()));
      }
      found.ifPresent(calibration -> sayLeftOut(calibration, run.progress()));
      return found.orElse(null);
    }
  }

  static void sayLeftOut(ModelCard.Calibration calibration, PrintStream progress) {
    for (double far : FARS.subList(calibration.thresholds().size(), FARS.size())) {
      progress.println(
          calibration.impostorPairs() < Verification.impostorsFor(far)
              ? String.format(
                  Locale.ROOT,
                  "no threshold for FAR %s: %,d impostor pairs cannot show it, %,d can",
                  Verification.written(far),
                  calibration.impostorPairs(),
                  Verification.impostorsFor(far))
              : "no threshold for FAR %s: one that passes no more impostor pairs passes no genuine pair either; the network does not tell the classes apart"
                  .formatted(Verification.written(far)));
    }
  }

  private static Optional<ModelCard.Calibration> of(
      ScoringGraph graph, Samples samples, boolean trainedOn, long seed) {
    if (samples.size() == 0) {
      return Optional.empty();
    }
    Samples drawn = new Subset(samples, drawn(samples.labels(), Protocol.quick(seed), seed));
    return AllPairs.of(new Embeddings(graph.embed(drawn), drawn.labels()))
        .verification()
        .filter(pairs -> pairs.shows(FARS.get(0)))
        .map(pairs -> of(drawn.size(), pairs, trainedOn));
  }

  /**
   * A balanced draw. If there are so many classes that it would leave one sample of each, it draws
   * two samples each from as many classes as fit.
   */
  static int[] drawn(int[] labels, Protocol protocol, long seed) {
    int n = protocol.pairSamples();
    int[] counts = new int[Arrays.stream(labels).max().orElse(0) + 1];
    Arrays.stream(labels).forEach(label -> counts[label]++);
    if (labels.length <= n || Arrays.stream(counts).filter(c -> c > 0).count() <= n / 2) {
      return Draw.balanced(labels, n, seed);
    }
    List<Integer> several = new ArrayList<>();
    for (int k = 0; k < counts.length; k++) {
      if (counts[k] > 1) {
        several.add(k);
      }
    }
    boolean[] chosen = new boolean[counts.length];
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < Math.min(n / 2, several.size()); i++) {
      int j = i + random.nextInt(several.size() - i);
      chosen[several.set(j, several.get(i))] = true;
    }
    int[] of = indices(labels, chosen);
    int[] among = Draw.balanced(Arrays.stream(of).map(i -> labels[i]).toArray(), n, seed);
    return Arrays.stream(among).map(i -> of[i]).toArray();
  }

  private static int[] indices(int[] labels, boolean[] chosen) {
    int[] indices = new int[labels.length];
    int n = 0;
    for (int i = 0; i < labels.length; i++) {
      if (chosen[labels[i]]) {
        indices[n++] = i;
      }
    }
    return Arrays.copyOf(indices, n);
  }

  static ModelCard.Calibration of(int samples, Verification pairs, boolean trainedOn) {
    List<ModelCard.Threshold> thresholds = new ArrayList<>();
    for (double far : FARS) {
      Verification.Point point = pairs.atFar(far);
      if (pairs.shows(far) && point.threshold() <= 1 && point.tar() > 0) {
        thresholds.add(new ModelCard.Threshold(far, point.threshold(), point.far(), point.tar()));
      }
    }
    return new ModelCard.Calibration(
        samples,
        trainedOn,
        Math.toIntExact(pairs.genuinePairs()),
        Math.toIntExact(pairs.impostorPairs()),
        thresholds);
  }
}
