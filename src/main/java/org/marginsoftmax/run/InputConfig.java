package org.marginsoftmax.run;

import static com.fasterxml.jackson.annotation.JsonFormat.Feature.ACCEPT_SINGLE_VALUE_AS_ARRAY;
import static com.fasterxml.jackson.annotation.JsonFormat.Feature.WRITE_SINGLE_ELEM_ARRAYS_UNWRAPPED;

import com.fasterxml.jackson.annotation.JsonFormat;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.backbone.PixelScaling;

/**
 * What becomes of pixels of 0..255 before the backbone sees them; all null for what the backbone
 * itself says, or a Keras model's graph shows.
 *
 * @param pixels unit (0..1), signed (-1..1), raw (0..255), torch or caffe: one of {@link
 *     PixelScaling#NAMED}, in place of the others; null for these
 * @param scale factor for all channels, or one for each in the backbone's order; null for 1 if one
 *     of the others is given
 * @param offset added after scaling, for all channels or each; null for 0 if one of the others is
 *     given
 * @param channelOrder rgb or bgr, the order in which the backbone takes colours; null for rgb
 */
public record InputConfig(
    String pixels,
    @JsonFormat(with = {ACCEPT_SINGLE_VALUE_AS_ARRAY, WRITE_SINGLE_ELEM_ARRAYS_UNWRAPPED})
        List<Double> scale,
    @JsonFormat(with = {ACCEPT_SINGLE_VALUE_AS_ARRAY, WRITE_SINGLE_ELEM_ARRAYS_UNWRAPPED})
        List<Double> offset,
    String channelOrder) {

  /**
   * @throws InvalidInputException if a value is unknown or out of range, or a name is given beside
   *     others
   */
  public InputConfig {
    scale = scale == null ? null : List.copyOf(scale);
    offset = offset == null ? null : List.copyOf(offset);
    if (pixels != null && (scale != null || offset != null || channelOrder != null)) {
      throw new InvalidInputException(
          "pixels: expected '%s' alone, found `input-scale`, `input-offset` or `channel-order` besides; give these three in its place"
              .formatted(pixels));
    }
    if (pixels != null) {
      AllowedValues.of("pixels", pixels, List.copyOf(new TreeSet<>(PixelScaling.NAMED.keySet())));
    }
    if (channelOrder != null) {
      AllowedValues.of("channel order", channelOrder, List.of("rgb", "bgr"));
    }
    if (scale != null || offset != null) {
      scaling(scale, offset, channelOrder);
    }
  }

  /** Pixels as the backbone says. */
  public static InputConfig usual() {
    return new InputConfig(null, null, null, null);
  }

  /** A scaling as options. */
  static Map<String, Object> options(PixelScaling scaling) {
    return Map.of(
        "input.scale", scaling.factors(),
        "input.offset", scaling.offsets(),
        "input.channel_order", scaling.order().name().toLowerCase(Locale.ROOT));
  }

  /** These values as options, without those that are null. */
  Map<String, Object> options() {
    Map<String, Object> options = new HashMap<>();
    options.put("input.pixels", pixels);
    options.put("input.scale", scale);
    options.put("input.offset", offset);
    options.put("input.channel_order", channelOrder);
    options.values().removeIf(Objects::isNull);
    return options;
  }

  /** The scaling asked for; null for that of the backbone, in this or another order. */
  PixelScaling asked() {
    return pixels != null
        ? PixelScaling.NAMED.get(pixels)
        : scale == null && offset == null ? null : scaling(scale, offset, channelOrder);
  }

  /**
   * The scaling of a network.
   *
   * @param own the backbone's, which holds where none is asked for
   */
  PixelScaling over(PixelScaling own) {
    if (asked() != null) {
      return asked();
    }
    return channelOrder == null
        ? own
        : new PixelScaling(own.factors(), own.offsets(), order(channelOrder));
  }

  private static PixelScaling scaling(List<Double> scale, List<Double> offset, String order) {
    return new PixelScaling(
        scale == null ? List.of(1.0) : scale, offset == null ? List.of(0.0) : offset, order(order));
  }

  private static PixelScaling.Order order(String order) {
    return "bgr".equals(order) ? PixelScaling.Order.BGR : PixelScaling.Order.RGB;
  }
}
