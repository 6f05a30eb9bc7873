package org.marginsoftmax.cli;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** A number, or one over another. */
final class Fraction implements ITypeConverter<Double> {
  private static final Pattern FRACTION = Pattern.compile("\\s*([^/]+?)\\s*/\\s*([^/]+?)\\s*");

  @Override
  public Double convert(String value) {
    try {
      Matcher matcher = FRACTION.matcher(value);
      return matcher.matches()
          ? Double.parseDouble(matcher.group(1)) / Double.parseDouble(matcher.group(2))
          : Double.parseDouble(value);
    } catch (NumberFormatException e) {
      throw new TypeConversionException(
          "expected a number or a fraction as in 1/255, found '" + value + "'");
    }
  }
}
