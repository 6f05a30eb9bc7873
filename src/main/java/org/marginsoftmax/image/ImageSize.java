package org.marginsoftmax.image;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.marginsoftmax.InvalidInputException;

/**
 * Height and width of an image.
 *
 * @param height rows of pixels, at least 1
 * @param width columns of pixels, at least 1
 */
public record ImageSize(int height, int width) {
  private static final Pattern TEXT = Pattern.compile("(\\d{1,9})(?:x(\\d{1,9}))?");

  /**
   * @throws InvalidInputException if a side is below 1
   */
  public ImageSize {
    if (height < 1 || width < 1) {
      throw new InvalidInputException(
          "image size: expected a height and a width of at least 1, found %d x %d; 112x96 is 112 rows of 96 pixels"
              .formatted(height, width));
    }
  }

  /**
   * Parses a size: height x width, as in {@code 112x96}, or one number for both.
   *
   * @throws InvalidInputException if the text is neither
   */
  public static ImageSize parse(String text) {
    Matcher matcher = TEXT.matcher(text);
    if (!matcher.matches()) {
      throw new InvalidInputException(
          "image size: expected height x width, as in 112x96, or one number for both, found '%s'; write it like that"
              .formatted(text));
    }
    int height = Integer.parseInt(matcher.group(1));
    return new ImageSize(
        height, matcher.group(2) == null ? height : Integer.parseInt(matcher.group(2)));
  }

  /** The size after a quarter turn. */
  ImageSize turned() {
    return new ImageSize(width, height);
  }

  /** The form that {@link #parse} reads: {@code 112x96}, or {@code 112} if both are the same. */
  @Override
  public String toString() {
    return height == width ? String.valueOf(height) : height + "x" + width;
  }
}
