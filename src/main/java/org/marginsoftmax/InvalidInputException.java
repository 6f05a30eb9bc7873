package org.marginsoftmax;

/**
 * What was given cannot be used: an option, an array, a file, a model. The message is one line that
 * says what was expected, what was found and what to do. The command line prints it alone and
 * leaves with exit code 2; every other exception is a failure of ours.
 */
public class InvalidInputException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  /**
   * @param message as in {@code margin: expected at least 0, found -1; 0.5 is usual}
   */
  public InvalidInputException(String message) {
    super(message);
  }

  /**
   * @param message as in {@code margin: expected at least 0, found -1; 0.5 is usual}
   * @param cause what showed that it cannot be used
   */
  public InvalidInputException(String message, Throwable cause) {
    super(message, cause);
  }

  /**
   * For data: a damaged file, labels out of range, a selection that selects nothing.
   *
   * @param expected what it should have been
   * @param found what it is, with the value
   * @param where the file, or the option's text
   * @param remedy what the user can do about it
   */
  public InvalidInputException(String expected, String found, Object where, String remedy) {
    this(expected, found, where, remedy, null);
  }

  /**
   * For data, keeping what showed that it cannot be used.
   *
   * @param expected what it should have been
   * @param found what it is, with the value
   * @param where the file, or the option's text
   * @param remedy what the user can do about it
   * @param cause may be null
   */
  public InvalidInputException(
      String expected, String found, Object where, String remedy, Throwable cause) {
    this(
        "expected %s, found %s (%s), %s"
            .formatted(expected, found, where, remedy)
            .replaceAll("\\R", " "),
        cause);
  }
}
