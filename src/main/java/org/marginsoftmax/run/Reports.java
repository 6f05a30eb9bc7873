package org.marginsoftmax.run;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.marginsoftmax.data.ImageShape;
import org.marginsoftmax.data.Samples;
import org.marginsoftmax.eval.Compactness;
import org.marginsoftmax.eval.Draw;
import org.marginsoftmax.eval.Embeddings;
import org.marginsoftmax.eval.Pca;
import org.marginsoftmax.report.Curve;
import org.marginsoftmax.report.RunReport;
import org.marginsoftmax.report.Sphere;
import org.marginsoftmax.report.Thumbnails;
import org.marginsoftmax.train.HistoryCsv;

/** From what a run measured to what its pages show. */
final class Reports {
  /** Points on a sphere: more slow a browser down and hide each other. */
  static final int POINTS = 3_000;

  private Reports() {}

  static RunReport of(RunFolder folder, RunRecord record, TrainingData data, Scored scored) {
    int[] shown = shown(data, record.options().loop().seed(), POINTS);
    return new RunReport(
        title(record.options()),
        scored.evaluation().metrics(),
        configuration(record),
        data.train().classNames(),
        data.test().size(),
        sphere(scored, shown),
        thumbnails(data.test(), shown),
        Compactness.anglesToOwnCenter(scored.test(), scored.centers()),
        Compactness.anglesToNearestOther(scored.test(), scored.centers()),
        HistoryCsv.read(folder.history()).stream().map(Reports::curve).toList());
  }

  /** Indices of the test samples to show: a draw, balanced over the classes. */
  static int[] shown(TrainingData data, long seed, int points) {
    return Draw.balanced(data.test().labels(), points, seed);
  }

  /** The shown test samples along the principal components of all of them. */
  static Sphere sphere(Scored scored, int[] shown) {
    Embeddings test = scored.test();
    Pca pca = Pca.fit(test.vectors(), Math.min(3, test.dimension()));
    Embeddings some = test.at(shown);
    float[][] centers =
        new Embeddings(scored.centers(), new int[scored.centers().length]).vectors();
    return new Sphere(
        inSpace(pca.project(some.vectors())),
        some.labels(),
        inSpace(pca.project(centers)),
        Arrays.stream(pca.explained()).sum());
  }

  /** Features of two dimensions lie in a plane of three. */
  private static float[][] inSpace(float[][] points) {
    return Arrays.stream(points).map(p -> Arrays.copyOf(p, 3)).toArray(float[][]::new);
  }

  /** Images of samples; null where a person could not see them as grey or colour. */
  static Thumbnails thumbnails(Samples samples, int[] shown) {
    ImageShape shape = samples.shape();
    if (shape.channels() != 1 && shape.channels() != 3) {
      return null;
    }
    List<byte[]> images = new ArrayList<>();
    for (int i : shown) {
      byte[] pixels = new byte[shape.size()];
      samples.copyPixels(i, pixels, 0);
      images.add(pixels);
    }
    return new Thumbnails(images, shape.height(), shape.width(), shape.channels());
  }

  /** Such as {@code arcface, m 0.5, s 30 on fashion-mnist}. */
  static String title(TrainConfig config) {
    return config.head().title() + " on " + config.data().source();
  }

  private static Map<String, String> configuration(RunRecord record) {
    Map<String, String> shown = new LinkedHashMap<>(Resume.flat(record.options()));
    shown.values().removeIf(value -> value.equals("null"));
    RunRecord.Data data = record.data();
    shown.put(
        "samples",
        "%d training, %d validation, %d test"
            .formatted(data.training(), data.validation(), data.test()));
    record.versions().forEach((name, version) -> shown.put("version of " + name, version));
    return shown;
  }

  private static Curve curve(HistoryCsv.Row row) {
    return new Curve(
        row.step().step(),
        row.step().loss(),
        row.step().accuracy(),
        row.step().learningRate(),
        row.step().marginStrength(),
        row.validationAccuracy());
  }
}
