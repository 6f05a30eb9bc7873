package org.marginsoftmax.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Angles of the test samples, in degrees.
 *
 * @param own of each to the centre of its class
 * @param other of each to the nearest centre of another class; empty if there is one class
 * @param within of each to the mean direction of the test samples of its class; NaN where there is
 *     none
 */
public record Angles(float[] own, float[] other, float[] within) {
  private static final int BIN = 2;

  /** Both histograms. */
  String figures() {
    double to = Math.max(20, 10 * Math.ceil(Math.max(largest(own), largest(other)) / 10));
    String centers =
        figure(
            "angles",
            "Angles between test samples and class centres",
            to,
            "Each test sample once by the angle to the centre of its own class and once by that to the nearest other one. The less the two overlap, the better the classes can be told apart.",
            List.of("genuine", "impostor"),
            List.of("own centre", "nearest other centre"),
            List.of(own, other));
    String means =
        figure(
            "within",
            "Angles between test samples and the mean of their class",
            Math.max(20, 10 * Math.ceil(largest(within) / 10)),
            "Each test sample by the angle to the mean direction of its class's test samples: how compact the classes are.",
            List.of("genuine"),
            List.of("mean of the class"),
            List.of(within));
    return centers + means;
  }

  private static String figure(
      String id,
      String title,
      double to,
      String caption,
      List<String> series,
      List<String> names,
      List<float[]> angles) {
    List<int[]> counts = angles.stream().map(Angles::histogram).toList();
    int highest = 1;
    for (int[] some : counts) {
      for (int count : some) {
        highest = Math.max(highest, count);
      }
    }
    Chart chart =
        new Chart(
            Axis.linear("angle, degrees", 0, Math.min(180, to)),
            Axis.linear("test samples", 0, 1.05 * highest));
    List<String> key = new ArrayList<>();
    StringBuilder said = new StringBuilder();
    for (int k = series.size() - 1; k >= 0; k--) {
      chart = bars(chart, series.get(k), names.get(k), counts.get(k));
    }
    for (int k = 0; k < series.size(); k++) {
      key.addAll(List.of(series.get(k), names.get(k)));
      said.append(
          String.format(Locale.ROOT, "%s: mean angle %s. ", names.get(k), mean(angles.get(k))));
    }
    return Chart.figure(chart.svg(id, title, said.toString()), caption, key.toArray(String[]::new));
  }

  private static Chart bars(Chart chart, String series, String name, int[] counts) {
    double[] from = new double[counts.length];
    double[] heights = new double[counts.length];
    List<String> titles = new ArrayList<>();
    for (int k = 0; k < counts.length; k++) {
      from[k] = k * BIN;
      heights[k] = counts[k];
      titles.add(
          String.format(
              Locale.ROOT,
              "%,d samples %d to %d° from the %s",
              counts[k],
              k * BIN,
              (k + 1) * BIN,
              name));
    }
    return chart.bars(series, from, BIN, heights, titles);
  }

  /** Counts of angles in bins of two degrees from 0 to 180; a NaN is not counted. */
  static int[] histogram(float[] degrees) {
    int[] counts = new int[180 / BIN];
    for (float angle : degrees) {
      if (!Float.isNaN(angle)) {
        counts[Math.min(counts.length - 1, (int) (angle / BIN))]++;
      }
    }
    return counts;
  }

  private static double largest(float[] degrees) {
    double largest = 0;
    for (float angle : degrees) {
      largest = Float.isNaN(angle) ? largest : Math.max(largest, angle);
    }
    return largest;
  }

  private static String mean(float[] degrees) {
    double sum = 0;
    int n = 0;
    for (float angle : degrees) {
      sum += Float.isNaN(angle) ? 0 : angle;
      n += Float.isNaN(angle) ? 0 : 1;
    }
    return n == 0 ? "undefined" : String.format(Locale.ROOT, "%.1f°", sum / n);
  }
}
