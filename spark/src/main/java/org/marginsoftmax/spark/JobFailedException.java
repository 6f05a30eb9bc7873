package org.marginsoftmax.spark;

/**
 * Thrown if Spark gives a job up: executors were lost too often, or a disk failed. What is done is
 * kept. The message is one line.
 */
public final class JobFailedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  JobFailedException(String message, Throwable cause) {
    super(message, cause);
  }
}
