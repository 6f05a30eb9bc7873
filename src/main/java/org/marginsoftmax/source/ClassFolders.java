package org.marginsoftmax.source;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.image.ImageListing;

/**
 * The class folders in a folder, sorted by name.
 *
 * @param dir the folder
 * @param names class names
 */
record ClassFolders(Path dir, List<String> names) {
  private static final int NAMED = 5;

  /** With more folders than this, none of them can be the one with everything in it. */
  private static final int FEW = 8;

  /**
   * The class folders of each part of a folder that is split, the training part first; of the
   * folder itself if it is not split. No image is read.
   *
   * @throws InvalidInputException if there are fewer than two classes, two names look the same, or
   *     parts have other classes than the training part
   */
  static List<ClassFolders> ofParts(Path dir, SplitFolders split) {
    if (!split.isSplit()) {
      return List.of(of(dir));
    }
    List<ClassFolders> parts =
        Stream.of(split.train(), split.validation(), split.test())
            .filter(part -> part != null)
            .map(ClassFolders::of)
            .toList();
    if (split.train() != null) {
      parts.forEach(part -> part.requireClasses(parts.get(0).names));
    }
    return parts;
  }

  private static ClassFolders of(Path dir) {
    List<Path> folders = SplitFolders.folders(dir);
    List<String> names =
        folders.stream()
            .map(f -> f.getFileName().toString())
            .sorted(
                Comparator.comparing((String name) -> Names.composed(name))
                    .thenComparing(name -> name))
            .toList();
    List<Path> splits =
        folders.size() > FEW
            ? List.of()
            : folders.stream().filter(folder -> SplitFolders.of(folder).isSplit()).toList();
    if (splits.size() == 1 && SplitFolders.of(splits.get(0)).train() != null) {
      throw new InvalidInputException(
          "a sub-folder for each class, or train, val and test",
          "these below '" + splits.get(0).getFileName() + "'",
          dir,
          "name " + splits.get(0) + " instead");
    }
    if (names.size() < 2) {
      throw tooFew(names.size(), dir);
    }
    requireReadable(names, dir);
    for (int k = 1; k < names.size(); k++) {
      if (Names.composed(names.get(k)).equals(Names.composed(names.get(k - 1)))) {
        throw new InvalidInputException(
            "class names that people can tell apart",
            "'%s' twice, in two forms of Unicode".formatted(names.get(k)),
            dir,
            "put the two together, or rename one");
      }
    }
    return new ClassFolders(dir, names);
  }

  static InvalidInputException tooFew(int classes, Path dir) {
    return new InvalidInputException(
        "a sub-folder for each of at least 2 classes",
        classes + "",
        dir,
        "sort the images into one folder a class");
  }

  /** What a class folder holds instead of images; empty for nothing. */
  String whyEmpty(String name) {
    Path folder = dir.resolve(name);
    List<String> lines =
        Files.isDirectory(folder) ? ImageListing.of(folder).passedOver().lines() : List.of();
    return lines.isEmpty() ? "" : " (" + String.join("; ", lines) + ")";
  }

  /**
   * Refuses names with bytes that Java cannot decode, because all such bytes would become the same
   * character.
   */
  static void requireReadable(List<String> names, Path dir) {
    String encoding = System.getProperty("sun.jnu.encoding", "UTF-8");
    boolean unicode = encoding.equals("UTF-8") || File.separatorChar == '\\';
    for (String name : names) {
      if (name.indexOf('\uFFFD') >= 0 || !unicode && name.chars().anyMatch(c -> c > 0x7f)) {
        throw new InvalidInputException(
            "names of classes in UTF-8",
            "'" + name + "', read as " + encoding,
            dir,
            unicode ? "rename it" : "set LC_ALL=C.UTF-8 before java starts, as the launcher does");
      }
    }
  }

  /**
   * Refuses classes that differ from those of another part, because labels must stand for the same
   * names in both.
   */
  private void requireClasses(List<String> expectedNames) {
    List<String> expected = expectedNames.stream().map(Names::composed).toList();
    List<String> found = names.stream().map(Names::composed).toList();
    List<String> missing = expected.stream().filter(name -> !found.contains(name)).toList();
    List<String> added = found.stream().filter(name -> !expected.contains(name)).toList();
    if (!missing.isEmpty() || !added.isEmpty()) {
      throw new InvalidInputException(
          "the same classes as below train",
          Stream.of(some("no ", missing), some("besides ", added))
              .filter(words -> !words.isEmpty())
              .collect(Collectors.joining(", ")),
          dir,
          "give both the same sub-folders");
    }
  }

  private static String some(String word, List<String> names) {
    return names.isEmpty()
        ? ""
        : word
            + names.stream()
                .limit(NAMED)
                .map(name -> "'" + name + "'")
                .collect(Collectors.joining(", "))
            + (names.size() > NAMED ? " and " + (names.size() - NAMED) + " more" : "");
  }
}
