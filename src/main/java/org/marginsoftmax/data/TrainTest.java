package org.marginsoftmax.data;

import java.util.Arrays;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.marginsoftmax.InvalidInputException;

/**
 * A data set: the samples that a model is trained on and those it is tested on.
 *
 * @param train training samples
 * @param test test samples, with the same shape and the same classes; may be empty
 */
public record TrainTest(Samples train, Samples test) {
  private static final int NAMED = 5;

  /**
   * @throws InvalidInputException if shapes or classes differ
   */
  public TrainTest {
    if (!train.element().equals(test.element()) || train.classes() != test.classes()) {
      throw new InvalidInputException(
          "expected training and test samples alike, found "
              + train.element()
              + " with "
              + train.classes()
              + " classes and "
              + test.element()
              + " with "
              + test.classes());
    }
  }

  /**
   * Keeps some of the classes, renumbered from 0.
   *
   * @throws InvalidInputException if a chosen class does not exist or has no training sample, or
   *     there are test samples, but none of a chosen class
   */
  public TrainTest select(ClassSelection classes) {
    TrainTest selected = new TrainTest(classes.apply(train), classes.apply(test));
    int[] original = classes.original();
    String where = "class selection '" + classes + "'";
    requireEveryClass(
        selected.train, k -> original[k] + " '" + selected.train.classNames().get(k) + "'", where);
    if (selected.test.size() == 0 && test.size() > 0) {
      throw new InvalidInputException(
          "test samples of the chosen classes", "none", where, "choose classes that are tested");
    }
    return selected;
  }

  /**
   * Refuses classes without training samples.
   *
   * @param name how the message names a class
   * @param where the file or option that the classes come from
   * @throws InvalidInputException naming the first such classes
   */
  public static void requireEveryClass(Samples train, IntFunction<String> name, Object where) {
    // Sorted, not counted: a damaged label may claim two thousand million classes.
    int[] present = Arrays.stream(train.labels()).sorted().distinct().toArray();
    int missing = train.classes() - present.length;
    if (missing == 0) {
      return;
    }
    String first =
        IntStream.range(0, train.classes())
            .filter(k -> Arrays.binarySearch(present, k) < 0)
            .limit(NAMED)
            .mapToObj(name)
            .collect(Collectors.joining(", "));
    throw new InvalidInputException(
        "training samples of every class",
        "none of class " + first + (missing > NAMED ? " and " + (missing - NAMED) + " more" : ""),
        where,
        "add samples, or choose classes that have some");
  }
}
