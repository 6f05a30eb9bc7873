package org.marginsoftmax.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.marginsoftmax.eval.Metric;

/** Pages of made-up runs. */
final class Pages {
  private Pages() {}

  static RunReport report(String title, int classes, int points) {
    List<String> names = new ArrayList<>();
    for (int k = 0; k < classes; k++) {
      names.add(k == 1 ? "</script><b>&\"'" : "class " + k);
    }
    List<Curve> history = new ArrayList<>();
    for (int i = 1; i <= 2000; i++) {
      history.add(
          new Curve(
              i, 20.0 / i, 1 - 0.5 / i, 1e-3, Math.min(1, i / 200.0), i % 500 == 0 ? 0.9 : null));
    }
    Random random = new Random(2);
    float[] own = new float[points];
    float[] other = new float[points];
    for (int i = 0; i < points; i++) {
      own[i] = (float) Math.abs(20 + 8 * random.nextGaussian());
      other[i] = (float) Math.min(180, 80 + 8 * random.nextGaussian());
    }
    Map<String, String> configuration = new LinkedHashMap<>();
    configuration.put("head.name", "arc<face>");
    return new RunReport(
        title,
        metrics(0.92),
        configuration,
        names,
        2 * points,
        sphere(classes, points, 0.15),
        new Thumbnails(images(points), 8, 8, 1),
        own,
        other,
        history);
  }

  static List<Metric> metrics(double accuracy) {
    return List.of(
        new Metric("accuracy", accuracy, "share of test samples"),
        new Metric("mean_angle_within_class", 20.25, "degrees, mean"),
        new Metric("smallest_angle_between_class_means", 55.5, "degrees, smallest"));
  }

  static Sphere sphere(int classes, int points, double noise) {
    Random random = new Random(1);
    float[][] centers = new float[classes][3];
    for (float[] center : centers) {
      for (int k = 0; k < 3; k++) {
        center[k] = (float) (0.5 * random.nextGaussian());
      }
    }
    float[][] rows = new float[points][3];
    int[] labels = new int[points];
    for (int i = 0; i < points; i++) {
      labels[i] = i % classes;
      for (int k = 0; k < 3; k++) {
        rows[i][k] = (float) (centers[labels[i]][k] + noise * random.nextGaussian());
      }
    }
    return new Sphere(rows, labels, centers, 0.61);
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
