import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.marginsoftmax.eval.AllPairs;
import org.marginsoftmax.eval.Embeddings;
import org.marginsoftmax.eval.Evaluation;
import org.marginsoftmax.eval.Figure;
import org.marginsoftmax.eval.Interval;
import org.marginsoftmax.eval.Metric;
import org.marginsoftmax.eval.Protocol;
import org.marginsoftmax.eval.Retrieval;
import org.marginsoftmax.eval.Verification;
import org.marginsoftmax.npy.NpyFile;
import org.marginsoftmax.source.IdxFile;

/** What evaluation-traps prints of trained runs and their embeddings. {@code GlyphTraps WORK} */
final class GlyphTraps {
  private static final int DRAWINGS = 12;

  private final Path work;
  private final SplittableRandom random = new SplittableRandom(1);

  private GlyphTraps(Path work) {
    this.work = work;
  }

  public static void main(String[] args) {
    GlyphTraps traps = new GlyphTraps(Path.of(args[0]));
    traps.threshold();
    traps.impostors();
    traps.leakage();
    traps.intervals();
  }

  private Embeddings embedded(String rows, String set) {
    return new Embeddings(
        NpyFile.readFloats(work.resolve(rows + ".npy")).rows(),
        IdxFile.readLabels(work.resolve(set).resolve("test-labels-idx1-int")).values());
  }

  private Embeddings unseen() {
    return embedded("unseen", "unseen");
  }

  /** Samples of some classes, the same number of each, one class after the other. */
  private static Embeddings of(Embeddings all, int[] classes, int step) {
    return all.at(
        Arrays.stream(classes)
            .flatMap(
                c ->
                    IntStream.range(0, DRAWINGS)
                        .filter(i -> i % step == 0)
                        .map(i -> DRAWINGS * c + i))
            .toArray());
  }

  private int[] drawn(int count, int of) {
    int[] all = IntStream.range(0, of).toArray();
    for (int i = 0; i < count; i++) {
      int j = random.nextInt(i, of);
      int swapped = all[i];
      all[i] = all[j];
      all[j] = swapped;
    }
    return Arrays.copyOf(all, count);
  }

  private static void print(String form, Object... values) {
    System.out.printf(Locale.ROOT, form + "%n", values);
  }

  private static double mean(double[] values) {
    return Arrays.stream(values).average().orElseThrow();
  }

