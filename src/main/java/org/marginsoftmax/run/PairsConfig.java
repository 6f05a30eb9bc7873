package org.marginsoftmax.run;

import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import org.marginsoftmax.InvalidInputException;

/**
 * A list of pairs to verify.
 *
 * @param list of any {@link org.marginsoftmax.pairs.PairFormat}
 * @param root folder that paths are relative to; null for that of the list, or of that of templates
 * @param templates list of the images of each template; null for pairs of images
 * @param by columns of the list by which its pairs are grouped; empty for none
 */
public record PairsConfig(Path list, Path root, Path templates, List<String> by) {
  /**
   * @throws InvalidInputException if there is no list, or a column is named twice
   */
  public PairsConfig {
    if (list == null) {
      throw new InvalidInputException(
          "pairs: expected a list for `%s`, found none; name one with `pairs`"
              .formatted(templates != null ? "templates" : root != null ? "data-root" : "by"));
    }
    by = List.copyOf(by);
    if (new HashSet<>(by).size() < by.size()) {
      throw new InvalidInputException(
          "by: expected each column once, found %s; leave one out".formatted(by));
    }
  }

  /** A list of pairs of images, with paths relative to it, without groups. */
  public static PairsConfig of(Path list) {
    return new PairsConfig(list, null, null, List.of());
  }
}
