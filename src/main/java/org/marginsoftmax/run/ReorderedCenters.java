package org.marginsoftmax.run;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;
import org.marginsoftmax.eval.ClassCenters;
import org.marginsoftmax.eval.Embeddings;

/**
 * Class centers by the numbers that some samples give to the classes.
 *
 * @param all the centers by their own numbers
 * @param order the own number of each class of the samples
 */
record ReorderedCenters(ClassCenters all, int[] order) implements ClassCenters {
  /**
   * Matches classes by their names.
   *
   * @param own names by the numbers of the centers
   * @param names the same ones by the numbers of the samples
   */
  static ReorderedCenters of(ClassCenters all, List<String> own, List<String> names) {
    Map<String, Integer> numbers = new HashMap<>();
    for (int k = 0; k < own.size(); k++) {
      numbers.put(own.get(k), k);
    }
    return new ReorderedCenters(all, names.stream().mapToInt(numbers::get).toArray());
  }

  @Override
  public int classes() {
    return all.classes();
  }

  @Override
  public int perClass() {
    return all.perClass();
  }

  @Override
  public float[][] rows(int[] rows) {
    int k = perClass();
    return all.rows(Arrays.stream(rows).map(row -> order[row / k] * k + row % k).toArray());
  }

  @Override
  public int[][] nearest(Embeddings embeddings, IntConsumer done) {
    int[] back = new int[order.length];
    for (int k = 0; k < order.length; k++) {
      back[order[k]] = k;
    }
    return Arrays.stream(all.nearest(embeddings, done))
        .map(row -> Arrays.stream(row).map(k -> back[k]).toArray())
        .toArray(int[][]::new);
  }
}
