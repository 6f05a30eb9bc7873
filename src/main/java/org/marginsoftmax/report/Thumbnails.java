package org.marginsoftmax.report;

import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.Map;
import org.marginsoftmax.InvalidInputException;

/**
 * Images of samples, drawn onto a single sheet.
 *
 * @param images uint8, height x width x channels each; taken one after the other when drawn
 * @param height of each image, pixels
 * @param width of each image, pixels
 * @param channels 1 for grey, 3 for red, green, blue
 */
public record Thumbnails(List<byte[]> images, int height, int width, int channels) {
  /** Largest side on the sheet of a sphere. */
  private static final int LARGEST_SIDE = 48;

  private static final int COLUMNS = 50;

  /**
   * @throws InvalidInputException if there are not 1 or 3 channels
   */
  public Thumbnails {
    if (channels != 1 && channels != 3) {
      throw new InvalidInputException(
          "thumbnails: expected 1 or 3 channels, found " + channels + "; leave them out");
    }
  }

  /**
   * A sheet, and how to cut it.
   *
   * @param image all of it
   * @param columns images a row
   * @param width of an image on the sheet, pixels
   * @param height of an image on the sheet, pixels
   */
  record Sheet(BufferedImage image, int columns, int width, int height) {
    /** The form that the page's script expects, the image as a data URL of a PNG. */
    Map<String, Object> asData() {
      return Map.of("url", Png.url(image), "columns", columns, "width", width, "height", height);
    }
  }

  /** For a page. */
  Sheet sheet() {
    return sheet(LARGEST_SIDE, COLUMNS);
  }

  /**
   * With as many columns as rows, or a row less: 10,000 images have sides of 4,800 pixels at most.
   */
  Sheet square() {
    return sheet(LARGEST_SIDE, Math.max(1, (int) Math.ceil(Math.sqrt(images.size()))));
  }

  /**
   * @param side largest side of an image on the sheet, pixels; larger images are scaled down
   * @param columns images a row
   */
  Sheet sheet(int side, int columns) {
    double scale = scale(width, height, side);
    int w = scaled(width, scale);
    int h = scaled(height, scale);
    int rows = Math.max(1, (images.size() + columns - 1) / columns);
    BufferedImage sheet = Png.image(columns * w, rows * h, channels);
    Graphics2D graphics = sheet.createGraphics();
    graphics.setRenderingHint(
        RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BILINEAR);
    for (int i = 0; i < images.size(); i++) {
      int x = i % columns * w;
      int y = i / columns * h;
      if (scale == 1) {
        Png.copy(images.get(i), height, width, channels, sheet, x, y);
      } else {
        BufferedImage image = Png.image(width, height, channels);
        Png.copy(images.get(i), height, width, channels, image, 0, 0);
        graphics.drawImage(image, x, y, w, h, null);
      }
    }
    graphics.dispose();
    return new Sheet(sheet, columns, w, h);
  }

  static double scale(int width, int height, int side) {
    return Math.min(1, (double) side / Math.max(width, height));
  }

  /** A side of an image on the sheet, at least one pixel. */
  static int scaled(int side, double scale) {
    return Math.max(1, (int) Math.round(side * scale));
  }
}
