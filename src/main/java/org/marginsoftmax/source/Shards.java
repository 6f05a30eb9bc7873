package org.marginsoftmax.source;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.marginsoftmax.FileTrouble;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.image.Archives;
import org.marginsoftmax.image.ImageListing;
import org.marginsoftmax.image.PassedOver;

/**
 * The files of a source of shards, in the order of their names: a single file; several, as in
 * {@code shard-{000..009}.tar} or {@code {train,val}.tar}; or those in a folder and in its folders
 * train, val and test.
 *
 * @param files shards
 * @param passedOver other files of the folder
 */
record Shards(List<Shard> files, PassedOver passedOver) {
  private static final Pattern BRACES = Pattern.compile("\\{([^{}]*)}");
  private static final Pattern RANGE = Pattern.compile("(\\d{1,9})\\.\\.(\\d{1,9})");
  private static final int MOST = 1_000_000;

  /** Names of classes, in a file beside the shards. */
  static final String CLASSES = "classes.txt";

  /** Whether a path stands for several files. */
  static boolean isPattern(Path path) {
    return BRACES.matcher(path.toString()).find() && !Files.exists(path);
  }

  /**
   * Finds the shards of a source.
   *
   * @throws InvalidInputException if there are none, or one cannot be read
   */
  static Shards of(Path path, ShardFormat format) {
    String kind = format.kind();
    if (isPattern(path)) {
      return new Shards(
          expanded(path.toString()).stream().map(file -> shard(file, null, kind)).toList(),
          PassedOver.NONE);
    }
    if (!Files.isDirectory(path)) {
      return new Shards(List.of(shard(path, null, kind)), PassedOver.NONE);
    }
    PassedOver.Counter passedOver = new PassedOver.Counter();
    List<Shard> shards = new ArrayList<>();
    collect(path, path, format, shards, passedOver);
    if (shards.isEmpty()) {
      throw new InvalidInputException(kind, "none", path, "check the path");
    }
    return new Shards(shards, passedOver.counted());
  }

  private static void collect(
      Path root, Path dir, ShardFormat format, List<Shard> shards, PassedOver.Counter passedOver) {
    String kind = format.kind();
    for (Path file : listed(dir)) {
      String name = file.getFileName().toString();
      if (ImageListing.isHidden(file.getFileName())) {
        passedOver.add("hidden", name);
      } else if (Files.isDirectory(file)) {
        if (dir.equals(root) && Part.named(name) != null) {
          collect(root, file, format, shards, passedOver);
        } else if (format.is(name)) {
          throw new InvalidInputException(kind, "a folder", file, "take it away or rename it");
        }
      } else if (format.is(name)) {
        shards.add(shard(file, root, kind));
      } else if (Archives.isName(name)) {
        passedOver.add("archives or compressed files, unpack them", name);
      } else if (!format.describes(name) && !(dir.equals(root) && name.equals(CLASSES))) {
        passedOver.add("no " + kind + " by their extension", name);
      }
    }
  }

  private static List<Path> listed(Path dir) {
    try (Stream<Path> files = Files.list(dir)) {
      return files.sorted().toList();
    } catch (IOException e) {
      throw new InvalidInputException(
          "a readable folder", FileTrouble.said(e), dir, "check its rights", e);
    }
  }

  private static Shard shard(Path file, Path root, String kind) {
    try {
      if (Files.isDirectory(file)) {
        throw new InvalidInputException(kind, "a folder", file, "check the path");
      }
      String stamp =
          Files.size(file) + "\n" + Files.getLastModifiedTime(file).to(TimeUnit.NANOSECONDS);
      String name = (root == null ? file.getFileName() : root.relativize(file)).toString();
      return new Shard(file, name, part(name, file), stamp);
    } catch (IOException e) {
      throw new InvalidInputException(
          kind, FileTrouble.said(e), file, "check the path and its rights", e);
    }
  }

  /** The part that words of a name say, as in {@code faces-train-000.tar}. */
  private static Part part(String name, Path file) {
    List<Part> parts =
        Stream.of(name.split("[^\\p{L}]+"))
            .map(Part::named)
            .filter(part -> part != null)
            .distinct()
            .toList();
    if (parts.size() > 1) {
      throw new InvalidInputException(
          "a name that says train, val or test", "one that says several", file, "rename the file");
    }
    return parts.isEmpty() ? null : parts.get(0);
  }

  private static List<Path> expanded(String pattern) {
    List<String> open = new ArrayList<>(List.of(pattern));
    List<Path> files = new ArrayList<>();
    while (!open.isEmpty()) {
      String next = open.remove(open.size() - 1);
      Matcher braces = BRACES.matcher(next);
      if (!braces.find()) {
        files.add(Path.of(next));
        continue;
      }
      for (String choice : choices(braces.group(1), pattern)) {
        open.add(next.substring(0, braces.start()) + choice + next.substring(braces.end()));
      }
      if (open.size() + files.size() > MOST) {
        throw new InvalidInputException(
            "at most a million files", "more", pattern, "check the numbers in braces");
      }
    }
    return files.stream().sorted().toList();
  }

  private static List<String> choices(String braces, String pattern) {
    Matcher range = RANGE.matcher(braces);
    if (!range.matches()) {
      return List.of(braces.split(",", -1));
    }
    int first = Integer.parseInt(range.group(1));
    int last = Integer.parseInt(range.group(2));
    if (last < first || last - first > MOST) {
      throw new InvalidInputException(
          "numbers in braces that rise, as in {000..009}",
          "{" + braces + "}",
          pattern,
          "mend them");
    }
    List<String> choices = new ArrayList<>();
    for (int i = first; i <= last; i++) {
      choices.add(("%0" + range.group(1).length() + "d").formatted(i));
    }
    return choices;
  }
}
