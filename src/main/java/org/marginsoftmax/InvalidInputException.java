package org.marginsoftmax;

/**
 * Thrown when something the user gave cannot be used: an option, an array, a file or a model. The
 * message is one line that says what was expected, what was found and what to do. The command line
 * prints only this message and exits with code 2; any other exception is a failure at run time, not
 * a mistake in the input.
 */
public class InvalidInputException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  /**
   * @param message one line, such as {@code margin: expected at least 0, found -1; 0.5 is usual}
   */
  public InvalidInputException(String message) {
    super(message);
  }

  /**
   * @param message one line, such as {@code margin: expected at least 0, found -1; 0.5 is usual}
   * @param cause the error that showed that the input cannot be used
   */
  public InvalidInputException(String message, Throwable cause) {
    super(message, cause);
  }

  /**
   * For unusable data: a damaged file, labels out of range, a selection that matches nothing.
   *
   * @param expected what was expected
   * @param found what was found instead, with its value
   * @param where the file, or the text of the option
   * @param remedy what the user can do about it
   */
  public InvalidInputException(String expected, String found, Object where, String remedy) {
    this(expected, found, where, remedy, null);
  }

  /**
   * For unusable data, with the error that showed it.
   *
   * @param expected what was expected
   * @param found what was found instead, with its value
   * @param where the file, or the text of the option
   * @param remedy what the user can do about it
   * @param cause that error; may be null
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
