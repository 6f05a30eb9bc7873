package org.marginsoftmax.report;

import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.util.List;
import org.marginsoftmax.InvalidInputException;

/**
 * The images of a sphere's points, drawn onto a single sheet.
 *
 * @param images uint8, height x width x channels each
 * @param height of each image, pixels
 * @param width of each image, pixels
 * @param channels 1 for grey, 3 for red, green, blue
 */
public record Thumbnails(List<byte[]> images, int height, int width, int channels) {
  /** Largest side on the page; larger images are scaled down. */
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
   * How the page cuts the sheet.
   *
   * @param url the sheet as a data URL of a PNG
   * @param columns images a row
   * @param width of an image on the sheet, pixels
   * @param height of an image on the sheet, pixels
   */
  record Sheet(String url, int columns, int width, int height) {}

  Sheet sheet() {
    double scale = Math.min(1, (double) LARGEST_SIDE / Math.max(width, height));
    int w = Math.max(1, (int) Math.round(width * scale));
    int h = Math.max(1, (int) Math.round(height * scale));
    int rows = Math.max(1, (images.size() + COLUMNS - 1) / COLUMNS);
    BufferedImage sheet = Png.image(COLUMNS * w, rows * h, channels);
    Graphics2D graphics = sheet.createGraphics();
    graphics.setRenderingHint(
        RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BILINEAR);
    for (int i = 0; i < images.size(); i++) {
      int x = i % COLUMNS * w;
      int y = i / COLUMNS * h;
      if (scale == 1) {
        Png.copy(images.get(i), height, width, channels, sheet, x, y);
      } else {
        BufferedImage image = Png.image(width, height, channels);
        Png.copy(images.get(i), height, width, channels, image, 0, 0);
        graphics.drawImage(image, x, y, w, h, null);
      }
    }
    graphics.dispose();
    return new Sheet(Png.url(sheet), COLUMNS, w, h);
  }
}
