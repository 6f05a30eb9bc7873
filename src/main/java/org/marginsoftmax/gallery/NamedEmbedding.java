package org.marginsoftmax.gallery;

import java.nio.charset.StandardCharsets;
import org.marginsoftmax.InvalidInputException;

/**
 * An embedding with a name.
 *
 * @param name 1 to {@value #LONGEST_NAME} characters, none of them a control character or line
 *     separator, not all of them blank
 * @param vector [D], D at most {@value #LARGEST_DIMENSION}; a copy of the given one, scaled to norm
 *     1
 */
public record NamedEmbedding(String name, float[] vector) {
  static final int LONGEST_NAME = 1000;
  static final int LARGEST_DIMENSION = 4096;

  /**
   * @throws InvalidInputException if the name is not valid, or the vector has a wrong size, holds
   *     NaN or infinity, or is zero
   */
  public NamedEmbedding {
    requireName(name);
    vector = unit(vector, "embedding of " + name);
  }

  /** A copy of the vector, [D], of norm 1. */
  @Override
  public float[] vector() {
    return vector.clone();
  }

  /** D, without a copy. */
  int dimension() {
    return vector.length;
  }

  /**
   * Checks that a name is valid.
   *
   * @throws InvalidInputException if it is not
   */
  public static void requireName(String name) {
    String found = null;
    if (name.codePoints().allMatch(NamedEmbedding::isInvisible)) {
      found = "a blank one";
    } else if (name.length() > LONGEST_NAME) {
      found = name.length() + " characters";
    } else if (name.chars().anyMatch(NamedEmbedding::isControl)
        || !StandardCharsets.UTF_8.newEncoder().canEncode(name)) {
      found =
          "'"
              + name.replaceAll("[\\p{Cntrl}\\p{Cs}\\u2028\\u2029]", "?")
              + "' with control characters";
    }
    if (found != null) {
      throw new InvalidInputException(
          "name: expected 1 to %d printable characters, found %s; choose another"
              .formatted(LONGEST_NAME, found));
    }
  }

  private static boolean isInvisible(int c) {
    return Character.isWhitespace(c)
        || Character.isSpaceChar(c)
        || Character.getType(c) == Character.FORMAT;
  }

  /** Lines and paragraphs end with separators of their own too. */
  private static boolean isControl(int c) {
    return Character.isISOControl(c) || c == '\u2028' || c == '\u2029';
  }

  /**
   * A copy of norm 1.
   *
   * @param what whose it is, in words
   */
  static float[] unit(float[] vector, String what) {
    if (vector.length == 0 || vector.length > LARGEST_DIMENSION) {
      throw new InvalidInputException(
          "%s: expected 1 to %d numbers, found %d; use an embedding layer of that size"
              .formatted(what, LARGEST_DIMENSION, vector.length));
    }
    double squares = 0;
    for (int i = 0; i < vector.length; i++) {
      if (!Float.isFinite(vector[i])) {
        throw new InvalidInputException(
            "%s: expected finite numbers, found %s at %d; look at the image and the model"
                .formatted(what, vector[i], i));
      }
      squares += (double) vector[i] * vector[i];
    }
    if (squares == 0) {
      throw new InvalidInputException(
          "%s: expected a direction, found zeros only; look at the image and the model"
              .formatted(what));
    }
    float[] unit = new float[vector.length];
    for (int i = 0; i < unit.length; i++) {
      unit[i] = (float) (vector[i] / Math.sqrt(squares));
    }
    return unit;
  }
}
