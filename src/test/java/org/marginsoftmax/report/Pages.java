package org.marginsoftmax.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Random;
import java.util.stream.IntStream;
import org.marginsoftmax.eval.ClassResult;
import org.marginsoftmax.eval.ConfusionMatrix;
import org.marginsoftmax.eval.Difference;
import org.marginsoftmax.eval.Figure;
import org.marginsoftmax.eval.HardPairs;
import org.marginsoftmax.eval.Interval;
import org.marginsoftmax.eval.Metric;
import org.marginsoftmax.eval.Neighbours;
import org.marginsoftmax.eval.PairScores;
import org.marginsoftmax.eval.RocCurve;
import org.marginsoftmax.eval.Verdict;

/** Pages of made-up runs. */
final class Pages {
  /** Principal components. */
  static final int WIDTH = 8;

  private Pages() {}

  static RunReport report(String title, int classes, int points) {
    return report(title, names(classes, "class "), points);
  }

  /** Names with a number, and one that would break out of a page. */
  static List<String> names(int classes, String name) {
    List<String> names = new ArrayList<>();
    for (int k = 0; k < classes; k++) {
      names.add(k == 1 ? "</script><b>&\"'" : name + k);
    }
    return names;
  }

  static SweepReport sweep(List<String> names, int points) {
    int[] coloured = IntStream.range(0, Math.min(30, names.size())).toArray();
    List<SweepReport.Run> runs = new ArrayList<>();
    List<SweepReport.Row> rows = new ArrayList<>();
    for (double margin : new double[] {0, 0.1, 0.3, 0.5}) {
      rows.add(
          new SweepReport.Row(
              rows.size() + 1,
              List.of(margin, rows.isEmpty() ? "" : "a <path> " + margin),
              margin == 0.5 ? null : 0.9 - margin / 10,
              margin == 0.1 ? 0.01 : null,
              margin == 0.1 ? 3 : 1,
              margin == 0.5 ? "failed: loss <NaN>" : null));
      runs.add(
          new SweepReport.Run(
              "m " + margin, sphere(names.size(), points, 0.3 - margin / 2), metrics(0.9)));
    }
    return new SweepReport(
        "made up",
        "accuracy",
        true,
        List.of("margin", "from-keras"),
        rows,
        names,
        names.size(),
        coloured,
        runs,
        new Thumbnails(images(points), 8, 8, 1));
  }

  /** Three runs, with names, options, notes and titles of this name. */
  static CompareReport comparison(String name) {
    List<CompareReport.Run> runs = new ArrayList<>();
    for (int k = 0; k < 3; k++) {
      runs.add(
          new CompareReport.Run(
              name + " " + k,
              name + ", m " + k,
              Map.of("head: margin", name + k, "loop: epochs", "3"),
              metrics(0.9 + k / 100.0),
              k == 0
                  ? List.of()
                  : List.of(
                      difference(Figure.ACCURACY, 0.01, Verdict.BETTER),
                      difference(Figure.MEAN_ANGLE_WITHIN_CLASS, 0, Verdict.NO_DIFFERENCE_SHOWN),
                      new Difference(
                          Figure.SILHOUETTE,
                          OptionalDouble.empty(),
                          Optional.empty(),
                          Verdict.UNDEFINED),
                      difference(Figure.TAR_AT_FAR_1E_2, -0.02, Verdict.WORSE)),
              k == 0 ? List.of() : List.of("a note on " + name)));
    }
    return new CompareReport(
        "3 runs compared", "On samples of " + name, "No chance of " + name, runs);
  }

  private static Difference difference(Figure figure, double value, Verdict verdict) {
    return new Difference(
        figure,
        OptionalDouble.of(value),
        Optional.of(new Interval(value - 0.005, value + 0.005)),
        verdict);
  }

  static RunReport report(String title, List<String> names, int points) {
    return report(title, names, points, true);
  }

  /**
   * @param images whether the samples beside the sphere are images, or names alone
   */
  static RunReport report(String title, List<String> names, int points, boolean images) {
    Sphere sphere = sphere(names.size(), points, 0.15);
    return report(title, names, sphere, growth(sphere, 6, Math.min(points, 200)), images);
  }

