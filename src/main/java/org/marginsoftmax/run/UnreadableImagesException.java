package org.marginsoftmax.run;

import java.nio.file.Path;
import java.util.Map;
import org.marginsoftmax.InvalidInputException;

/** No image of several could be read. */
public final class UnreadableImagesException extends InvalidInputException {
  private static final long serialVersionUID = 1L;

  private final transient Map<Path, String> failures;

  UnreadableImagesException(Map<Path, String> failures, String message, Throwable cause) {
    super(message, cause);
    this.failures = failures;
  }

  /** Why each could not, in their order. */
  public Map<Path, String> failures() {
    return failures;
  }
}
