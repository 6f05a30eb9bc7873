package org.marginsoftmax.train;

/** Thrown when training cannot continue because the loss or a variable is NaN or infinite. */
public final class DivergedException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /**
   * @param step number of the step that was not taken, from 1
   * @param loss the loss, NaN or infinite
   * @param where the variable or sample in which it was first seen
   */
  DivergedException(long step, double loss, String where) {
    super(
        "loss: expected a finite number, found "
            + loss
            + " at step "
            + step
            + ", first in "
            + where
            + "; lower `lr`, warm it up with `lr-warmup`, or clip with `clip-norm` 5; the last checkpoint from before is kept");
  }
}
