import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.marginsoftmax.eval.Embeddings;
import org.marginsoftmax.eval.Evaluation;
import org.marginsoftmax.npy.NpyFile;
import org.marginsoftmax.run.DataConfig;
import org.marginsoftmax.run.Embed;
import org.marginsoftmax.run.EmbedConfig;
import org.marginsoftmax.run.Evaluate;
import org.marginsoftmax.run.EvaluateConfig;
import org.marginsoftmax.run.InputConfig;
import org.marginsoftmax.run.RunFolder;
import org.marginsoftmax.run.StopSignal;
import org.marginsoftmax.run.Train;
import org.marginsoftmax.run.TrainConfig;
import org.marginsoftmax.source.IdxFile;

/**
 * Of evaluation-traps, what accuracies show: of the best of all epochs, of copies, of classes that
 * differ in size. {@code FashionTraps WORK EPOCHS}
 */
final class FashionTraps {
  /** Images that the network was trained on; those that follow are new to it. */
  private static final int TRAINED = 2000;

  private static final int CLASSES = 10;

  private final Path work;
  private final SplittableRandom random = new SplittableRandom(1);

  private FashionTraps(Path work) {
    this.work = work;
  }

  public static void main(String[] args) {
    FashionTraps traps = new FashionTraps(Path.of(args[0]));
    int epochs = Integer.parseInt(args[1]);
    traps.train(epochs);
    traps.epoch(epochs);
    traps.copies();
    traps.unequal();
  }

  private void train(int epochs) {
    TrainConfig config =
        TrainConfig.usual()
            .withData(DataConfig.fashionMnist().withSource(work.resolve("few").toString()))
            .with(Map.of("data.validation", 0.0, "schedule.margin", "constant"));
    Path run = work.resolve("epochs-run");
    for (int epoch = 1; epoch <= epochs; epoch++) {
      Path rows = rows(epoch);
      if (!Files.exists(rows)) {
        TrainConfig until = config.with(Map.of("loop.epochs", epoch));
        Train.run(until, new RunFolder(run), Files.exists(run), StopSignal.onRequest(), System.err);
        String data = work.resolve("few-embedded").toString();
        InputConfig pixels = InputConfig.usual();
        Embed.run(
            new EmbedConfig(
                run, Map.of(), data, rows, null, null, 500, null, pixels, Map.of(), false),
            System.err);
      }
    }
  }

  private Path rows(int epoch) {
    return work.resolve("epoch-" + epoch + ".npy");
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

  /** The best of all epochs by the test set, and by others. */
  private void epoch(int epochs) {
    List<boolean[]> right = new ArrayList<>();
    int[] labels =
        IdxFile.readLabels(work.resolve("few-embedded").resolve("test-labels-idx1-int")).values();
    for (int epoch = 1; epoch <= epochs; epoch++) {
      right.add(right(new Embeddings(NpyFile.readFloats(rows(epoch)).rows(), labels)));
    }
    int n = right.get(0).length;
    print("## Epoch: the best of %d, nearest class mean, 1,000 draws of %,d%n", right.size(), n);
    print(
        "| samples | best by these: accuracy claimed | accuracy of all | best by as many others: accuracy | accuracy of all |");
    print("| --- | --- | --- | --- | --- |");
    for (int size : new int[] {50, 100, 200, 500, 1000, 2000}) {
      double[][] found = new double[4][1000];
      for (int k = 0; k < 1000; k++) {
        int[] drawn = drawn(2 * size, n);
        int[] test = Arrays.copyOf(drawn, size);
        int[] validation = Arrays.copyOfRange(drawn, size, 2 * size);
        boolean[] byTest = best(right, test);
        boolean[] byValidation = best(right, validation);
        int[] all = IntStream.range(0, n).toArray();
        found[0][k] = share(byTest, test);
        found[1][k] = share(byTest, all);
        found[2][k] = share(byValidation, test);
        found[3][k] = share(byValidation, all);
      }
      print(
          "| %,d | %.3f | %.3f | %.3f | %.3f |",
          size, mean(found[0]), mean(found[1]), mean(found[2]), mean(found[3]));
    }
    print(
        "of all, by epoch: %s%n",
        right.stream()
            .map(r -> "%.3f".formatted(share(r, IntStream.range(0, n).toArray())))
            .toList());
  }

  /** Whether a sample that was not trained is nearest to the mean of its class's trained ones. */
  private static boolean[] right(Embeddings all) {
    double[][] means = new double[CLASSES][all.dimension()];
    for (int i = 0; i < TRAINED; i++) {
      for (int k = 0; k < all.dimension(); k++) {
        means[all.labels()[i]][k] += all.vectors()[i][k];
      }
    }
    boolean[] right = new boolean[all.size() - TRAINED];
    for (int i = 0; i < right.length; i++) {
      float[] row = all.vectors()[TRAINED + i];
      int best = 0;
      double largest = Double.NEGATIVE_INFINITY;
      for (int c = 0; c < CLASSES; c++) {
        double product = 0;
        double norm = 0;
        for (int k = 0; k < row.length; k++) {
          product += row[k] * means[c][k];
          norm += means[c][k] * means[c][k];
        }
        if (product / Math.sqrt(norm) > largest) {
          largest = product / Math.sqrt(norm);
          best = c;
        }
      }
      right[i] = best == all.labels()[TRAINED + i];
    }
    return right;
  }

  private static boolean[] best(List<boolean[]> right, int[] samples) {
    boolean[] best = right.get(0);
    for (boolean[] each : right) {
      best = share(each, samples) > share(best, samples) ? each : best;
    }
    return best;
  }

  private static double share(boolean[] right, int[] samples) {
    return Arrays.stream(samples).filter(i -> right[i]).count() / (double) samples.length;
  }

  /** Copies of images, split by copy and by image. */
  private void copies() {
    print("## Copies on both sides%n");
    print("| test set is a fifth of the | accuracy on it | on new images |");
    print("| --- | --- | --- |");
    for (String by : List.of("copies", "images")) {
      Path run = work.resolve(by + "-run");
      print("| %s | %.3f | %.3f |", by, accuracy(run, null), accuracy(run, work.resolve("fresh")));
    }
    print("");
  }

  private static double accuracy(Path run, Path data) {
    return evaluated(run, data).value("accuracy").orElseThrow();
  }

  private static Evaluation evaluated(Path run, Path data) {
    EvaluateConfig asked = EvaluateConfig.of(run).withData(data == null ? null : data.toString());
    return Evaluate.run(asked.withPairSamples(1000).withReplicates(0), System.err).evaluation();
  }

  /** Accuracy and mean class accuracy of classes of unequal size. */
  private void unequal() {
    print("## Classes of 1,000 down to 10 samples%n");
    print("| | accuracy | mean class accuracy |");
    print("| --- | --- | --- |");
    int[] labels =
        IdxFile.readLabels(work.resolve("long-tail").resolve("test-labels-idx1-int")).values();
    int classes = (int) Arrays.stream(labels).distinct().count();
    double largest =
        Arrays.stream(labels).filter(label -> label == 0).count() / (double) labels.length;
    print("| always the largest class | %.3f | %.3f |", largest, 1.0 / classes);
    for (String sampler : List.of("shuffled", "balanced")) {
      Evaluation found = evaluated(work.resolve(sampler + "-run"), null);
      print(
          "| `--sampler %s` | %.3f | %.3f |",
          sampler,
          found.value("accuracy").orElseThrow(),
          found.value("mean_class_accuracy").orElseThrow());
    }
  }
}
