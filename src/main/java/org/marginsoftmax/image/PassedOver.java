package org.marginsoftmax.image;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Counts of the files in a folder that were not read.
 *
 * @param counts counts by reason, then by extension, such as {@code .png}; unmodifiable
 */
public record PassedOver(SortedMap<String, SortedMap<String, Integer>> counts) {
  private static final Pattern EXTENSION = Pattern.compile("\\.[\\p{L}\\p{N}_-]{1,12}");

  /** No files passed over. */
  public static final PassedOver NONE = new PassedOver(Collections.emptySortedMap());

  /** Counts files passed over for one reason. */
  public static PassedOver of(String reason, Collection<Path> files) {
    return files.isEmpty()
        ? NONE
        : new PassedOver(
            Collections.unmodifiableSortedMap(new TreeMap<>(Map.of(reason, byExtension(files)))));
  }

  public static SortedMap<String, Integer> byExtension(Collection<Path> files) {
    SortedMap<String, Integer> byExtension = new TreeMap<>();
    files.forEach(file -> byExtension.merge(extension(file), 1, Integer::sum));
    return Collections.unmodifiableSortedMap(byExtension);
  }

  /** Counts files one by one, without keeping them. */
  public static final class Counter {
    private final SortedMap<String, SortedMap<String, Integer>> counts = new TreeMap<>();

    /** Counts a file passed over for a reason, given its name or path. */
    public void add(String reason, String file) {
      counts.computeIfAbsent(reason, r -> new TreeMap<>()).merge(extension(file), 1, Integer::sum);
    }

    /** The counts so far. */
    public PassedOver counted() {
      return NONE.plus(new PassedOver(counts));
    }
  }

  /** The sum of these counts and others. */
  public PassedOver plus(PassedOver others) {
    SortedMap<String, SortedMap<String, Integer>> sum = new TreeMap<>();
    for (PassedOver each : List.of(this, others)) {
      each.counts.forEach(
          (reason, byExtension) -> {
            SortedMap<String, Integer> of = sum.computeIfAbsent(reason, r -> new TreeMap<>());
            byExtension.forEach((extension, n) -> of.merge(extension, n, Integer::sum));
          });
    }
    sum.replaceAll((reason, byExtension) -> Collections.unmodifiableSortedMap(byExtension));
    return new PassedOver(Collections.unmodifiableSortedMap(sum));
  }

  /** One line per reason, such as {@code hidden: 3 .png, 1 .DS_Store}. */
  public List<String> lines() {
    List<String> lines = new ArrayList<>();
    counts.forEach((reason, byExtension) -> lines.add(reason + ": " + words(byExtension)));
    return lines;
  }

  /** Number of files by extension, most frequent first. */
  public static String words(Map<String, Integer> byExtension) {
    return byExtension.entrySet().stream()
        .sorted(Map.Entry.<String, Integer>comparingByValue().reversed())
        .map(e -> String.format(Locale.ROOT, "%,d %s", e.getValue(), e.getKey()))
        .collect(Collectors.joining(", "));
  }

  /**
   * The extension of a file, from the last dot on, in lower case; the whole name for one such as
   * {@code .DS_Store}; 'without extension' if there is none.
   */
  static String extension(Path file) {
    return extension(file.getFileName().toString());
  }

  /** The extension of a file, given its name or path with slashes, in the same words. */
  public static String extension(String path) {
    String name = path.substring(path.lastIndexOf('/') + 1);
    int dot = name.lastIndexOf('.');
    String end = dot < 0 ? "" : name.substring(dot);
    if (!EXTENSION.matcher(end).matches()) {
      return "without extension";
    }
    return dot == 0 ? end : end.toLowerCase(Locale.ROOT);
  }

  /** Reports what was passed over, one line per reason. */
  public void tell(Consumer<String> progress) {
    lines().forEach(line -> progress.accept("passed over, " + line));
  }
}
