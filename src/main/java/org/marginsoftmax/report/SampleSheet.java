package org.marginsoftmax.report;

import java.util.List;
import java.util.Locale;
import org.marginsoftmax.InvalidInputException;

/**
 * Samples that the page shows by their images, each image once on a sheet that style sheets cut; or
 * by their names, if they are no images.
 *
 * @param samples in the order of the sheet
 * @param images of them, in the same order; null for none
 */
public record SampleSheet(List<Sample> samples, Thumbnails images) {
  private static final int SIDE = 64;
  private static final int COLUMNS = 24;

  /**
   * A sample.
   *
   * @param name its file, or its number in the data
   * @param className of its label
   */
  public record Sample(String name, String className) {}

  /**
   * @throws InvalidInputException if there is not one image for each sample
   */
  public SampleSheet {
    if (images != null && images.images().size() != samples.size()) {
      throw new InvalidInputException(
          "sheet: expected an image for each of %d samples, found %d"
              .formatted(samples.size(), images.images().size()));
    }
  }

  /** Rules by which {@link #tag} shows images. */
  String style() {
    if (images == null || samples.isEmpty()) {
      return "";
    }
    Thumbnails.Sheet sheet = images.sheet(SIDE, COLUMNS);
    int zoom = zoom(sheet.width(), sheet.height());
    return ".shot { width: %dpx; height: %dpx; background-image: url(\"%s\"); background-size: %dpx auto; }"
        .formatted(
            zoom * sheet.width(),
            zoom * sheet.height(),
            Png.url(sheet.image()),
            zoom * sheet.width() * sheet.columns());
  }

  /** Small images are enlarged by whole factors. */
  private static int zoom(int width, int height) {
    return Math.max(1, Math.round((float) SIDE / Math.max(width, height)));
  }

  /**
   * A sample as HTML, of which the name and class are said to who points at it or cannot see it.
   */
  String tag(int sample) {
    Sample of = samples.get(sample);
    String said = Page.escaped(of.name() + ", " + of.className());
    if (images == null) {
      return "<span class=\"named\"><bdi>" + Page.escaped(of.name()) + "</bdi></span>";
    }
    double scale = Thumbnails.scale(images.width(), images.height(), SIDE);
    int w = Thumbnails.scaled(images.width(), scale);
    int h = Thumbnails.scaled(images.height(), scale);
    int zoom = zoom(w, h);
    return String.format(
        Locale.ROOT,
        "<span class=\"shot\" role=\"img\" aria-label=\"%s\" title=\"%s\" style=\"background-position:%dpx %dpx\"></span>",
        said,
        said,
        -zoom * w * (sample % COLUMNS),
        -zoom * h * (sample / COLUMNS));
  }
}
