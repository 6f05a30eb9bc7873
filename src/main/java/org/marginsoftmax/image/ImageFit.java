package org.marginsoftmax.image;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.marginsoftmax.InvalidInputException;

/**
 * What happens to an image whose proportions differ from those of the samples.
 *
 * @param kind what is done
 * @param border value of the pixels around a padded image, the same in every channel, 0..255; 0 if
 *     there is none
 */
public record ImageFit(Kind kind, int border) {
  /** What is done. */
  public enum Kind {
    /** The whole image, height and width each scaled to size. */
    STRETCH,
    /** The whole image in proportion, in the middle, with a border along two sides. */
    PAD,
    /** The largest part in proportion, from the middle. */
    CROP
  }

  /** The default: the whole image, stretched. */
  public static final ImageFit STRETCH = new ImageFit(Kind.STRETCH, 0);

  /** The middle of the image, in proportion. */
  public static final ImageFit CROP = new ImageFit(Kind.CROP, 0);

  private static final Pattern TEXT = Pattern.compile("stretch|crop|pad(?::(\\d{1,3}))?");

  /**
   * @throws InvalidInputException if the border is out of range, or given for another kind than pad
   */
  public ImageFit {
    if (border < 0 || border > 255 || kind != Kind.PAD && border != 0) {
      throw refused(kind.name().toLowerCase(Locale.ROOT) + ":" + border);
    }
  }

  /** The whole image in proportion, with a border of this value, 0..255. */
  public static ImageFit pad(int border) {
    return new ImageFit(Kind.PAD, border);
  }

  /**
   * Parses {@code stretch}, {@code crop}, {@code pad}, whose border is 0, or as in {@code pad:255}.
   *
   * @throws InvalidInputException if the text is none of these
   */
  public static ImageFit parse(String text) {
    Matcher matcher = TEXT.matcher(text);
    if (!matcher.matches()) {
      throw refused(text);
    }
    return switch (text) {
      case "stretch" -> STRETCH;
      case "crop" -> CROP;
      default -> pad(matcher.group(1) == null ? 0 : Integer.parseInt(matcher.group(1)));
    };
  }

  private static InvalidInputException refused(String found) {
    return new InvalidInputException(
        "image fit: expected stretch, crop, pad, or pad:V with a border of value V in 0..255, found '%s'; choose one"
            .formatted(found));
  }

  /** The form that {@link #parse} reads. */
  @Override
  public String toString() {
    return switch (kind) {
      case STRETCH -> "stretch";
      case CROP -> "crop";
      case PAD -> border == 0 ? "pad" : "pad:" + border;
    };
  }
}
