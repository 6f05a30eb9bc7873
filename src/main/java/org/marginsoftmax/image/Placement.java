package org.marginsoftmax.image;

/**
 * Which part of an image is resized, to which size, and where the result lies in the sample.
 *
 * @param top first row of the part, in pixels of the image
 * @param left first column of the part
 * @param height rows of the part
 * @param width columns of the part
 * @param size that the part is resized to
 * @param above rows of border above it
 * @param before columns of border to the left of it
 */
record Placement(
    double top, double left, double height, double width, ImageSize size, int above, int before) {
  /** Places an image of one size in a sample of another. */
  static Placement of(ImageFit fit, ImageSize image, ImageSize sample) {
    double height = image.height();
    double width = image.width();
    return switch (fit.kind()) {
      case STRETCH -> new Placement(0, 0, height, width, sample, 0, 0);
      case PAD -> {
        ImageSize size =
            new ImageSize(
                inProportion(sample.height(), sample.width(), image.height(), image.width()),
                inProportion(sample.width(), sample.height(), image.width(), image.height()));
        yield new Placement(
            0,
            0,
            height,
            width,
            size,
            (sample.height() - size.height()) / 2,
            (sample.width() - size.width()) / 2);
      }
      case CROP -> {
        double rows = Math.min(height, width * sample.height() / sample.width());
        double columns = Math.min(width, height * sample.width() / sample.height());
        yield new Placement(
            (height - rows) / 2, (width - columns) / 2, rows, columns, sample, 0, 0);
      }
    };
  }

  /** The largest side that fits, rounded, where the other sides are to each other as given. */
  private static int inProportion(int most, int otherMost, long side, long other) {
    return (int) Math.max(1, Math.min(most, (2 * side * otherMost + other) / (2 * other)));
  }

  /** The same of an image after a quarter turn. */
  Placement turned() {
    return new Placement(left, top, width, height, size.turned(), before, above);
  }
}
