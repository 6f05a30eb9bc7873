package org.marginsoftmax.data;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.marginsoftmax.InvalidInputException;

/**
 * A selection of the classes of a data set, by number. Applying it renumbers the chosen classes
 * from 0 in ascending order.
 */
public final class ClassSelection {
  private static final Pattern ITEM =
      Pattern.compile("\\s*(-?\\d{1,9})\\s*(?:-\\s*(-?\\d{1,9})\\s*)?");
  private static final String FORM = "class numbers and ascending ranges such as 0-4,7 or -3--1,2";

  /** Consecutive classes. Kept as ranges: a mistyped one then costs no memory. */
  private record Range(int first, int last) {
    @Override
    public String toString() {
      return first == last ? Integer.toString(first) : first + "-" + last;
    }
  }

  private final List<Range> ranges;

  private ClassSelection(List<Range> ranges) {
    this.ranges = ranges;
  }

  /**
   * Reads a list of class numbers and ranges, such as {@code 0-4,7}. Numbers may be negative, as
   * labels of arrays are: {@code -3--1,2} is -3 to -1, and 2.
   *
   * @throws InvalidInputException if the list is malformed, names a class twice, or names fewer
   *     than two classes
   */
  public static ClassSelection parse(String text) {
    List<Range> ranges = new ArrayList<>();
    for (String item : text.split(",", -1)) {
      Matcher matcher = ITEM.matcher(item);
      if (!matcher.matches()) {
        throw refusal(FORM, "'" + item + "'", text, "list the classes to use");
      }
      int first = Integer.parseInt(matcher.group(1));
      int last = matcher.group(2) == null ? first : Integer.parseInt(matcher.group(2));
      if (last < first) {
        throw refusal(FORM, "'" + item + "'", text, "give the lower class first");
      }
      ranges.add(new Range(first, last));
    }
    ranges.sort(Comparator.comparingInt(Range::first));
    for (int i = 1; i < ranges.size(); i++) {
      if (ranges.get(i).first <= ranges.get(i - 1).last) {
        int twice = ranges.get(i).first;
        throw refusal("every class once", "class " + twice + " twice", text, "name it once");
      }
    }
    if (ranges.size() == 1 && ranges.get(0).first == ranges.get(0).last) {
      throw refusal("at least 2 classes", "1", text, "add another class");
    }
    return new ClassSelection(List.copyOf(ranges));
  }

  /** The chosen classes, ascending: new class k is class {@code original()[k]} of the data set. */
  public int[] original() {
    return ranges.stream().flatMapToInt(r -> IntStream.rangeClosed(r.first, r.last)).toArray();
  }

  /**
   * Converts a selection by labels in a file to one by class index.
   *
   * @param numbers label in the file of each class, ascending
   * @return the indices of the chosen labels
   * @throws InvalidInputException if a chosen label does not occur
   */
  public ClassSelection among(int[] numbers) {
    List<Range> places = new ArrayList<>();
    for (Range range : ranges) {
      for (int number = range.first; number <= range.last; number++) {
        int place = Arrays.binarySearch(numbers, number);
        if (place < 0) {
          throw refusal("classes that have samples", "none of " + number, this, "drop it");
        }
        places.add(new Range(place, place));
      }
    }
    return new ClassSelection(List.copyOf(places));
  }

  /**
   * The samples of the chosen classes, in their original order, with classes renumbered from 0 and
   * their names kept.
   *
   * @throws InvalidInputException if a chosen class does not exist
   */
  public Samples apply(Samples samples) {
    int last = ranges.get(ranges.size() - 1).last;
    int first = ranges.get(0).first;
    if (last >= samples.classes() || first < 0) {
      throw refusal(
          "classes from 0 to " + (samples.classes() - 1),
          Integer.toString(first < 0 ? first : last),
          this,
          "drop it");
    }
    return new SelectedClasses(samples, original());
  }

  /** The selection in the form that {@link #parse} reads, ascending. */
  @Override
  public String toString() {
    return ranges.stream().map(Range::toString).collect(Collectors.joining(","));
  }

  private static InvalidInputException refusal(
      String expected, String found, Object text, String remedy) {
    return new InvalidInputException(expected, found, "class selection '" + text + "'", remedy);
  }
}
