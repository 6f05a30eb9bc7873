package org.marginsoftmax.cli;

import java.util.List;
import org.marginsoftmax.run.InputConfig;
import picocli.CommandLine.Option;

/** What becomes of pixels before a backbone or a model sees them. */
final class PixelOptions {
  @Option(
      names = "--pixels",
      descriptionKey = "input.pixels",
      paramLabel = "NAME",
      description =
          "what becomes of pixels of 0..255: unit (0..1), signed (-1..1), raw, torch (ImageNet's"
              + " mean and deviation) or caffe (blue, green, red less their means); default what a"
              + " Keras model's graph shows, else unit")
  private String pixels;

  @Option(
      names = "--input-scale",
      descriptionKey = "input.scale",
      paramLabel = "X[,X...]",
      split = ",",
      converter = Fraction.class,
      description =
          "in place of a name: factor for pixels of 0..255, as in 1/255 or 0.5, for all channels or"
              + " one for each in the backbone's order; default 1")
  private List<Double> scale;

  @Option(
      names = "--input-offset",
      descriptionKey = "input.offset",
      paramLabel = "X[,X...]",
      split = ",",
      converter = Fraction.class,
      description =
          "added to the scaled pixels, as in -1 after --input-scale 1/127.5, for all channels or"
              + " one for each; default 0")
  private List<Double> offset;

  @Option(
      names = "--channel-order",
      descriptionKey = "input.channel_order",
      paramLabel = "ORDER",
      description = "in which the backbone takes colours: rgb (default) or bgr")
  private String order;

  InputConfig config() {
    return new InputConfig(pixels, scale, offset, order);
  }
}
