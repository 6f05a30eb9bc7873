package org.marginsoftmax.data;

import org.marginsoftmax.InvalidInputException;

/**
 * Data that cannot be used as given: a damaged file, labels out of range, a selection that selects
 * nothing. The message is one line: what was expected, what was found, where, and what to do.
 */
public final class DataException extends InvalidInputException {
  private static final long serialVersionUID = 1L;

  /**
   * @param expected what the data should have been
   * @param found what it is, with the value
   * @param where the file, or the option's text
   * @param remedy what the user can do about it
   */
  public DataException(String expected, String found, Object where, String remedy) {
    this(expected, found, where, remedy, null);
  }

  /** As the other constructor, keeping what caused it (may be null). */
  public DataException(
      String expected, String found, Object where, String remedy, Throwable cause) {
    super(
        oneLine("expected " + expected + ", found " + found + " (" + where + "), " + remedy),
        cause);
  }

  private static String oneLine(String message) {
    return message.replaceAll("\\R", " ");
  }
}
