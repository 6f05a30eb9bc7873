package org.marginsoftmax.report;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.marginsoftmax.eval.Metric;

/**
 * The page of one run.
 *
 * @param title of the page
 * @param metrics figures on the test samples
 * @param configuration option by value
 * @param classNames by label
 * @param samples number of test samples that the projection was fitted on
 * @param sphere some of them, in three dimensions
 * @param thumbnails images of the points of the sphere, in their order; null for none
 * @param ownAngles degrees from each test sample to the centre of its class
 * @param otherAngles degrees to the nearest centre of another class
 * @param history of the training
 */
public record RunReport(
    String title,
    List<Metric> metrics,
    Map<String, String> configuration,
    List<String> classNames,
    int samples,
    Sphere sphere,
    Thumbnails thumbnails,
    float[] ownAngles,
    float[] otherAngles,
    List<Curve> history) {
  private static final int CURVE_POINTS = 800;
  private static final int DEGREES_A_BIN = 2;

  /** Writes the page, one file that needs nothing else; aside first. */
  public void write(Path file) {
    Map<String, Object> data = new LinkedHashMap<>();
    data.put("title", title);
    data.put("metrics", metrics);
    data.put("configuration", configuration);
    data.put("classNames", classNames);
    data.put("samples", samples);
    data.put("sphere", sphere);
    data.put("sheet", thumbnails == null ? null : thumbnails.sheet());
    data.put("binDegrees", DEGREES_A_BIN);
    data.put("ownAngles", histogram(ownAngles));
    data.put("otherAngles", histogram(otherAngles));
    data.put("history", Curve.thinned(history, CURVE_POINTS));
    Page.write(file, title, "report", data);
  }

  /** Counts of angles in bins from 0 to 180 degrees. */
  static int[] histogram(float[] degrees) {
    int[] counts = new int[180 / DEGREES_A_BIN];
    for (float angle : degrees) {
      counts[Math.min(counts.length - 1, (int) (angle / DEGREES_A_BIN))]++;
    }
    return counts;
  }
}
