package org.marginsoftmax.run;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.marginsoftmax.eval.Draw;

/**
 * The classes that a report shows, which it numbers from 0: all, or a thousand if there are more
 * than a page can name.
 *
 * @param classes labels, ascending
 */
record ShownClasses(int[] classes) {
  /** The most classes of which all are shown. */
  static final int MOST = 3_000;

  /** The number that is shown of more. */
  static final int DRAWN = 1_000;

  /**
   * All classes, or 1,000 drawn ones of those with test samples.
   *
   * @param classes C
   * @param labels of the test samples
   */
  static ShownClasses of(int classes, int[] labels, long seed) {
    if (classes <= MOST) {
      return new ShownClasses(IntStream.range(0, classes).toArray());
    }
    int[] tested = Arrays.stream(labels).distinct().sorted().toArray();
    int[] drawn = Draw.balanced(IntStream.range(0, tested.length).toArray(), DRAWN, seed);
    return new ShownClasses(Arrays.stream(drawn).map(k -> tested[k]).toArray());
  }

  /** The number of a class on the page; negative if it is not shown. */
  int number(int label) {
    return Arrays.binarySearch(classes, label);
  }

  /** Numbers of the classes of samples. */
  int[] numbers(int[] labels) {
    return Arrays.stream(labels).map(this::number).toArray();
  }

  /** Their names. */
  List<String> names(List<String> all) {
    return Arrays.stream(classes).mapToObj(all::get).toList();
  }

  /**
   * Indices of samples of these classes, drawn at random and balanced over the classes.
   *
   * @param labels of the samples
   */
  int[] points(int[] labels, int points, long seed) {
    int[] candidates =
        IntStream.range(0, labels.length).filter(i -> number(labels[i]) >= 0).toArray();
    int[] drawn =
        Draw.balanced(Arrays.stream(candidates).map(i -> labels[i]).toArray(), points, seed);
    return Arrays.stream(drawn).map(i -> candidates[i]).toArray();
  }
}
