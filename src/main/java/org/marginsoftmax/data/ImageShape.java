package org.marginsoftmax.data;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.marginsoftmax.InvalidInputException;

/**
 * The shape of one image, stored height first, channel last.
 *
 * @param height rows, at least 1
 * @param width columns, at least 1
 * @param channels values per pixel, at least 1
 */
public record ImageShape(int height, int width, int channels) implements ElementSpec {
  /** The longest array that every Java virtual machine allocates. */
  private static final int LARGEST = Integer.MAX_VALUE - 8;

  private static final Pattern FORM = Pattern.compile("(\\d{1,9})x(\\d{1,9})x(\\d{1,9})");

  /**
   * @throws InvalidInputException if a component is not positive, or one image would not fit in a
   *     Java array
   */
  public ImageShape {
    if (height < 1 || width < 1 || channels < 1) {
      throw new InvalidInputException(
          "expected a positive height, width and channels, found " + text(height, width, channels));
    }
    // In two steps: the product of three ints can overflow a long.
    if ((long) height * width > LARGEST || (long) height * width * channels > LARGEST) {
      throw new InvalidInputException(
          "expected at most "
              + LARGEST
              + " values an image, found "
              + text(height, width, channels));
    }
  }

  @Override
  public List<Integer> sizes() {
    return List.of(height, width, channels);
  }

  @Override
  public int bytesPerNumber() {
    return 1;
  }

  /** Number of values, and so of bytes, in one image: height x width x channels. */
  @Override
  public int size() {
    return height * width * channels;
  }

  /**
   * Parses the form that {@link #toString} returns.
   *
   * @throws InvalidInputException if the text is of another form
   */
  public static ImageShape parse(String text) {
    Matcher sizes = FORM.matcher(text);
    if (!sizes.matches()) {
      throw new InvalidInputException(
          "image shape: expected height, width and channels as in 28x28x1, found '%s'; restore it"
              .formatted(text));
    }
    return new ImageShape(
        Integer.parseInt(sizes.group(1)),
        Integer.parseInt(sizes.group(2)),
        Integer.parseInt(sizes.group(3)));
  }

  /** For example {@code 28x28x1}. */
  @Override
  public String toString() {
    return text(height, width, channels);
  }

  private static String text(int height, int width, int channels) {
    return height + "x" + width + "x" + channels;
  }
}
