package org.marginsoftmax.source;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import org.marginsoftmax.FileTrouble;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.npy.NpySource;

/**
 * Arrays by name, ignoring case: those of an NPZ archive, stored or deflated, or the NPY files of a
 * folder.
 */
final class NamedArrays implements AutoCloseable {
  private static final String NPY = ".npy";
  private static final String NPZ = ".npz";

  /** The largest compression ratio of deflate. */
  private static final int LARGEST_RATIO = 1032;

  private final ZipFile archive;
  private final SortedMap<String, NpySource> sources = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);

  /** Names that occur a second time, in another case or the same, with the second spelling. */
  private final SortedMap<String, String> twice = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);

  private final Path path;

  private NamedArrays(Path path, ZipFile archive) {
    this.path = path;
    this.archive = archive;
  }

  /**
   * Whether a path is an NPZ archive, an NPY file, or a folder with NPY files and no sub-folders or
   * IDX files.
   */
  static boolean is(Path path) {
    if (Files.isDirectory(path)) {
      try (Stream<Path> listed = Files.list(path)) {
        List<Path> files = listed.toList();
        return files.stream().anyMatch(file -> ends(file.toString(), NPY))
            && files.stream().noneMatch(file -> isFolder(file) || IdxFolder.isIdx(file));
      } catch (IOException e) {
        return false;
      }
    }
    return Files.isRegularFile(path) && (ends(path.toString(), NPZ) || ends(path.toString(), NPY));
  }

  /** Whether a path is a folder that is not hidden, as those of tools are. */
  private static boolean isFolder(Path path) {
    return Files.isDirectory(path) && !path.getFileName().toString().startsWith(".");
  }

  /**
   * Opens the arrays; the caller must close them.
   *
   * @throws InvalidInputException if the archive is damaged, or the path is a single array
   */
  static NamedArrays open(Path path) {
    FileTrouble.requireFileOrFolder(path);
    if (Files.isRegularFile(path) && ends(path.toString(), NPY)) {
      throw new InvalidInputException(
          "arrays of features and of labels",
          "a single array",
          path,
          "put features.npy and labels.npy into a folder and name that");
    }
    try {
      return Files.isDirectory(path) ? ofFolder(path) : ofArchive(path);
    } catch (ZipException e) {
      throw new InvalidInputException(
          "an NPZ archive", FileTrouble.said(e), path, "save it with numpy.savez", e);
    } catch (IOException e) {
      throw new InvalidInputException(
          "a readable file", FileTrouble.said(e), path, "check its rights", e);
    }
  }

  private static NamedArrays ofFolder(Path folder) throws IOException {
    NamedArrays arrays = new NamedArrays(folder, null);
    try (Stream<Path> files = Files.list(folder)) {
      List<Path> sorted = files.sorted().toList();
      for (Path file : sorted) {
        String name = file.getFileName().toString();
        if (ends(name, NPY)) {
          arrays.add(withoutEnding(name), NpySource.of(file));
        }
      }
    }
    return arrays;
  }

  private static NamedArrays ofArchive(Path file) throws IOException {
    ZipFile archive = new ZipFile(file.toFile());
    NamedArrays arrays = new NamedArrays(file, archive);
    archive.stream()
        .filter(entry -> ends(entry.getName(), NPY))
        .forEach(
            entry -> {
              String name = withoutEnding(entry.getName());
              long compressed = Math.min(entry.getCompressedSize(), file.toFile().length());
              arrays.add(
                  name,
                  new NpySource(
                      file + ": " + name,
                      () -> new ChecksumInput(archive.getInputStream(entry), entry.getCrc()),
                      compressed * LARGEST_RATIO));
            });
    return arrays;
  }

  private void add(String name, NpySource source) {
    if (sources.putIfAbsent(name, source) != null) {
      twice.put(name, name);
    }
  }

  private static boolean ends(String name, String ending) {
    return name.toLowerCase(Locale.ROOT).endsWith(ending);
  }

  private static String withoutEnding(String name) {
    return name.substring(0, name.length() - NPY.length());
  }

  /** Their names, in order. */
  Set<String> names() {
    return sources.keySet();
  }

  /**
   * The array of that name, which is there.
   *
   * @throws InvalidInputException if two arrays have the name
   */
  NpySource get(String name) {
    if (twice.containsKey(name)) {
      String first = sources.keySet().stream().filter(name::equalsIgnoreCase).findFirst().get();
      throw new InvalidInputException(
          "one array " + name, first + " and " + twice.get(name), path, "keep one of them");
    }
    return sources.get(name);
  }

  @Override
  public void close() {
    if (archive != null) {
      try {
        archive.close();
      } catch (IOException e) {
        throw FileTrouble.with(Path.of(archive.getName()), e);
      }
    }
  }
}
