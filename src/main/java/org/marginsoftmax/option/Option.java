package org.marginsoftmax.option;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Stream;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.data.Spelling;

/**
 * An option of a head or a backbone, for example {@code --state-momentum} on the command line and
 * {@code state_momentum} in {@code config.json}.
 *
 * @param <T> type of its value
 */
public final class Option<T> {
  private final String name;
  private final String label;
  private final String expected;
  private final T usual;
  private final String help;
  private final Class<?> type;
  private final List<String> choices;
  private final Function<Object, T> reader;

  private Option(
      String name,
      String label,
      String expected,
      T usual,
      String help,
      Class<?> type,
      List<String> choices,
      Function<Object, T> reader) {
    if (name == null || !name.matches("[a-z][a-z0-9]*(_[a-z0-9]+)*")) {
      throw new InvalidInputException(
          "option: expected a name of small letters and digits, words joined by _, found %s; rename it"
              .formatted(name == null ? "null" : "'" + name + "'"));
    }
    if (name.equals("name")) {
      throw new InvalidInputException(
          "option: expected another name than the one that heads and backbones are named by, found 'name'; rename it");
    }
    this.name = name;
    this.label = label;
    this.expected = expected;
    this.usual = usual;
    this.help = help;
    this.type = type;
    this.choices = choices;
    this.reader = reader;
    if (usual != null && !allows(usual)) {
      throw new InvalidInputException(
          "option: expected a default of %s that is %s, found %s; choose one of these"
              .formatted(name, expected, words(usual)));
    }
  }

  private boolean allows(T value) {
    try {
      reader.apply(value);
      return true;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  /**
   * An option whose value is a number.
   *
   * @param name name in lower case, words joined by {@code _}
   * @param label placeholder for the value in the help, such as {@code M}
   * @param what what the number is, such as {@code an angular margin in radians}
   * @param range range of allowed values
   * @param usual default value; null for none
   * @param help one line of help
   */
  public static Option<Double> real(
      String name, String label, String what, Range range, Double usual, String help) {
    return new Option<>(
        name,
        label,
        what + ", " + range,
        usual,
        help,
        Double.class,
        List.of(),
        value -> in(range, number(value)));
  }

  /** An option whose value is a whole number; the parameters are those of {@link #real}. */
  public static Option<Integer> whole(
      String name, String label, String what, Range range, Integer usual, String help) {
    return new Option<>(
        name,
        label,
        what + ", " + range,
        usual,
        help,
        Integer.class,
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
   * An option whose value is a list of numbers, as many as the default has; the other parameters
   * are those of {@link #real}.
   *
   * @param what what the numbers are, such as {@code 2 numbers, the smallest and the largest
   *     margin}
   */
  public static Option<List<Double>> reals(
      String name, String label, String what, List<Double> usual, String help) {
    if (usual == null) {
      throw new InvalidInputException(
          "option: expected a default of %s, found none; its list has as many numbers as that"
              .formatted(name));
    }
    return new Option<>(
        name,
        label,
        what,
        usual,
        help,
        List.class,
        List.of(),
        value -> {
          List<Double> numbers =
              value instanceof List<?> list
                  ? list.stream().map(Option::number).toList()
                  : Stream.of(value.toString().split(",")).map(Option::number).toList();
          if (numbers.size() != usual.size()) {
            throw new IllegalArgumentException();
          }
          return numbers;
        });
  }

  /**
   * An option whose value is one of several enum constants, written in lower case; the other
   * parameters are those of {@link #real}.
   *
   * @param allowed allowed values
   * @param usual default value; null for none
   */
  public static <E extends Enum<E>> Option<E> choice(
      String name, String label, List<E> allowed, E usual, String help) {
    List<String> choices = allowed.stream().map(Option::word).toList();
    return new Option<>(
        name,
        label,
        "one of " + String.join(", ", choices),
        usual,
        help,
        allowed.get(0).getDeclaringClass(),
        choices,
        value ->
            allowed.stream()
                .filter(e -> e == value || word(e).equals(value))
                .findFirst()
                .orElseThrow(IllegalArgumentException::new));
  }

  /**
   * An option whose value is text that a function parses; the other parameters are those of {@link
   * #real}.
   *
   * @param what what the value may be, in words
   * @param reader returns the value to use; throws {@link IllegalArgumentException} for text that
   *     is not allowed
   */
  public static Option<String> text(
      String name,
      String label,
      String what,
      String usual,
      String help,
      Function<String, String> reader) {
    return new Option<>(
        name,
        label,
        what,
        usual,
        help,
        String.class,
        List.of(),
        value -> reader.apply(value.toString()));
  }

  /**
   * An option whose value is one number per class, read from an NPY file [C] that the user names;
   * the run keeps a copy of the file.
   */
  public static Option<double[]> perClass(String name, String label, String help) {
    return new Option<>(
        name,
        label,
        "an NPY file of a number for each class, [C]",
        null,
        help,
        double[].class,
        List.of(),
        value -> {
          if (value instanceof double[] numbers) {
            return numbers;
          }
          throw new IllegalArgumentException();
        });
  }

  /** The same option with another default value. */
  public Option<T> usually(T usual) {
    return new Option<>(name, label, expected, usual, help, type, choices, reader);
  }

  /** The name in {@code config.json}: lower case, words joined by {@code _}. */
  public String name() {
    return name;
  }

  /** The name on the command line, such as {@code --state-momentum}. */
  public String flag() {
    return "--" + name.replace('_', '-');
  }

  /** The placeholder for the value in the help. */
  public String label() {
    return label;
  }

  /** The allowed values, in words, including the range. */
  public String expected() {
    return expected;
  }

  /** The default value; null for none. */
  public T usual() {
    return usual;
  }

  /** The line of help for this option. */
  public String help() {
    return help;
  }

  /** The class of its values. */
  public Class<?> type() {
    return type;
  }

  /** Whether the option names a file with one number per class. */
  public boolean perClass() {
    return type == double[].class;
  }

  /**
   * Parses a value of this option.
   *
   * @param given text from the command line; a number, a list of numbers or text from JSON; or, for
   *     an option with one number per class, those numbers
   * @param owner name of the head or backbone, for the message
   * @throws InvalidInputException if the value is not allowed
   */
  public T read(Object given, String owner) {
    try {
      return reader.apply(given);
    } catch (IllegalArgumentException e) {
      throw new InvalidInputException(
          "%s: expected %s with %s, found %s; %s"
              .formatted(
                  name.replace('_', ' '),
                  expected,
                  owner,
                  found(given),
                  Spelling.nearest(given.toString(), choices)
                      .map(meant -> "did you mean " + meant + "?")
                      .orElse(usual == null ? "leave it out" : words(usual) + " is usual")),
          e);
    }
  }

  /** A value as written on the command line and in {@code config.json}. */
  public static String words(Object value) {
    if (value instanceof Enum<?> e) {
      return word(e);
    }
    return value instanceof List<?> list
        ? String.join(", ", list.stream().map(Option::words).toList())
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

  /** All constants of an enum. */
  public static <E extends Enum<E>> List<E> all(Class<E> type) {
    return Arrays.asList(type.getEnumConstants());
  }
}
