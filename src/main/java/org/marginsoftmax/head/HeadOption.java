package org.marginsoftmax.head;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Stream;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.data.Spelling;

/**
 * An option of a head: {@code --state-momentum} on the command line, {@code state_momentum} in
 * {@code config.json}.
 *
 * @param <T> what a head is given of it
 */
public final class HeadOption<T> {
  private final String name;
  private final String label;
  private final String expected;
  private final T usual;
  private final String help;
  private final boolean perClass;
  private final List<String> choices;
  private final Function<Object, T> reader;

  private HeadOption(
      String name,
      String label,
      String expected,
      T usual,
      String help,
      boolean perClass,
      List<String> choices,
      Function<Object, T> reader) {
    if (!name.matches("[a-z][a-z0-9]*(_[a-z0-9]+)*")) {
      throw new InvalidInputException(
          "option of a head: expected a name of small letters and digits, words joined by _, found '%s'; rename it"
              .formatted(name));
    }
    this.name = name;
    this.label = label;
    this.expected = expected;
    this.usual = usual;
    this.help = help;
    this.perClass = perClass;
    this.choices = choices;
    this.reader = reader;
  }

  /**
   * A number.
   *
   * @param name small letters, words joined by {@code _}
   * @param label what stands for its value in the help, such as {@code M}
   * @param what the number is, such as {@code an angular margin in radians}
   * @param range that it may be in
   * @param usual where it is not given; null for none
   * @param help a line
   */
  public static HeadOption<Double> real(
      String name, String label, String what, Range range, Double usual, String help) {
    return new HeadOption<>(
        name,
        label,
        what + ", " + range,
        usual,
        help,
        false,
        List.of(),
        value -> in(range, number(value)));
  }

  /** A whole number; see {@link #real}. */
  public static HeadOption<Integer> whole(
      String name, String label, String what, Range range, Integer usual, String help) {
    return new HeadOption<>(
        name,
        label,
        what + ", " + range,
        usual,
        help,
        false,
        List.of(),
        value -> {
          double number = in(range, number(value));
          if (number != Math.rint(number)) {
            throw new IllegalArgumentException();
          }
          return (int) number;
        });
  }

  /**
   * As many numbers as are usual.
   *
   * @param what they are, such as {@code 2 numbers, the smallest and the largest margin}
   */
  public static HeadOption<List<Double>> reals(
      String name, String label, String what, List<Double> usual, String help) {
    return new HeadOption<>(
        name,
        label,
        what,
        usual,
        help,
        false,
        List.of(),
        value -> {
          List<Double> numbers =
              value instanceof List<?> list
                  ? list.stream().map(HeadOption::number).toList()
                  : Stream.of(value.toString().split(",")).map(HeadOption::number).toList();
          if (numbers.size() != usual.size()) {
            throw new IllegalArgumentException();
          }
          return numbers;
        });
  }

  /**
   * One of some values of an enum, by their names in small letters.
   *
   * @param allowed the values that it may have
   * @param usual where it is not given; null for none
   */
  public static <E extends Enum<E>> HeadOption<E> choice(
      String name, String label, List<E> allowed, E usual, String help) {
    List<String> choices = allowed.stream().map(HeadOption::word).toList();
    return new HeadOption<>(
        name,
        label,
        "one of " + String.join(", ", choices),
        usual,
        help,
        false,
        choices,
        value ->
            allowed.stream()
                .filter(e -> e == value || word(e).equals(value))
                .findFirst()
                .orElseThrow(IllegalArgumentException::new));
  }

  /**
   * Text that a function takes or refuses.
   *
   * @param what it may be, in words
   * @param reader throws {@link IllegalArgumentException} for what it is not
   */
  public static HeadOption<String> text(
      String name,
      String label,
      String what,
      String usual,
      String help,
      Function<String, String> reader) {
    return new HeadOption<>(
        name, label, what, usual, help, false, List.of(), value -> reader.apply(value.toString()));
  }

  /** A number for each class, from an NPY file [C] that the option names. The run keeps a copy. */
  public static HeadOption<double[]> perClass(String name, String label, String help) {
    return new HeadOption<>(
        name,
        label,
        "an NPY file of a number for each class, [C]",
        null,
        help,
        true,
        List.of(),
        value -> {
          if (value instanceof double[] numbers) {
            return numbers;
          }
          throw new IllegalArgumentException();
        });
  }

  /** The same option with another usual value. */
  public HeadOption<T> usually(T usual) {
    return new HeadOption<>(name, label, expected, usual, help, perClass, choices, reader);
  }

  /** Its name in {@code config.json}: small letters, words joined by {@code _}. */
  public String name() {
    return name;
  }

  /** Its name on the command line, such as {@code --state-momentum}. */
  public String flag() {
    return "--" + name.replace('_', '-');
  }

  /** What stands for its value in the help. */
  public String label() {
    return label;
  }

  /** What its value may be, in words, the range included. */
  public String expected() {
    return expected;
  }

  /** Its value where none is given; null for none. */
  public T usual() {
    return usual;
  }

  /** What the help says of it, in a line. */
  public String help() {
    return help;
  }

  /** Whether its value is the name of a file with a number for each class. */
  public boolean perClass() {
    return perClass;
  }

  /**
   * The value that something given stands for.
   *
   * @param given text as from a command line, or a number, a list of them or text as from JSON; of
   *     an option per class the numbers themselves
   * @param head whose option it is, for the message
   * @throws InvalidInputException in one line, if it is no value of this option
   */
  public T read(Object given, String head) {
    try {
      return reader.apply(given);
    } catch (IllegalArgumentException e) {
      throw new InvalidInputException(
          "%s: expected %s with %s, found %s; %s"
              .formatted(
                  name.replace('_', ' '),
                  expected,
                  head,
                  found(given),
                  Spelling.nearest(given.toString(), choices)
                      .map(meant -> "did you mean " + meant + "?")
                      .orElse(usual == null ? "leave it out" : words(usual) + " is usual")),
          e);
    }
  }

  /** A value as people and {@code config.json} write it. */
  public static String words(Object value) {
    if (value instanceof Enum<?> e) {
      return word(e);
    }
    return value instanceof List<?> list
        ? String.join(", ", list.stream().map(HeadOption::words).toList())
        : String.valueOf(value);
  }

  private static Object found(Object given) {
    return given instanceof String text ? "'" + text + "'" : words(given);
  }

  private static String word(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }

  private static double number(Object value) {
    return value instanceof Number number
        ? number.doubleValue()
        : Double.parseDouble(value.toString().strip());
  }

  private static double in(Range range, double value) {
    if (!range.contains(value)) {
      throw new IllegalArgumentException();
    }
    return value;
  }

  @Override
  public String toString() {
    return flag() + "=" + label;
  }

  /** All values of an enum. */
  public static <E extends Enum<E>> List<E> all(Class<E> type) {
    return Arrays.asList(type.getEnumConstants());
  }
}
