package org.marginsoftmax.train;

import java.nio.file.Path;

/** Thrown when a checkpoint cannot be written; the message says where and what to do. */
public final class CheckpointException extends RuntimeException {
  private static final long serialVersionUID = 1;

  CheckpointException(Path target, Throwable cause) {
    super(
        "checkpoint: expected to write "
            + target
            + ", found "
            + String.valueOf(cause.getMessage()).lines().findFirst().orElse("")
            + "; make room or choose another folder, earlier checkpoints are kept and `resume` goes on from the latest",
        cause);
  }
}
