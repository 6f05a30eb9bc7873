package org.marginsoftmax.pairs;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.marginsoftmax.InvalidInputException;

/**
 * Pairs as insightface has them ({@code lfw.bin}, {@code agedb_30.bin}): a Python pickle of two
 * lists, encoded images and booleans. Images 2i and 2i+1 are pair i. The file names no subjects and
 * has no folds.
 */
final class PickledPairs {
  private static final String REMEDY =
      "write pickle.dump(([bytes of each image], [bool of each pair]), file)";

  private PickledPairs() {}

  /**
   * Reads a list.
   *
   * @throws InvalidInputException if it is another pickle, or a damaged one; with the byte
   */
  static PairList read(Path list) {
    List<List<?>> both = PickleReader.read(list);
    List<PickledImage> images = new ArrayList<>();
    for (Object image : both.get(0)) {
      if (!(image instanceof PickledImage)) {
        throw refused(
            "encoded images, as bytes",
            "another value at " + images.size() + " of the first list",
            list);
      }
      images.add((PickledImage) image);
    }
    boolean[] same = same(both.get(1), list);
    if (images.size() != 2 * same.length) {
      throw refused(
          "two images for each boolean",
          "%d images and %d booleans".formatted(images.size(), same.length),
          list);
    }
    PairRows rows = new PairRows(list, "pair");
    for (int i = 0; i < same.length; i++) {
      rows.add(2 * i, 2 * i + 1, same[i], i);
    }
    rows.require("image", same);
    return new PairAssembly(
            list, PickleMedia.of(list, images), null, null, rows, same, rows.groups(), List.of())
        .assemble();
  }

  private static boolean[] same(List<?> values, Path list) {
    boolean[] same = new boolean[values.size()];
    for (int i = 0; i < same.length; i++) {
      Object value = values.get(i);
      if (value instanceof Boolean is) {
        same[i] = is;
      } else if (value instanceof Integer number && (number == 0 || number == 1)) {
        same[i] = number == 1;
      } else {
        throw refused("booleans", "another value at %d of the second list".formatted(i), list);
      }
    }
    return same;
  }

  private static InvalidInputException refused(String expected, String found, Path list) {
    return new InvalidInputException(expected, found, list, REMEDY);
  }
}
