package org.marginsoftmax.source;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.IntFunction;

/** Images that are each a file of its own; the name of an item is its path below a folder. */
final class FileSource implements Source {
  /** Bytes of the largest file that is read. */
  private static final long LARGEST = 1L << 29;

  private final Path path;
  private final IntFunction<Path> files;
  private final Listing listing;
  private final Longs sizes;
  private final Longs times;
  private final IntFunction<String> whyEmpty;

  /**
   * @param files the file of each item, by the order of adding
   * @param sizes bytes of each file, by the order of adding
   * @param times when each file was changed, by the order of adding
   * @param whyEmpty why a class has no image, by label
   */
  FileSource(
      Path path,
      IntFunction<Path> files,
      Listing listing,
      Longs sizes,
      Longs times,
      IntFunction<String> whyEmpty) {
    this.path = path;
    this.files = files;
    this.listing = listing;
    this.sizes = sizes;
    this.times = times;
    this.whyEmpty = whyEmpty;
  }

  @Override
  public Path path() {
    return path;
  }

  @Override
  public Listing listing() {
    return listing;
  }

  @Override
  public byte[] content(int item) throws IOException {
    int origin = listing.origin(item);
    if (sizes.get(origin) > LARGEST) {
      throw new IOException("too large: %d MB".formatted(sizes.get(origin) >> 20));
    }
    return Files.readAllBytes(files.apply(origin));
  }

  @Override
  public String stamp(int item) {
    int origin = listing.origin(item);
    // By its whole path: the same list may be read with another `data-root`.
    return files.apply(origin).toAbsolutePath().normalize()
        + "\n"
        + sizes.get(origin)
        + '\n'
        + times.get(origin);
  }

  @Override
  public String whyEmpty(int label) {
    return whyEmpty.apply(label);
  }
}
