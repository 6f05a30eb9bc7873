package org.marginsoftmax.backbone;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.marginsoftmax.InvalidInputException;

/**
 * What becomes of pixels in 0..255 before a backbone sees them: their channels are put in order,
 * then each is multiplied by its factor and added to its offset.
 *
 * @param factors one for all channels, or one for each in the backbone's order; finite, not 0
 * @param offsets one for all channels, or one for each in the backbone's order; finite
 * @param order in which the backbone takes the channels
 */
public record PixelScaling(List<Double> factors, List<Double> offsets, Order order) {
  /** The order of the channels of an image in colour. */
  public enum Order {
    /** Red, green, blue, as images are read. */
    RGB,
    /** Blue, green, red, as OpenCV and Caffe have them. */
    BGR
  }

  /** Scales pixels to 0..1. */
  public static final PixelScaling UNIT = new PixelScaling(1.0 / 255, 0);

  /** Leaves pixels at 0..255. */
  public static final PixelScaling RAW = new PixelScaling(1, 0);

  /** Scales pixels to -1..1. */
  public static final PixelScaling SIGNED = new PixelScaling(1 / 127.5, -1);

  private static final List<Double> MEANS = List.of(0.485, 0.456, 0.406);
  private static final List<Double> DEVIATIONS = List.of(0.229, 0.224, 0.225);

  /** ImageNet's mean and deviation of each channel of 0..1, as torchvision's models take them. */
  public static final PixelScaling TORCH =
      new PixelScaling(
          DEVIATIONS.stream().map(d -> 1 / (255 * d)).toList(),
          Stream.of(0, 1, 2).map(c -> -MEANS.get(c) / DEVIATIONS.get(c)).toList(),
          Order.RGB);

  /** Blue, green and red less ImageNet's means, as Caffe's models and Keras' oldest take them. */
  public static final PixelScaling CAFFE =
      new PixelScaling(List.of(1.0), List.of(-103.939, -116.779, -123.68), Order.BGR);

  /** The scalings that have a name. */
  public static final Map<String, PixelScaling> NAMED =
      Map.of("unit", UNIT, "signed", SIGNED, "raw", RAW, "torch", TORCH, "caffe", CAFFE);

  /**
   * @throws InvalidInputException if a value is out of range, or there are two or more factors and
   *     as many offsets but not equally many
   */
  public PixelScaling {
    factors = List.copyOf(factors);
    offsets = List.copyOf(offsets);
    if (factors.isEmpty()
        || offsets.isEmpty()
        || factors.stream().anyMatch(f -> !Double.isFinite(f) || f == 0)
        || offsets.stream().anyMatch(o -> !Double.isFinite(o))
        || factors.size() > 1 && offsets.size() > 1 && factors.size() != offsets.size()) {
      throw new InvalidInputException(
          "input scale: expected a finite factor other than 0 and a finite offset, one for all channels or one for each, found "
              + factors
              + " and "
              + offsets
              + "; 1/255 and 0 give 0..1");
    }
  }

  /** One factor and one offset for all channels, in the order of the image. */
  public PixelScaling(double factor, double offset) {
    this(List.of(factor), List.of(offset), Order.RGB);
  }

  /** The factor of a channel, counted in the backbone's order. */
  public double factor(int channel) {
    return factors.get(factors.size() == 1 ? 0 : channel);
  }

  /** The offset of a channel, counted in the backbone's order. */
  public double offset(int channel) {
    return offsets.get(offsets.size() == 1 ? 0 : channel);
  }

  /** The channel of the image that the backbone takes as this one. */
  public int source(int channel) {
    return order == Order.BGR ? 2 - channel : channel;
  }

  /**
   * Checks that images have as many channels as this is for.
   *
   * @throws InvalidInputException if they have another number
   */
  public void requireChannels(int channels) {
    int each = Math.max(factors.size(), offsets.size());
    if (each > 1 && each != channels || order == Order.BGR && channels != 3) {
      throw new InvalidInputException(
          "input: expected images of %d channels for %s, found %d; read them with `image-color` %s, or give one value for all with `input-scale` and `input-offset`"
              .formatted(
                  each > 1 ? each : 3, this, channels, each == 1 || each == 3 ? "color" : "grey"));
    }
  }

  /** In words, as in {@code times 0.00392157 plus 0.00000}. */
  @Override
  public String toString() {
    return "times %s plus %s%s"
        .formatted(words(factors), words(offsets), order == Order.BGR ? ", blue, green, red" : "");
  }

  private static String words(List<Double> values) {
    return values.stream()
        .map(value -> String.format(Locale.ROOT, "%.6g", value))
        .collect(Collectors.joining(", "));
  }
}
