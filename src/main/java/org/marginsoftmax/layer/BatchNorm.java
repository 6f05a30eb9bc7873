package org.marginsoftmax.layer;

/**
 * Settings of batch normalisation.
 *
 * @param epsilon added to the variance
 * @param momentum share of the running statistics that a step keeps, 0 up to below 1
 * @param affine which scale and offset follow
 */
public record BatchNorm(double epsilon, double momentum, Affine affine) {
  /** The scale gamma and the offset beta behind the normalisation. */
  public enum Affine {
    /** Both are trained. */
    TRAINED,
    /** The scale stays 1, the offset is trained. */
    OFFSET,
    /** Neither: scale 1, offset 0. */
    NONE
  }

  /** Epsilon 1e-3, as in Keras, and momentum 0.9, whose statistics are usable after one epoch. */
  public static final BatchNorm USUAL = new BatchNorm(1e-3, 0.9, Affine.TRAINED);

  /** As PyTorch has it: epsilon 1e-5, momentum 0.9, which is 0.1 in PyTorch's terms. */
  public static final BatchNorm TORCH = new BatchNorm(1e-5, 0.9, Affine.TRAINED);

  /** The same with another scale and offset. */
  public BatchNorm with(Affine affine) {
    return new BatchNorm(epsilon, momentum, affine);
  }
}
