package org.marginsoftmax.cluster;

/** Thrown when a worker of a cluster is gone or does not answer; the message says which and why. */
public final class WorkerLostException extends RuntimeException {
  private static final long serialVersionUID = 1;

  WorkerLostException(String lost, Throwable cause) {
    super(
        "cluster: expected all workers until the end, found %s; the checkpoints are whole: see to it that it runs, then go on with `resume`"
            .formatted(lost),
        cause);
  }
}
