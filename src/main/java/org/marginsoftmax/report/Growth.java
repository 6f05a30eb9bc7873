package org.marginsoftmax.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.marginsoftmax.InvalidInputException;

/**
 * Where the features of some samples lay after each epoch, in the space of a {@link Sphere}.
 *
 * @param of which samples these are: {@code validation} or {@code training}
 * @param epochs numbers of the epochs, ascending, [E]
 * @param labels of the samples, [m], numbered as the classes shown
 * @param points l2-normalised features along the components of the sphere, [E][m][3]
 */
public record Growth(String of, int[] epochs, int[] labels, float[][][] points) {
  /** Most epochs on a page: 60 of 500 samples take a quarter of a megabyte. */
  private static final int MOST = 60;

  /**
   * @throws InvalidInputException if there is not one point for each sample and epoch
   */
  public Growth {
    int samples = labels.length;
    if (points.length != epochs.length
        || Arrays.stream(points).anyMatch(each -> each.length != samples)) {
      throw new InvalidInputException(
          "growth: expected %d epochs of %d points, found %d of others; give a point for each sample and epoch"
              .formatted(epochs.length, samples, points.length));
    }
  }

  /** As the page's script reads it: of many epochs some, evenly, the first and the last of them. */
  Map<String, Object> asData() {
    List<float[]> rows = new ArrayList<>();
    int[] shown = shown();
    for (int e : shown) {
      rows.addAll(Arrays.asList(points[e]));
    }
    Map<String, Object> data = new LinkedHashMap<>();
    data.put("of", of);
    data.put("epochs", Arrays.stream(shown).map(e -> epochs[e]).toArray());
    data.put("labels", Packed.integers(labels));
    data.put("points", Packed.coordinates(rows.toArray(float[][]::new)));
    return data;
  }

  private int[] shown() {
    int n = Math.min(MOST, epochs.length);
    int[] shown = new int[n];
    for (int i = 0; i < n; i++) {
      shown[i] = n == 1 ? 0 : (int) Math.round((double) i * (epochs.length - 1) / (n - 1));
    }
    return shown;
  }
}
