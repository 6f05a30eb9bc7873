package org.marginsoftmax.run;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.marginsoftmax.InvalidInputException;

/**
 * An option that a sweep varies.
 *
 * @param name as in {@code config.json}, such as {@code optimizer.learning_rate}; that on the
 *     command line, {@code lr}, is taken too
 * @param values what it takes in turn, as {@link TrainConfig#with} takes them: numbers, text,
 *     lists; null if it has a range
 * @param range that a random search draws numbers from; null if it has values
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record SweptOption(String name, List<Object> values, SearchRange range) {
  /**
   * @throws InvalidInputException if there is no such option, it has neither values nor a range or
   *     both, or a range of what is not a number
   */
  public SweptOption {
    name = OptionTypes.key(name);
    String called = OptionNames.of(name);
    AllowedValues.require(
        (values == null) != (range == null)
            && (values == null || !values.isEmpty() && values.stream().noneMatch(Objects::isNull)),
        called,
        "values or a range to sweep",
        values == null ? range == null ? "none" : "both" : values,
        "say `over` " + called + "=A,B");
    AllowedValues.require(
        range == null || OptionTypes.isNumber(name),
        called,
        "values of an option that is no number",
        "the range " + range,
        "list them");
    AllowedValues.require(
        range == null || !OptionTypes.isWhole(name) || Math.ceil(range.low()) <= range.high(),
        called,
        "a range with a whole number in it",
        range,
        "widen it");
    values = values == null ? null : List.copyOf(values);
  }

  /** An option with these values. */
  public static SweptOption of(String name, Object... values) {
    return new SweptOption(name, Arrays.asList(values), null);
  }

  /** An option that is drawn from a range. */
  public static SweptOption within(String name, SearchRange range) {
    return new SweptOption(name, null, range);
  }
}
