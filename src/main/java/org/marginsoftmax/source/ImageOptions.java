package org.marginsoftmax.source;

import java.util.List;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.data.Split;
import org.marginsoftmax.image.ImageFit;
import org.marginsoftmax.image.ImageSize;

/**
 * How the images of a source are read.
 *
 * @param size height and width that each image is brought to, 4..1024 each
 * @param color {@code grey}, {@code color}, or {@code auto}, which means colour if the first image
 *     of any class has colour
 * @param fit what happens to images of other proportions
 * @param testShare share of each class that is held out for testing if the source has no test set,
 *     0..0.5; with 0 there are no test samples
 * @param unreadable largest share of images that may be skipped because they cannot be read, 0..1
 * @param seed seed for drawing the test samples
 */
public record ImageOptions(
    ImageSize size, String color, ImageFit fit, double testShare, double unreadable, long seed) {
  /**
   * @throws InvalidInputException if a value is out of range
   */
  public ImageOptions {
    require(
        Math.min(size.height(), size.width()) >= 4 && Math.max(size.height(), size.width()) <= 1024,
        "a height and a width in 4..1024",
        size,
        "image size");
    require(
        List.of("grey", "color", "auto").contains(color), "grey, color or auto", color, "color");
    Split.requireTestShare(testShare);
    require(unreadable >= 0 && unreadable <= 1, "a share in 0..1", unreadable, "unreadable");
  }

  private static void require(boolean holds, String expected, Object found, String where) {
    if (!holds) {
      throw new InvalidInputException(
          expected, String.valueOf(found), where, "choose one of these");
    }
  }
}
