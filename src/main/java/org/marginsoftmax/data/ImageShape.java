package org.marginsoftmax.data;

import java.util.List;
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

  /** Parses the form that {@link #toString} returns. */
  public static ImageShape parse(String text) {
    String[] sizes = text.split("x");
    return new ImageShape(
        Integer.parseInt(sizes[0]), Integer.parseInt(sizes[1]), Integer.parseInt(sizes[2]));
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
