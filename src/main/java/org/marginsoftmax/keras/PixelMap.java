package org.marginsoftmax.keras;

/**
 * What a value of a graph is of the pixels of an image, in numbers typical of all channels: spread
 * x (pixel - mean of the image) + gain x (mean of the image) + offset.
 *
 * @param kind what is known of it
 * @param spread how much it moves with a pixel within an image; 0 of a mean
 * @param gain how much it moves with all pixels together; 0 where the mean is taken off
 * @param offset what it is for black; the value itself of a constant, NaN where that is not known
 * @param fromSigned whether pixel + 1, or a multiple of it, was on the way
 * @param low pixels below were cut off on the way; NaN where none were
 * @param high pixels above were cut off on the way; NaN where none were
 */
record PixelMap(
    Kind kind,
    double spread,
    double gain,
    double offset,
    boolean fromSigned,
    double low,
    double high) {
  private static final double CLOSE = 0.01;

  /** How a value depends on the pixels. */
  enum Kind {
    /** Not at all. */
    CONSTANT,
    /** As the numbers say. */
    AFFINE,
    /** Divided by what depends on them: the same, or nearly, for pixels times any number. */
    FREE,
    /** One over what depends on them. */
    INVERSE,
    /** By an operation that is none of weights and not known to keep their order and distance. */
    CURVE,
    /** In another way, as the result of weights or of a curve does. */
    OTHER
  }

  /** The pixels themselves. */
  static final PixelMap PIXELS = affine(1, 1, 0, false, Double.NaN, Double.NaN);

  static final PixelMap FREE = of(Kind.FREE);
  static final PixelMap INVERSE = of(Kind.INVERSE);
  static final PixelMap CURVE = of(Kind.CURVE);
  static final PixelMap OTHER = of(Kind.OTHER);

  static PixelMap constant(double value) {
    return new PixelMap(Kind.CONSTANT, 0, 0, value, false, Double.NaN, Double.NaN);
  }

  private static PixelMap of(Kind kind) {
    return new PixelMap(kind, Double.NaN, Double.NaN, Double.NaN, false, Double.NaN, Double.NaN);
  }

  private static PixelMap affine(
      double spread, double gain, double offset, boolean fromSigned, double low, double high) {
    return new PixelMap(
        Kind.AFFINE,
        spread,
        gain,
        offset,
        fromSigned || gain != 0 && Math.abs(offset / gain - 1) < CLOSE,
        low,
        high);
  }

  boolean isConstant() {
    return kind == Kind.CONSTANT;
  }

  boolean isAffine() {
    return kind == Kind.AFFINE;
  }

  /** Pixels come out of it as they went in, or nearly: a fresh batch norm adds 1e-3. */
  boolean isIdentity() {
    return isAffine() && Math.abs(slope() - 1) < 1e-3 && Math.abs(offset) < 1e-3;
  }

  /** How much it moves with a pixel, or with all of them where with one alone it does not. */
  double slope() {
    return spread != 0 ? spread : gain;
  }

  /** The pixel that becomes 0; NaN where that is no question. */
  double zero() {
    return gain == 0 ? Double.NaN : -offset / gain;
  }

  /** Times a number and plus another. */
  PixelMap then(double factor, double added) {
    return isConstant()
        ? constant(offset * factor + added)
        : isAffine()
            ? affine(spread * factor, gain * factor, offset * factor + added, fromSigned, low, high)
            : this;
  }

  /** Cut off at two values, either infinite for none. */
  PixelMap clipped(double from, double to) {
    if (isConstant()) {
      return constant(Math.min(Math.max(offset, from), to));
    }
    if (!isAffine() || gain <= 0) {
      return this;
    }
    return affine(
        spread,
        gain,
        offset,
        fromSigned,
        Double.isInfinite(from) ? low : (from - offset) / gain,
        Double.isInfinite(to) ? high : (to - offset) / gain);
  }

  /** The mean, or another value between the smallest and the largest, over the pixels. */
  PixelMap mean() {
    return isAffine() ? affine(0, gain, offset, fromSigned, low, high) : this;
  }

  /** The sum of both, the other times a number. */
  PixelMap plus(PixelMap other, double times) {
    if (isConstant()) {
      return other.then(times, offset);
    }
    if (other.isConstant()) {
      return then(1, times * other.offset);
    }
    if (isAffine() && other.isAffine()) {
      if (spread + times * other.spread == 0 && gain + times * other.gain == 0) {
        // What neighbours differ by, as of pixels and what a pooling makes of them.
        return OTHER;
      }
      return affine(
          spread + times * other.spread,
          gain + times * other.gain,
          offset + times * other.offset,
          fromSigned,
          low,
          high);
    }
    return kind == Kind.FREE || other.kind == Kind.FREE ? FREE : OTHER;
  }

  /** The product of both. */
  PixelMap times(PixelMap other) {
    if (isConstant()) {
      return other.then(offset, 0);
    }
    if (other.isConstant()) {
      return then(other.offset, 0);
    }
    boolean divided = kind == Kind.INVERSE || other.kind == Kind.INVERSE;
    return divided && kind != Kind.OTHER && other.kind != Kind.OTHER ? FREE : OTHER;
  }

  /** This over the other. */
  PixelMap over(PixelMap other) {
    if (other.isConstant()) {
      return then(1 / other.offset, 0);
    }
    return isConstant() ? INVERSE : isAffine() || kind == Kind.FREE ? FREE : OTHER;
  }

  /** One of both, or both side by side. */
  PixelMap or(PixelMap other) {
    if (isConstant() || other.isConstant()) {
      return !isConstant()
          ? this
          : !other.isConstant() ? other : constant((offset + other.offset) / 2);
    }
    if (isAffine() && other.isAffine()) {
      double ratio = Math.abs(spread / other.spread);
      // Channels may differ a little, as in their deviations.
      return ratio > 4 || ratio < 0.25
          ? OTHER
          : affine(
              (spread + other.spread) / 2,
              (gain + other.gain) / 2,
              (offset + other.offset) / 2,
              fromSigned || other.fromSigned,
              Double.isNaN(low) ? other.low : low,
              Double.isNaN(high) ? other.high : high);
    }
    return kind == other.kind ? this : OTHER;
  }
}
