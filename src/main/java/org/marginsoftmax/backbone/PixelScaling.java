package org.marginsoftmax.backbone;

import org.marginsoftmax.InvalidInputException;

/**
 * How pixels are scaled before a backbone sees them: factor x pixel + offset, for pixels in 0..255.
 *
 * @param factor finite, not 0
 * @param offset finite
 */
public record PixelScaling(double factor, double offset) {
  /** Scales pixels to 0..1. */
  public static final PixelScaling UNIT = new PixelScaling(1.0 / 255, 0);

  /** Scales pixels to -1..1. */
  public static final PixelScaling SIGNED = new PixelScaling(1 / 127.5, -1);

  /**
   * @throws InvalidInputException if a value is out of range
   */
  public PixelScaling {
    if (!Double.isFinite(factor) || factor == 0 || !Double.isFinite(offset)) {
      throw new InvalidInputException(
          "input scale: expected a finite factor other than 0 and a finite offset, found "
              + factor
              + " and "
              + offset
              + "; 1/255 and 0 give 0..1");
    }
  }
}
