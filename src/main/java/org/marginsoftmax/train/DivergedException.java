package org.marginsoftmax.train;

/** Training cannot go on: the loss is not a number any more. */
public final class DivergedException extends RuntimeException {
  private static final long serialVersionUID = 1;

  DivergedException(long step, double loss) {
    super(
        "loss: expected a finite number, found "
            + loss
            + " at step "
            + step
            + "; lower --lr, warm it up with --lr-warmup, or clip with --clip-norm 5; the last checkpoint from before is kept");
  }
}
