package org.marginsoftmax.pairs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.image.ImageListing;
import org.marginsoftmax.source.NameLines;

/**
 * Pairs as Labeled Faces in the Wild has them ({@code pairs.txt}, {@code pairsDevTrain.txt}): a
 * first line of the number of sets and that of pairs of each kind in a set, or of the latter alone
 * for one set; then for each set that many lines {@code name n1 n2} of one person, and as many
 * {@code name1 n1 name2 n2} of two. The image of a name and a number is {@code
 * name/name_0001.EXTENSION}. The sets are the folds.
 */
final class LfwPairs {
  private static final Pattern HEADER = Pattern.compile("\\s*(?:(\\d{1,6})\\s+)?(\\d{1,6})\\s*");

  private final Path list;
  private final Path root;
  private final FileMedia media;
  private final PairRows rows;
  private final List<String> subjects = new ArrayList<>();

  /** Files of each person by their names without extension, of persons seen so far. */
  private final Map<String, Map<String, List<String>>> files = new HashMap<>();

  private LfwPairs(Path list, Path root) {
    this.list = list;
    this.root = root == null ? list.toAbsolutePath().getParent() : root;
    this.media = new FileMedia(list, this.root);
    this.rows = new PairRows(list, "line");
  }

  /**
   * Reads a list.
   *
   * @param root folder of the persons' folders; null for that of the list
   * @throws InvalidInputException if it is not as its first line says, or files are missing
   */
  static PairList read(Path list, Path root) {
    return new LfwPairs(list, root).read();
  }

  private PairList read() {
    List<String> lines = NameLines.read(list);
    Matcher header = HEADER.matcher(lines.isEmpty() ? "" : lines.get(0));
    if (!header.matches()) {
      throw new InvalidInputException(
          "a first line with the number of sets and of pairs of each kind in a set, as in '10 300'",
          lines.isEmpty() ? "nothing" : "'" + lines.get(0).strip() + "'",
          list,
          "add it; a list of paths has to be a .csv or .tsv file");
    }
    int sets = header.group(1) == null ? 1 : Integer.parseInt(header.group(1));
    int each = Integer.parseInt(header.group(2));
    long expected = 2L * sets * each;
    if (expected != lines.size() - 1) {
      throw new InvalidInputException(
          "%d lines of pairs after the first, which says '%s'"
              .formatted(expected, lines.get(0).strip()),
          lines.size() - 1 + "",
          list,
          "bring a whole copy, or mend the first line");
    }
    int[] ofOne = new int[sets];
    for (int i = 1; i < lines.size(); i++) {
      int set = (i - 1) / (2 * each);
      ofOne[set] += pair(lines.get(i).strip().split("\\s+"), i + 1) ? 1 : 0;
      if (sets > 1) {
        rows.fold(set);
      }
    }
    for (int set = 0; set < sets; set++) {
      if (ofOne[set] != each) {
        throw new InvalidInputException(
            "%d pairs of one person in each set".formatted(each),
            "%d in set %d, lines %d to %d"
                .formatted(ofOne[set], set + 1, 2 + 2 * each * set, 1 + 2 * each * (set + 1)),
            list,
            "bring a whole copy");
      }
    }
    media.requireAll();
    boolean[] same = new boolean[rows.size()];
    for (int i = 0; i < same.length; i++) {
      same[i] = rows.same(i);
    }
    rows.require("image", same);
    String[] names = subjects.toArray(String[]::new);
    return new PairAssembly(list, media, null, names, rows, same, rows.groups(), List.of())
        .assemble();
  }

  private boolean pair(String[] fields, int line) {
    boolean ofOne = fields.length == 3;
    if (!ofOne && fields.length != 4) {
      throw refused("a name and two numbers, or a name and a number twice", fields, line);
    }
    if (!ofOne && fields[0].equals(fields[2])) {
      throw refused("two persons", fields, line);
    }
    int first = image(fields[0], fields[1], fields, line);
    int second = image(ofOne ? fields[0] : fields[2], fields[fields.length - 1], fields, line);
    rows.add(first, second, ofOne, line);
    return ofOne;
  }

  private int image(String person, String number, String[] fields, int line) {
    if (!number.matches("\\d{1,9}")) {
      throw refused("a whole number of an image", fields, line);
    }
    String name = "%s_%04d".formatted(person, Integer.parseInt(number));
    List<String> found = files.computeIfAbsent(person, this::listed).getOrDefault(name, List.of());
    if (found.size() > 1) {
      throw new InvalidInputException(
          "one image of each number",
          "%s and %s, for line %d".formatted(found.get(0), found.get(1), line),
          root.resolve(person),
          "take one of them away");
    }
    if (found.isEmpty()) {
      return media.miss("%s/%s".formatted(person, name), line);
    }
    int medium = media.add(person + "/" + found.get(0), line);
    if (medium == subjects.size()) {
      subjects.add(person);
    }
    return medium;
  }

  /** Images in the folder of a person; none if there is no such folder. */
  private Map<String, List<String>> listed(String person) {
    Map<String, List<String>> byName = new HashMap<>();
    try (Stream<Path> listed = Files.list(root.resolve(person))) {
      listed
          .map(file -> file.getFileName().toString())
          .filter(name -> ImageListing.whyNot(Path.of(name)) == null)
          .sorted()
          .forEach(
              name ->
                  byName
                      .computeIfAbsent(
                          name.substring(0, name.lastIndexOf('.')), n -> new ArrayList<>())
                      .add(name));
    } catch (IOException | InvalidPathException e) {
      return Map.of(); // said with the files that are missing
    }
    return byName;
  }

  private InvalidInputException refused(String expected, String[] fields, int line) {
    return new InvalidInputException(
        expected,
        "'%s' in line %d".formatted(String.join(" ", fields), line),
        list,
        "mend the line");
  }
}