  static RunReport report(
      String title, List<String> names, Sphere sphere, Growth growth, boolean images) {
    int classes = names.size();
    int points = sphere.labels().length;
    List<Curve> history = new ArrayList<>();
    for (int i = 1; i <= 2000; i++) {
      history.add(
          new Curve(
              i, 20.0 / i, 1 - 0.5 / i, 1e-3, Math.min(1, i / 200.0), i % 500 == 0 ? 0.9 : null));
    }
    Random random = new Random(2);
    float[] own = new float[points];
    float[] other = new float[points];
    float[] within = new float[points];
    for (int i = 0; i < points; i++) {
      own[i] = (float) Math.abs(20 + 8 * random.nextGaussian());
      other[i] = (float) Math.min(180, 80 + 8 * random.nextGaussian());
      within[i] = i == 0 ? Float.NaN : (float) Math.abs(15 + 5 * random.nextGaussian());
    }
    Map<String, String> configuration = new LinkedHashMap<>();
    configuration.put("head: name", "arc<face>");
    configuration.put("data: source", "/a/folder/" + "of-a-long-name-".repeat(12));
    return new RunReport(
        title,
        metrics(0.92),
        Optional.of(scores()),
        configuration,
        Map.of("command", "margin-softmax train --data 'a <folder>'"),
        names,
        classes,
        IntStream.range(0, Math.min(30, classes)).toArray(),
        2 * points,
        sphere,
        growth,
        new Thumbnails(images(points), 8, 8, 1),
        new Angles(own, other, within),
        mistakes(names, images),
        new Training(history, "accuracy", 1500));
  }

  /** Of two normal distributions of cosines. */
  static PairScores scores() {
    List<Double> genuine = new ArrayList<>();
    List<Double> impostor = new ArrayList<>();
    for (int k = 0; k < PairScores.BINS; k++) {
      double cosine = PairScores.lowest(k) + 1.0 / PairScores.BINS;
      genuine.add(normal((cosine - 0.6) / 0.13) / 0.13 * 2 / PairScores.BINS);
      impostor.add(normal((cosine - 0.1) / 0.15) / 0.15 * 2 / PairScores.BINS);
    }
    List<RocCurve.Point> points = new ArrayList<>();
    for (int k = 0; k < 99; k++) {
      double far = Math.pow(10, -5 * (1 - (k + 0.5) / 99));
      double tar = 1 - 0.5 * Math.pow(1 - k / 99.0, 2) - 0.002;
      points.add(
          new RocCurve.Point(
              far,
              tar,
              k > 90
                  ? Optional.empty()
                  : Optional.of(new Interval(tar - 0.05, Math.min(1, tar + 0.05)))));
    }
    return new PairScores(genuine, impostor, new RocCurve(points));
  }

  private static double normal(double deviate) {
    return Math.exp(-deviate * deviate / 2) / Math.sqrt(2 * Math.PI);
  }

