package org.marginsoftmax.run;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.marginsoftmax.data.Samples;
import org.marginsoftmax.eval.Compactness;
import org.marginsoftmax.eval.Draw;
import org.marginsoftmax.report.Angles;
import org.marginsoftmax.report.Curve;
import org.marginsoftmax.report.Projector;
import org.marginsoftmax.report.RunReport;
import org.marginsoftmax.report.Training;
import org.marginsoftmax.train.HistoryCsv;

/** Turns the results of a run into the content of its reports. */
final class Reports {
  /** Largest number of points on a sphere: more would slow a browser down and hide each other. */
  static final int POINTS = 3_000;

  /** Number of classes that ten hues in three shapes can tell apart. */
  private static final int COLOURS = 30;

  private Reports() {}

  static RunReport of(TrainedRun run, TrainingData data, TestEvaluation test) {
    int[] points = points(test, run.config().loop().seed(), POINTS);
    List<HistoryCsv.Row> history = HistoryCsv.read(run.folder().history());
    Spheres spheres = Spheres.of(test);
    return new RunReport(
        title(run.config()),
        test.evaluation().metrics(),
        test.evaluation().scores(),
        configuration(run, test, history),
        Provenance.of(run.record(), run.bestStep()),
        test.shown().names(data.train().classNames()),
        run.network().classes(),
        coloured(test),
        data.test().size(),
        spheres.sphere(points),
        spheres.growth(run, data),
        SampleImages.of(data.test(), points),
        new Angles(
            test.against().ownAngles(),
            test.against().otherAngles(),
            Compactness.anglesWithinClass(test.embeddings())),
        RunMistakes.of(data, test, run.config().loop().seed()),
        new Training(
            history.stream().map(row -> curve(row, run.config().loop().bestBy())).toList(),
            run.config().loop().bestBy(),
            run.bestStep()));
  }

  /**
   * Test samples for TensorBoard's projector, at most 10,000, drawn at random and balanced over the
   * classes.
   */
  static Projector projector(TrainingData data, TestEvaluation test, long seed) {
    Samples samples = data.test();
    int[] drawn = Draw.balanced(test.embeddings().labels(), Projector.MOST, seed);
    List<String> classes = data.train().classNames();
    return new Projector(
        "test samples",
        test.embeddings().at(drawn).vectors(),
        List.of("class", "nearest class", "sample"),
        Arrays.stream(drawn)
            .mapToObj(
                i ->
                    List.of(
                        classes.get(samples.label(i)),
                        classes.get(test.against().predicted()[i]),
                        samples.name(i)))
            .toList(),
        SampleImages.of(samples, drawn));
  }

  /** Indices of the test samples to show, drawn at random and balanced over the classes shown. */
  static int[] points(TestEvaluation test, long seed, int points) {
    return test.shown().points(test.embeddings().labels(), points, seed);
  }

  /**
   * Numbers of the shown classes that get a colour of their own: all, or those with the most
   * errors.
   */
  static int[] coloured(TestEvaluation test) {
    int classes = test.shown().classes().length;
    if (classes <= COLOURS) {
      return IntStream.range(0, classes).toArray();
    }
    int[] numbers = test.shown().numbers(test.embeddings().labels());
    int[] errors = new int[classes];
    int[] counts = new int[classes];
    for (int i = 0; i < numbers.length; i++) {
      if (numbers[i] >= 0) {
        counts[numbers[i]]++;
        boolean wrong = test.against().predicted()[i] != test.embeddings().labels()[i];
        errors[numbers[i]] += wrong ? 1 : 0;
      }
    }
    return IntStream.range(0, classes)
        .boxed()
        .sorted(Comparator.comparingDouble(k -> -(double) errors[k] / Math.max(1, counts[k])))
        .limit(COLOURS)
        .mapToInt(k -> k)
        .toArray();
  }

  /** Such as {@code arcface, m 0.5, s 30 on fashion-mnist}. */
  static String title(TrainConfig config) {
    return config.head().title() + " on " + config.data().shortName();
  }

  private static Map<String, String> configuration(
      TrainedRun run, TestEvaluation test, List<HistoryCsv.Row> history) {
    long steps = history.isEmpty() ? 0 : history.get(history.size() - 1).step().step();
    return ConfigSummary.of(
        run.record(), run.network().head(), test.embeddings().dimension(), steps);
  }

  private static Curve curve(HistoryCsv.Row row, String figure) {
    return new Curve(
        row.step().step(),
        row.step().loss(),
        row.step().accuracy(),
        row.step().learningRate(),
        row.step().marginStrength(),
        row.validation().get(figure));
  }
}
