package org.marginsoftmax.savedmodel;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import org.marginsoftmax.InvalidInputException;

/**
 * A model that cannot be used as given. The message is one line, whatever names the model's files
 * carry: what was expected, what was found, where, and what to do.
 */
public final class ModelException extends InvalidInputException {
  private static final long serialVersionUID = 1L;

  /** Longer names and causes are cut: a file may claim a name of a gigabyte. */
  private static final int LONGEST = 400;

  /**
   * @param where the folder or file
   * @param expected what it should have been
   * @param found what it is, with the value
   * @param remedy what the user can do about it
   */
  public ModelException(Object where, String expected, String found, String remedy) {
    super(
        "model %s: expected %s, found %s; %s"
            .formatted(clean(where.toString()), clean(expected), clean(found), clean(remedy)));
  }

  /** With a message that another process worded. */
  ModelException(String message) {
    super(clean(message, 4 * LONGEST));
  }

  /** What is wrong with a file, in words. */
  static String said(IOException e) {
    if (e instanceof NoSuchFileException) {
      return "no such file";
    }
    if (e instanceof AccessDeniedException) {
      return "no right to it";
    }
    String reason = e instanceof FileSystemException named ? named.getReason() : e.getMessage();
    return reason == null ? "an error that the system does not explain" : clean(reason);
  }

  /** Without what a terminal obeys or a line ends with. */
  public static String clean(String text) {
    return clean(text, LONGEST);
  }

  private static String clean(String text, int longest) {
    String cut = text.length() > longest ? text.substring(0, longest) + "..." : text;
    return cut.replaceAll("[\\p{Cntrl}\\p{Cf}\\u2028\\u2029]+", " ").strip();
  }
}