  /** Every class has ten samples, of which some are taken for the next. */
  static Mistakes mistakes(List<String> names, boolean images) {
    int classes = names.size();
    int[] labels = IntStream.range(0, 10 * classes).map(i -> i / 10).toArray();
    int[] predicted =
        IntStream.range(0, 10 * classes)
            .map(i -> i % 10 < i / 10 % 4 ? (i / 10 + 1) % classes : i / 10)
            .toArray();
    float[] angles = new float[labels.length];
    for (int i = 0; i < angles.length; i++) {
      angles[i] = 15 + labels[i] % 7;
    }
    List<SampleSheet.Sample> samples = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      samples.add(new SampleSheet.Sample(names.get(i % classes) + "/" + i, names.get(i % classes)));
    }
    Map<Integer, List<Integer>> examples = new HashMap<>();
    for (int k = 0; k < Math.min(classes, 40); k++) {
      examples.put(k, List.of(k, (k + classes) % 40));
    }
    List<HardPairs.Pair> pairs =
        IntStream.range(0, 12)
            .mapToObj(i -> new HardPairs.Pair(i, i + classes % 20, 0.1f + i / 50f))
            .toList();
    return new Mistakes(
        names,
        new ConfusionMatrix(labels, predicted),
        ClassResult.ranked(labels, predicted, angles),
        new SampleSheet(samples, images ? new Thumbnails(images(40), 8, 8, 1) : null),
        examples,
        300,
        new HardPairs(pairs, pairs),
        IntStream.range(0, 6)
            .mapToObj(
                i ->
                    new Neighbours(
                        i,
                        IntStream.range(i + 1, i + 9).toArray(),
                        new float[] {0.9f, 0.8f, 0.7f, 0.6f, 0.5f, 0.4f, 0.3f, 0.2f}))
            .toList(),
        500,
        75,
        List.of(new Mistakes.Suspect(39, 0, 101.5), new Mistakes.Suspect(38, classes - 1, 80)));
  }

  static List<Metric> metrics(double accuracy) {
    return List.of(
        new Metric(Figure.ACCURACY, OptionalDouble.of(accuracy), "share of test samples"),
        new Metric(Figure.MEAN_ANGLE_WITHIN_CLASS, OptionalDouble.of(20.25), "degrees, mean"),
        new Metric(
            Figure.SMALLEST_ANGLE_BETWEEN_CLASS_MEANS,
            OptionalDouble.of(55.5),
            "degrees, smallest"),
        new Metric(
            Figure.TAR_AT_FAR_1E_2,
            OptionalDouble.of(0.661),
            OptionalDouble.of(0.4512),
            Optional.of(new Interval(0.641, 0.682)),
            "largest share"),
        new Metric(Figure.SILHOUETTE, OptionalDouble.empty(), "undefined: needs two <classes>"));
  }

  static Sphere sphere(int classes, int points, double noise) {
    Random random = new Random(1);
    float[][] centers = new float[classes][3];
    for (float[] center : centers) {
      for (int k = 0; k < 3; k++) {
        center[k] = (float) (0.5 * random.nextGaussian());
      }
    }
    float[][] rows = new float[points][WIDTH];
    int[] labels = new int[points];
    float[] angles = new float[points];
    for (int i = 0; i < points; i++) {
      labels[i] = i % classes;
      angles[i] = i % 180;
      for (int k = 0; k < WIDTH; k++) {
        float middle = k < 3 ? centers[labels[i]][k] : 0;
        rows[i][k] = (float) (middle + noise * random.nextGaussian());
      }
    }
    return new Sphere(inBall(rows), labels, inBall(centers), angles, OptionalDouble.of(0.61));
  }

  /** Rows no longer than 1, as a projection of unit vectors is. */
  private static float[][] inBall(float[][] rows) {
    for (float[] row : rows) {
      double length = 0;
      for (float value : row) {
        length += value * value;
      }
      for (int k = 0; length > 1 && k < row.length; k++) {
        row[k] /= (float) Math.sqrt(length);
      }
    }
    return rows;
  }

  /** Features that first lie anywhere and end at those of a sphere, for some of its points. */
  static Growth growth(Sphere end, int epochs, int samples) {
    Random random = new Random(3);
    float[][][] points = new float[epochs][samples][Sphere.DRAWN];
    for (int i = 0; i < samples; i++) {
      for (int k = 0; k < Sphere.DRAWN; k++) {
        double start = 0.3 * random.nextGaussian();
        for (int e = 0; e < epochs; e++) {
          double done = (double) (e + 1) / epochs;
          points[e][i][k] =
              (float) Math.max(-1, Math.min(1, (1 - done) * start + done * end.points()[i][k]));
        }
      }
    }
    return new Growth(
        "validation",
        IntStream.rangeClosed(1, epochs).toArray(),
        Arrays.copyOf(end.labels(), samples),
        points);
  }

  static List<byte[]> images(int points) {
    List<byte[]> images = new ArrayList<>();
    for (int i = 0; i < points; i++) {
      byte[] image = new byte[64];
      image[i % 64] = (byte) 255;
      images.add(image);
    }
    return images;
  }
}
