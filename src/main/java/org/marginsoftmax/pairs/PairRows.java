package org.marginsoftmax.pairs;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.source.Ints;

/**
 * The pairs of a list as they are read, of things that have numbers: images or templates.
 *
 * <p>A pair of a thing with itself is allowed where it is said to be of one subject: published
 * lists have such pairs. One that is said to be of two is refused, and so is a pair that occurs
 * twice, in either order, as its second row says nothing or contradicts the first.
 */
final class PairRows {
  private final Path list;
  private final String unit;
  private final Ints first = new Ints();
  private final Ints second = new Ints();
  private final Ints same = new Ints();
  private final Ints lines = new Ints();
  private final Ints folds = new Ints();
  private final Map<String, List<String>> groups = new LinkedHashMap<>();

  /**
   * @param unit what is counted where a pair is named in messages: {@code line}, or {@code pair}
   */
  PairRows(Path list, String unit) {
    this.list = list;
    this.unit = unit;
  }

  /**
   * Adds a pair.
   *
   * @param same null if it is to be told by subjects
   */
  void add(int first, int second, Boolean same, int line) {
    this.first.add(first);
    this.second.add(second);
    this.same.add(same == null ? -1 : same ? 1 : 0);
    lines.add(line);
  }

  /** Says the fold of the pair added last, a number of any size. */
  void fold(int number) {
    folds.add(number);
  }

  /** Says something else of the pair added last. */
  void group(String name, String value) {
    groups.computeIfAbsent(name, n -> new ArrayList<>()).add(value.intern());
  }

  int size() {
    return lines.size();
  }

  int first(int pair) {
    return first.get(pair);
  }

  int second(int pair) {
    return second.get(pair);
  }

  /** Whether a pair is of one subject; null if the list does not say so. */
  Boolean same(int pair) {
    return same.get(pair) < 0 ? null : same.get(pair) == 1;
  }

  /** The line of a pair, or what else is counted, as a number. */
  int line(int pair) {
    return lines.get(pair);
  }

  /** What {@link #line} counts. */
  String unit() {
    return unit;
  }

  Map<String, String[]> groups() {
    Map<String, String[]> all = new LinkedHashMap<>();
    groups.forEach((name, values) -> all.put(name, values.toArray(String[]::new)));
    return all;
  }

  /**
   * Folds from 0, in the order of their numbers; null if there are none.
   *
   * @throws InvalidInputException if there is only one
   */
  int[] folds() {
    if (folds.size() == 0) {
      return null;
    }
    int[] all = folds.toArray();
    int[] numbers = Arrays.stream(all).sorted().distinct().toArray();
    if (numbers.length < 2) {
      throw new InvalidInputException(
          "at least 2 folds",
          "fold " + numbers[0] + " alone",
          list,
          "number the folds, or leave the column out");
    }
    return Arrays.stream(all).map(number -> Arrays.binarySearch(numbers, number)).toArray();
  }

  /**
   * Refuses a list that has pairs of one kind only, or a pair twice.
   *
   * @param what two of which are a pair, as in {@code image}
   * @param isSame whether each pair is of one subject
   * @throws InvalidInputException if it does
   */
  void require(String what, boolean[] isSame) {
    int genuine = (int) IntStream.range(0, size()).filter(i -> isSame[i]).count();
    requireBoth(genuine, size(), list);
    for (int i = 0; i < size(); i++) {
      if (first.get(i) == second.get(i) && !isSame[i]) {
        throw new InvalidInputException(
            "pairs of two subjects that are of two " + what + "s",
            "one of the same " + what + " twice in line " + lines.get(i),
            list,
            "mend the line");
      }
    }
    int[] twice = twice();
    if (twice != null) {
      throw new InvalidInputException(
          "every pair once",
          "the same two %ss in lines %d and %d"
              .formatted(what, lines.get(twice[0]), lines.get(twice[1])),
          list,
          "remove one of them");
    }
  }

  static void requireBoth(int genuine, int size, Path list) {
    if (size == 0) {
      throw new InvalidInputException("pairs", "none", list, "add some");
    }
    if (genuine == 0 || genuine == size) {
      throw new InvalidInputException(
          "pairs of one subject and pairs of two",
          "%d, all %s".formatted(size, genuine == 0 ? "different" : "same"),
          list,
          "add some of the others");
    }
  }

  /** Two rows of the same pair, the first such; null if there are none. */
  private int[] twice() {
    long[] keys = IntStream.range(0, size()).mapToLong(this::key).toArray();
    long[] sorted = keys.clone();
    Arrays.sort(sorted);
    for (int i = 1; i < sorted.length; i++) {
      if (sorted[i] == sorted[i - 1]) {
        long key = sorted[i];
        return IntStream.range(0, keys.length).filter(k -> keys[k] == key).limit(2).toArray();
      }
    }
    return null;
  }

  /** A number that no other two have, whatever their order. */
  private long key(int pair) {
    int a = first.get(pair);
    int b = second.get(pair);
    return (long) Math.min(a, b) << 32 | Math.max(a, b);
  }
}
