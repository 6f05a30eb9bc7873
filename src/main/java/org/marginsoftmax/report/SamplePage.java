package org.marginsoftmax.report;

import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * A page of samples beside changed copies of themselves.
 *
 * @param title of the page
 * @param lead what it shows, in a sentence
 * @param height of each picture, pixels
 * @param width of each picture, pixels
 * @param channels 1 for grey, 3 for red, green, blue
 * @param rows one for each sample
 */
public record SamplePage(
    String title, String lead, int height, int width, int channels, List<Row> rows) {
  /** Pictures are enlarged, by whole factors, to about this side. */
  private static final int SIDE = 96;

  /**
   * A sample and its changed copies.
   *
   * @param name of the sample
   * @param pictures the sample, then its copies: uint8, height x width x channels
   */
  public record Row(String name, List<byte[]> pictures) {}

  /** Writes the page, complete in itself. */
  public void write(Path file) {
    StringBuilder html = new StringBuilder();
    for (Row row : rows) {
      html.append("<tr><th scope=\"row\">").append(Page.escaped(row.name())).append("</th>");
      row.pictures().forEach(picture -> html.append("<td>").append(tag(picture)).append("</td>"));
      html.append("</tr>\n");
    }
    int copies = rows.isEmpty() ? 0 : rows.get(0).pictures().size() - 1;
    Page.write(
        file,
        title,
        "samples",
        Map.of(
            "lead",
            Page.escaped(lead),
            "copies",
            String.valueOf(Math.max(1, copies)),
            "rows",
            html.toString()));
  }

  private String tag(byte[] picture) {
    BufferedImage image = Png.image(width, height, channels);
    Png.copy(picture, height, width, channels, image, 0, 0);
    int factor = Math.max(1, Math.round((float) SIDE / Math.max(width, height)));
    return "<img alt=\"\" width=\"%d\" height=\"%d\" src=\"%s\">"
        .formatted(factor * width, factor * height, Png.url(image));
  }
}
