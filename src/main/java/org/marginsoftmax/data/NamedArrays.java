package org.marginsoftmax.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import org.marginsoftmax.FileTrouble;
import org.marginsoftmax.InvalidInputException;

/**
 * Arrays by name, ignoring case: those of an NPZ archive, stored or deflated, or the NPY files of a
 * folder.
 */
final class NamedArrays implements AutoCloseable {
  private static final String NPY = ".npy";

  /** The largest compression ratio of deflate. */
  private static final int LARGEST_RATIO = 1032;

  private final ZipFile archive;
  private final SortedMap<String, NpySource> sources = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);

  private NamedArrays(ZipFile archive) {
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
        return files.stream().anyMatch(file -> file.toString().endsWith(NPY))
            && files.stream().noneMatch(file -> Files.isDirectory(file) || IdxFolder.isIdx(file));
      } catch (IOException e) {
        return false;
      }
    }
    return Files.isRegularFile(path)
        && (path.toString().endsWith(".npz") || path.toString().endsWith(NPY));
  }

  /**
   * Opens the arrays; the caller must close them.
   *
   * @throws InvalidInputException if the archive is damaged, or the path is a single array
   */
  static NamedArrays open(Path path) {
    if (Files.isRegularFile(path) && path.toString().endsWith(NPY)) {
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
    NamedArrays arrays = new NamedArrays(null);
    try (Stream<Path> files = Files.list(folder)) {
      List<Path> sorted = files.sorted().toList();
      for (Path file : sorted) {
        String name = file.getFileName().toString();
        if (name.endsWith(NPY)) {
          arrays.sources.put(withoutEnding(name), NpySource.of(file));
        }
      }
    }
    return arrays;
  }

  private static NamedArrays ofArchive(Path file) throws IOException {
    ZipFile archive = new ZipFile(file.toFile());
    NamedArrays arrays = new NamedArrays(archive);
    archive.stream()
        .filter(entry -> entry.getName().endsWith(NPY))
        .forEach(
            entry -> {
              String name = withoutEnding(entry.getName());
              long compressed = Math.min(entry.getCompressedSize(), file.toFile().length());
              arrays.sources.put(
                  name,
                  new NpySource(
                      file + ": " + name,
                      () -> archive.getInputStream(entry),
                      compressed * LARGEST_RATIO));
            });
    return arrays;
  }

  private static String withoutEnding(String name) {
    return name.substring(0, name.length() - NPY.length());
  }

  /** Their names, in order. */
  Set<String> names() {
    return sources.keySet();
  }

  /** The array of that name, which is there. */
  NpySource get(String name) {
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
