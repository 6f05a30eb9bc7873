package org.marginsoftmax.pairs;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.source.Ints;

/** Pairs of images by their paths, in a CSV or TSV file. */
final class ImagePairs {
  private final Path list;
  private final FileMedia media;
  private final List<String> subjects = new ArrayList<>();
  private final Ints lines = new Ints();

  private ImagePairs(Path list, Path root) {
    this.list = list;
    this.media = new FileMedia(list, root);
  }

  /**
   * Reads a list.
   *
   * @param root folder that paths are relative to; null for that of the list
   * @throws InvalidInputException if it cannot be understood or contradicts itself, or files are
   *     missing; with the line
   */
  static PairList read(Path list, Path root) {
    return new ImagePairs(list, root).read();
  }

  private PairList read() {
    PairRows rows = PairTable.read(list, false, this::number);
    media.requireAll();
    boolean[] same = new boolean[rows.size()];
    for (int i = 0; i < same.length; i++) {
      same[i] = rows.same(i);
    }
    rows.require("image", same);
    boolean told = subjects.get(0) != null;
    return new PairAssembly(
            list,
            media,
            null,
            told ? subjects.toArray(String[]::new) : null,
            rows,
            same,
            rows.groups(),
            List.of())
        .assemble();
  }

  private int number(String path, String subject, int line) {
    int medium = media.add(path, line);
    if (medium == subjects.size()) {
      subjects.add(subject);
      lines.add(line);
    } else if (medium >= 0 && subject != null && !subject.equals(subjects.get(medium))) {
      throw new InvalidInputException(
          "one subject for each image",
          "'%s' in line %d and '%s' in line %d of %s"
              .formatted(subjects.get(medium), lines.get(medium), subject, line, path),
          list,
          "mend the subjects");
    }
    return medium;
  }
}
