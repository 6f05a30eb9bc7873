package org.marginsoftmax.source;

import java.io.File;
import java.nio.file.Path;
import java.text.Normalizer;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.image.ImageListing;
import org.marginsoftmax.image.PassedOver;

/**
 * The class folders in a folder, sorted by name, with their files.
 *
 * @param dir the folder
 * @param names class names
 * @param listings files of each class folder
 * @param beside images outside the class folders
 */
record ClassFolders(Path dir, List<String> names, List<ImageListing> listings, PassedOver beside) {
  private static final int NAMED = 5;

  /**
   * Lists the class folders; no image is read.
   *
   * @throws InvalidInputException if there are fewer than two classes, or two names look the same
   */
  static ClassFolders of(Path dir) {
    List<Path> folders =
        SplitFolders.folders(dir).stream()
            .sorted(
                Comparator.comparing((Path f) -> composed(f))
                    .thenComparing(f -> f.getFileName().toString()))
            .toList();
    List<String> names = folders.stream().map(f -> f.getFileName().toString()).toList();
    List<Path> splits =
        folders.stream().filter(folder -> SplitFolders.of(folder).isSplit()).toList();
    if (splits.size() == 1 && SplitFolders.of(splits.get(0)).train() != null) {
      throw new InvalidInputException(
          "a sub-folder for each class, or train, val and test",
          "these below '" + splits.get(0).getFileName() + "'",
          dir,
          "name " + splits.get(0) + " instead");
    }
    if (names.size() < 2) {
      throw new InvalidInputException(
          "a sub-folder for each of at least 2 classes",
          names.size() + "",
          dir,
          "sort the images into one folder a class");
    }
    requireReadable(names, dir);
    for (int k = 1; k < names.size(); k++) {
      if (composed(folders.get(k)).equals(composed(folders.get(k - 1)))) {
        throw new InvalidInputException(
            "class names that people can tell apart",
            "'%s' twice, in two forms of Unicode".formatted(names.get(k)),
            dir,
            "put the two together, or rename one");
      }
    }
    return new ClassFolders(
        dir,
        names,
        folders.stream().map(ImageListing::of).toList(),
        ImageListing.without(dir, folders).passedOver("images outside of class folders"));
  }

  /** A name in composed form, because some systems store an accent after its letter. */
  private static String composed(Path folder) {
    return composed(folder.getFileName().toString());
  }

  private static String composed(String name) {
    return Normalizer.normalize(name, Normalizer.Form.NFC);
  }

  /**
   * Refuses names with bytes that Java cannot decode, because all such bytes would become the same
   * character.
   */
  private static void requireReadable(List<String> names, Path dir) {
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

  /** Number of images. */
  long size() {
    return listings.stream().mapToLong(listing -> listing.images().size()).sum();
  }

  /**
   * Refuses classes that differ from those of another part, because labels must stand for the same
   * names in both.
   */
  void requireClasses(List<String> expectedNames) {
    List<String> expected = expectedNames.stream().map(ClassFolders::composed).toList();
    List<String> found = names.stream().map(ClassFolders::composed).toList();
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
