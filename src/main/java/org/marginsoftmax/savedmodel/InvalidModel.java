package org.marginsoftmax.savedmodel;

import org.marginsoftmax.InvalidInputException;

/**
 * Builds the exceptions for a model that cannot be used. Each message is one line, whatever names
 * the model's files contain: what was expected, what was found, where, and what to do.
 */
public final class InvalidModel {
  /** Longer names and causes are cut: a file may claim a name of a gigabyte. */
  private static final int LONGEST = 400;

  private InvalidModel() {}

  /**
   * Creates the exception, to be thrown by the caller.
   *
   * @param where the folder or file
   * @param expected what it should have been
   * @param found what it is, with the value
   * @param remedy what the user can do about it
   */
  static InvalidInputException at(Object where, String expected, String found, String remedy) {
    return new InvalidInputException(
        "model %s: expected %s, found %s; %s"
            .formatted(line(where.toString()), line(expected), line(found), line(remedy)));
  }

  /** Creates the exception for a message from another process, to be thrown by the caller. */
  static InvalidInputException said(String message) {
    return new InvalidInputException(line(message, 4 * LONGEST));
  }

  /**
   * A text made safe for a one-line message: control characters and line breaks become spaces, and
   * long text is cut.
   */
  public static String line(String text) {
    return line(text, LONGEST);
  }

  private static String line(String text, int longest) {
    String cut = text.length() > longest ? text.substring(0, longest) + "..." : text;
    return cut.replaceAll("[\\p{Cntrl}\\p{Cf}\\u2028\\u2029]+", " ").strip();
  }
}
