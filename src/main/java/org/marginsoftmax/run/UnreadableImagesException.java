package org.marginsoftmax.run;

import java.nio.file.Path;
import java.util.Map;
import org.marginsoftmax.InvalidInputException;

/** Thrown if none of the given images could be read. */
public final class UnreadableImagesException extends InvalidInputException {
  private static final long serialVersionUID = 1L;

  private final transient Map<Path, String> failures;

  UnreadableImagesException(Map<Path, String> failures, String message, Throwable cause) {
    super(message, cause);
    this.failures = failures;
  }

  /** The reason why each image could not be read, in the order given. */
  public Map<Path, String> failures() {
    return failures;
  }
}
