package org.marginsoftmax.keras;

import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.Set;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.backbone.PixelScaling;
import org.marginsoftmax.savedmodel.Shapes;
import org.tensorflow.proto.DataType;

/**
 * The range of pixel values that a model expects, and the evidence for it.
 *
 * @param scaling maps pixels of 0..255 to that range; null if it cannot be determined
 * @param assumed whether 0..1 is assumed because nothing in the model shows the range
 * @param reason in words that follow the range
 */
public record PixelRange(PixelScaling scaling, boolean assumed, String reason) {
  private static final PixelScaling BYTES = PixelScaling.RAW;
  private static final PixelScaling WORDS = new PixelScaling(257, 0);
  private static final PixelScaling SIGNED = PixelScaling.SIGNED;

  /** Pixels as far apart as this, or further, become 1 apart: no model does that to 0..1. */
  private static final double FAR_APART = 30;

  /** As far apart as in 16-bit images, which are not ours. */
  private static final double TOO_FAR = 1000;

  /** What one way through the first operations says. */
  private enum Sign {
    BYTES,
    UNIT,
    SIGNED,
    /** Nothing is done to the pixels. */
    NOTHING,
    /** Any range gives the same. */
    FREE,
    UNCLEAR
  }

  /** Pixels as integers, which are 0..255 unless they are divided by the largest of 16 bits. */
  static PixelRange ofIntegers(DataType type, List<PixelMap> found) {
    OptionalDouble apart =
        found.stream()
            .filter(PixelMap::isAffine)
            .mapToDouble(map -> 1 / Math.abs(map.slope()))
            .filter(far -> far > TOO_FAR)
            .findFirst();
    String reason = "it takes " + Shapes.name(type);
    if (apart.isEmpty()) {
      return new PixelRange(BYTES, false, reason);
    }
    return type == DataType.DT_UINT16 && near(apart.getAsDouble(), 65535)
        ? new PixelRange(WORDS, false, reason + " and divides by 65535")
        : new PixelRange(
            null,
            false,
            String.format(Locale.ROOT, "%s and divides by %.4g", reason, apart.getAsDouble()));
  }

  /** By what the first operations make of the pixels. */
  static PixelRange of(List<PixelMap> found) {
    Set<Sign> signs = EnumSet.noneOf(Sign.class);
    found.forEach(map -> signs.add(sign(map)));
    Set<Sign> clear = EnumSet.copyOf(signs);
    clear.retainAll(EnumSet.of(Sign.BYTES, Sign.UNIT, Sign.SIGNED));
    if (clear.size() > 1) {
      return new PixelRange(
          null,
          false,
          "%s, which fit %s".formatted(words(found, clear), String.join(" and ", ranges(clear))));
    }
    for (Sign sign : clear) {
      return new PixelRange(scaling(sign), false, words(found, clear));
    }
    if (signs.contains(Sign.UNCLEAR)) {
      return new PixelRange(
          null,
          false,
          words(found, EnumSet.of(Sign.UNCLEAR))
              + ", which fits none of 0..255, 0..1 and -1..1 alone");
    }
    return signs.contains(Sign.FREE) && !signs.contains(Sign.NOTHING)
        ? new PixelRange(
            PixelScaling.UNIT, false, "it standardises each image, which any range suits")
        : new PixelRange(
            PixelScaling.UNIT,
            true,
            "assumed: nothing is done to the pixels before the first weights; `input-scale` says otherwise");
  }

  /** The range as text: 0..255, 0..1, -1..1, 0..65535 or unknown. */
  public String range() {
    if (scaling == null) {
      return "unknown";
    }
    if (scaling.equals(WORDS)) {
      return "0..65535";
    }
    return scaling.equals(BYTES) ? "0..255" : scaling.equals(SIGNED) ? "-1..1" : "0..1";
  }

  /**
   * What brings pixels of 0..255 there.
   *
   * @throws InvalidInputException if it cannot be known
   */
  PixelScaling known() {
    if (scaling == null) {
      throw new InvalidInputException(
          "input scale: expected first operations that show the range of the pixels, found that %s; say `input-scale` 1 for a model that takes 0..255, 1/255 for 0..1, or 1/127.5 with `input-offset` -1 for -1..1"
              .formatted(reason));
    }
    return scaling;
  }

  @Override
  public String toString() {
    return "%s (%s)".formatted(range(), reason);
  }

  private static List<String> ranges(Set<Sign> signs) {
    return signs.stream().map(sign -> new PixelRange(scaling(sign), false, "").range()).toList();
  }

  private static PixelScaling scaling(Sign sign) {
    return switch (sign) {
      case BYTES -> BYTES;
      case SIGNED -> SIGNED;
      default -> PixelScaling.UNIT;
    };
  }

  private static Sign sign(PixelMap map) {
    if (map.kind() == PixelMap.Kind.CURVE) {
      return Sign.UNCLEAR;
    }
    if (!map.isAffine()) {
      return Sign.FREE;
    }
    double slope = map.slope();
    // Pixels this far apart become 1 apart.
    double apart = 1 / Math.abs(slope);
    double zero = map.zero();
    if (Double.isNaN(slope) || Double.isNaN(map.offset())) {
      return Sign.UNCLEAR;
    }
    if (slope == 0) {
      return Sign.NOTHING;
    }
    if (apart > TOO_FAR || Math.abs(zero) > TOO_FAR || apart >= FAR_APART && zero < -10) {
      return Sign.UNCLEAR;
    }
    if (apart >= FAR_APART) {
      return Sign.BYTES;
    }
    if (zero >= 10) {
      return apart > 0.9 ? Sign.BYTES : Sign.UNCLEAR;
    }
    if (map.fromSigned() && !near(apart, 1)) {
      return Sign.SIGNED;
    }
    if (zero > 0.02 && zero < 1.01) {
      return apart <= 2 ? Sign.UNIT : Sign.UNCLEAR;
    }
    if (near(apart, 1 / 255.0) && Math.abs(zero) < 0.02) {
      return Sign.UNIT;
    }
    if (near(map.high(), 255)) {
      return Sign.BYTES;
    }
    if (near(map.high(), 1)) {
      return near(map.low(), -1) ? Sign.SIGNED : near(1 + map.low(), 1) ? Sign.UNIT : Sign.UNCLEAR;
    }
    return map.isIdentity() ? Sign.NOTHING : Sign.UNCLEAR;
  }

  private static boolean near(double value, double wanted) {
    return Math.abs(value - wanted) < 0.02 * Math.abs(wanted);
  }

  /** Of each map with one of the signs. */
  private static String words(List<PixelMap> found, Set<Sign> signs) {
    return "first operations make of a pixel p "
        + String.join(
            " and ",
            found.stream()
                .filter(map -> signs.contains(sign(map)))
                .map(PixelRange::words)
                .distinct()
                .toList());
  }

  private static String words(PixelMap map) {
    if (map.kind() == PixelMap.Kind.CURVE) {
      return "a curve of it";
    }
    double slope = map.slope();
    if (Double.isNaN(slope) || Double.isNaN(map.offset())) {
      return "what no constants tell";
    }
    String offset =
        map.gain() == 0
            ? " less the mean"
            : map.offset() == 0
                ? ""
                : String.format(
                    Locale.ROOT, " %s %.4g", map.offset() < 0 ? "-" : "+", Math.abs(map.offset()));
    return String.format(Locale.ROOT, "%.4g p%s", slope, offset);
  }
}