  private static double quantile(double[] values, double level) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[(int) Math.min(sorted.length - 1, level * sorted.length)];
  }

  private static Verification pairs(Embeddings some) {
    return AllPairs.of(some).verification().orElseThrow();
  }

  /** Thresholds from the very pairs that are judged, and from others. */
  private void threshold() {
    Embeddings all = unseen();
    Verification known = pairs(all);
    print("## Threshold: from 400 kanji never trained, %d draws; FAR 1e-3 wanted%n", 200);
    print(
        "| kanji | TAR at the claimed FAR | its FAR on all pairs | worst tenth | TAR on all pairs |");
    print("| --- | --- | --- | --- | --- |");
    for (int classes : new int[] {5, 10, 20, 40}) {
      double[][] found = new double[3][200];
      for (int k = 0; k < 200; k++) {
        Verification.Point own = pairs(of(all, drawn(classes, 400), 1)).atFar(1e-3);
        Verification.Point there = known.at(own.threshold());
        found[0][k] = own.tar();
        found[1][k] = there.far();
        found[2][k] = there.tar();
      }
      print(
          "| %d | %.3f | %.2e | %.2e | %.3f |",
          classes, mean(found[0]), mean(found[1]), quantile(found[1], 0.9), mean(found[2]));
    }
    print("all pairs: TAR %.3f at FAR 1e-3%n", known.atFar(1e-3).tar());
    accuracy(all, known);
  }

  /** The accuracy of pairs, half of them genuine, by the best threshold. */
  private void accuracy(Embeddings all, Verification known) {
    print(
        "| pairs | accuracy, best threshold of these pairs | threshold from as many others | on all pairs |");
    print("| --- | --- | --- | --- |");
    for (int pairs : new int[] {20, 60, 200, 600, 2000}) {
      double[][] found = new double[3][1000];
      for (int k = 0; k < 1000; k++) {
        Drawn test = new Drawn(all, pairs);
        double best = new Drawn(all, pairs).bestThreshold();
        found[0][k] = test.accuracy(test.bestThreshold());
        found[1][k] = test.accuracy(best);
        Verification.Point there = known.at(best);
        found[2][k] = (there.tar() + 1 - there.far()) / 2;
      }
      print("| %,d | %.3f | %.3f | %.3f |", pairs, mean(found[0]), mean(found[1]), mean(found[2]));
    }
    print("");
  }

  /** Random pairs, half of them genuine. */
  private final class Drawn {
    private final float[] genuine;
    private final float[] impostor;

    Drawn(Embeddings all, int pairs) {
      genuine = new float[pairs / 2];
      impostor = new float[pairs / 2];
      for (int k = 0; k < pairs / 2; k++) {
        int a = random.nextInt(all.size());
        int own = a / DRAWINGS * DRAWINGS + (a + random.nextInt(1, DRAWINGS)) % DRAWINGS;
        int other = random.nextInt(all.size());
        while (other / DRAWINGS == a / DRAWINGS) {
          other = random.nextInt(all.size());
        }
        genuine[k] = cosine(all, a, own);
        impostor[k] = cosine(all, a, other);
      }
      Arrays.sort(genuine);
      Arrays.sort(impostor);
    }

    double accuracy(double threshold) {
      return (from(genuine, threshold) + impostor.length - from(impostor, threshold))
          / (double) (2 * genuine.length);
    }

    /** In the middle of the gap that the best threshold lies in. */
    double bestThreshold() {
      float[] cosines = Arrays.copyOf(genuine, 2 * genuine.length);
      System.arraycopy(impostor, 0, cosines, genuine.length, impostor.length);
      Arrays.sort(cosines);
      double best = 0;
      double most = -1;
      for (int k = 1; k < cosines.length; k++) {
        double threshold = (cosines[k - 1] + (double) cosines[k]) / 2;
        double accuracy = accuracy(threshold);
        if (accuracy > most) {
          most = accuracy;
          best = threshold;
        }
      }
      return best;
    }
  }

  private static int from(float[] ascending, double threshold) {
    int low = 0;
    int high = ascending.length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (ascending[middle] >= threshold) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return ascending.length - low;
  }

  private static float cosine(Embeddings all, int i, int j) {
    double sum = 0;
    for (int k = 0; k < all.dimension(); k++) {
      sum += (double) all.vectors()[i][k] * all.vectors()[j][k];
    }
    return (float) Math.max(-1, Math.min(1, sum));
  }

  /** TAR at FAR 1e-4, as it would be read off a few impostor pairs. */
  private void impostors() {
    Embeddings all = unseen();
    Verification known = pairs(all);
    print(
        "## Impostor pairs: TAR at FAR 1e-4 of all %,d: %.3f%n",
        known.impostorPairs(), known.atFar(1e-4).tar());
    print(
        "| impostor pairs | TAR by the largest that may pass: 5 %%..95 %% | its FAR on all pairs: 5 %%..95 %% |");
    print("| --- | --- | --- |");
    for (int pairs : new int[] {1000, 10_000, 100_000}) {
      double[][] found = new double[2][100];
      for (int k = 0; k < 100; k++) {
        float[] cosines = new Drawn(all, 2 * pairs).impostor;
        double above = Math.nextUp(cosines[pairs - 1 - pairs / 10_000]);
        Verification.Point there = known.at(above);
        found[0][k] = there.tar();
        found[1][k] = there.far();
      }
      print(
          "| %,d | %.3f..%.3f | %.1e..%.1e |",
          pairs,
          quantile(found[0], 0.05),
          quantile(found[0], 0.95),
          quantile(found[1], 0.05),
          quantile(found[1], 0.95));
    }
    for (int classes : new int[] {10, 40, 400}) {
      Evaluation few =
          Evaluation.ofUnknownClasses(of(all, drawn(classes, 400), 2), Protocol.usual(1));
      Metric metric = metric(few, Figure.TAR_AT_FAR_1E_4);
      print(
          "%d kanji, 6 drawings: %s, %s%n  %s",
          classes, metric.value(), metric.interval(), metric.definition());
    }
    print("");
  }

  private static Metric metric(Evaluation all, Figure figure) {
    return all.metrics().stream().filter(m -> m.figure() == figure).findAny().orElseThrow();
  }

  /** 400 kanji by 6 drawings, of three splits. */
  private void leakage() {
    Embeddings unseen = unseen();
    int[] all = IntStream.range(0, 400).toArray();
    print("## Classes and drawings on both sides%n");
    print("| 400 kanji in 6 fonts | Recall@1 | mAP@R | TAR at FAR 1e-3 |");
    print("| --- | --- | --- | --- |");
    row("trained kanji in trained fonts, other drawings", embedded("second", "glyphs"));
    row("trained kanji, other fonts", embedded("other-fonts", "other-fonts"));
    row("kanji never trained, other fonts", of(unseen, all, 2));
    row("the same, two drawings in each font", unseen);
    print("");
  }

  private static void row(String name, Embeddings some) {
    Evaluation found = Evaluation.ofUnknownClasses(some, Protocol.usual(1).withReplicates(0));
    print(
        "| %s | %.3f | %.3f | %.3f |",
        name,
        metric(found, Figure.RECALL_AT_1).value().orElseThrow(),
        metric(found, Figure.MAP_AT_R).value().orElseThrow(),
        metric(found, Figure.TAR_AT_FAR_1E_3).value().orElseThrow());
  }

  private static final List<Figure> CHECKED = List.of(Figure.TAR_AT_FAR_1E_2, Figure.MAP_AT_R);

  /** Whether intervals from classes, and from pairs or queries, hold the mean of all sets. */
  private void intervals() {
    int sets = 300;
    Embeddings all = unseen();
    Map<Figure, double[]> values = new EnumMap<>(Figure.class);
    Map<Figure, Interval[][]> found = new EnumMap<>(Figure.class);
    CHECKED.forEach(f -> values.put(f, new double[sets]));
    CHECKED.forEach(f -> found.put(f, new Interval[2][sets]));
    for (int k = 0; k < sets; k++) {
      Embeddings some = of(all, drawn(20, 400), 2);
      Evaluation whole = Evaluation.ofUnknownClasses(some, Protocol.usual(1).withReplicates(400));
      Retrieval retrieval = AllPairs.of(some).retrieval().orElseThrow();
      for (Figure figure : CHECKED) {
        values.get(figure)[k] = metric(whole, figure).value().orElseThrow();
        found.get(figure)[0][k] = metric(whole, figure).interval().orElseThrow();
      }
      found.get(Figure.MAP_AT_R)[1][k] = resampled(retrieval.averagePrecisionAtR());
      found.get(Figure.TAR_AT_FAR_1E_2)[1][k] = ofPairs(some);
    }
    print("## Intervals of 95 %%: how many of %,d hold the mean of all%n", sets);
    print(
        "| figure | classes drawn: hold it | mean width | pairs or queries drawn: hold it | mean width |");
    print("| --- | --- | --- | --- | --- |");
    for (Figure figure : CHECKED) {
      double mean = mean(values.get(figure));
      print(
          "| %s | %.1f %% | %.3f | %.1f %% | %.3f |",
          figure.title(),
          100 * held(found.get(figure)[0], mean),
          width(found.get(figure)[0]),
          100 * held(found.get(figure)[1], mean),
          width(found.get(figure)[1]));
    }
    print("");
  }

  private static double held(Interval[] intervals, double mean) {
    return mean(
        Arrays.stream(intervals)
            .mapToDouble(i -> i.low() <= mean && mean <= i.high() ? 1 : 0)
            .toArray());
  }

  private static double width(Interval[] intervals) {
    return mean(Arrays.stream(intervals).mapToDouble(i -> i.high() - i.low()).toArray());
  }

  private Interval resampled(double[] values) {
    double[] means = new double[200];
    Arrays.setAll(
        means,
        k ->
            mean(
                random
                    .ints(values.length, 0, values.length)
                    .mapToDouble(i -> values[i])
                    .toArray()));
    return new Interval(quantile(means, 0.025), quantile(means, 0.975));
  }

  /** Of TAR at FAR 1e-2, drawing genuine and impostor pairs with replacement. */
  private Interval ofPairs(Embeddings some) {
    float[][] cosines = cosines(some);
    float[] genuine = cosines[0];
    float[] impostor = cosines[1];
    Arrays.sort(impostor);
    double[] tar = new double[200];
    for (int k = 0; k < tar.length; k++) {
      // How often each of the largest is drawn: of many, almost as by Poisson's distribution.
      int i = impostor.length;
      for (int passed = 0; passed <= impostor.length / 100; i--) {
        passed += poisson();
      }
      float rejected = impostor[i];
      tar[k] =
          random.ints(genuine.length, 0, genuine.length).filter(g -> genuine[g] > rejected).count()
              / (double) genuine.length;
    }
    return new Interval(quantile(tar, 0.025), quantile(tar, 0.975));
  }

  /** Of mean 1. */
  private int poisson() {
    int count = 0;
    double product = random.nextDouble();
    while (product > Math.exp(-1)) {
      count++;
      product *= random.nextDouble();
    }
    return count;
  }

  /** Of genuine and of impostor pairs. */
  private static float[][] cosines(Embeddings some) {
    int n = some.size();
    float[][] cosines = new float[2][n * (n - 1) / 2];
    int[] count = new int[2];
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < i; j++) {
        int kind = some.labels()[i] == some.labels()[j] ? 0 : 1;
        cosines[kind][count[kind]++] = cosine(some, i, j);
      }
    }
    return new float[][] {Arrays.copyOf(cosines[0], count[0]), Arrays.copyOf(cosines[1], count[1])};
  }
}
