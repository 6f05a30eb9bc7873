package org.marginsoftmax.train;

/** Training cannot go on: the loss is not a number any more. */
public final class DivergedException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /**
   * @param step that was not taken, from 1
   * @param loss NaN or infinite
   * @param where it was first seen
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
