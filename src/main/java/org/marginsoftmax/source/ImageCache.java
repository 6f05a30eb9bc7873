package org.marginsoftmax.source;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.marginsoftmax.FileTrouble;
import org.marginsoftmax.InvalidInputException;

/**
 * Keeps decoded images on disk: for each source and form of image a file of pixels, which is mapped
 * into memory, and an index of what is in it. Several runs share them; one process at a time adds
 * to them.
 *
 * <p>An image is known by its {@link Source#stamp}, so that nothing has to be read to know it
 * again; when its file changes it is decoded once more, into a new slot. Slots in the index are
 * never written again, so whoever has mapped a file is not disturbed.
 */
final class ImageCache implements ImageStore {
  private static final long POLL_MILLIS = 200;

  /** How often a file of pixels may be replaced by other processes while this one opens it. */
  private static final int TRIES = 3;

  private final CacheFiles files;
  private final Decoder decoder;
  private final Pace pace;
  private final Consumer<String> progress;
  private final Stamps stamps;

  /**
   * @param dir folder of caches; made if it is missing
   */
  ImageCache(Path dir, Decoder decoder, Pace pace, Consumer<String> progress) {
    this.files = CacheFiles.of(dir, decoder);
    this.decoder = decoder;
    this.pace = pace;
    this.progress = progress;
    this.stamps = Stamps.of(decoder.source());
  }

  @Override
  public Decoded decode(int[] items) {
    try {
      Files.createDirectories(files.dir());
      CacheIndex index = CacheIndex.read(files.index());
      for (int tries = 0; tries < TRIES; tries++) {
        if (index == null || stamps.unknown(items, index).length > 0) {
          index = built(items);
        }
        Optional<Decoded> mapped = mapped(items, index);
        if (mapped.isPresent()) {
          return mapped.get();
        }
        // Damaged, or made anew by another process just now.
        index = null;
      }
      throw new IOException("files that change all the time");
    } catch (IOException e) {
      throw refused(e);
    } catch (UncheckedIOException e) {
      throw refused(e.getCause());
    }
  }

  private InvalidInputException refused(IOException e) {
    return new InvalidInputException(
        "cache %s: expected a folder to read and write, found %s; check its rights, or choose another with `cache`"
            .formatted(files.dir(), FileTrouble.said(e)),
        e);
  }

  /** The images in the file of pixels; nothing if it is not there or too short. */
  private Optional<Decoded> mapped(int[] items, CacheIndex index) throws IOException {
    int[] kept = IntStream.of(items).filter(i -> index.slot(stamps.get(i)) >= 0).toArray();
    int[] slots = IntStream.of(kept).map(i -> index.slot(stamps.get(i))).toArray();
    SortedMap<Integer, String> failures = new TreeMap<>();
    for (int item : items) {
      String why = index.failure(stamps.get(item));
      if (why != null) {
        failures.put(item, why);
      }
    }
    try {
      return CachedImages.map(files.pixels(index), decoder.shape(), index.size(), slots)
          .map(images -> images.hashedBy(() -> hash(kept, images, index)))
          .map(images -> new Decoded(kept, images, failures));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  /** The hash of a sequence of images, which the index remembers. */
  private String hash(int[] items, CachedImages images, CacheIndex index) {
    String sequence = stamps.hash(items);
    String known = index.hash(sequence);
    if (known != null) {
      return known;
    }
    String hash = images.sha256();
    Optional<CacheLock> lock = CacheLock.of(files.lock());
    try (CacheLock held = lock.orElse(null)) {
      CacheIndex latest = CacheIndex.read(files.index());
      if (held != null && held.alone() && latest != null) {
        latest.putHash(sequence, hash);
        latest.write(files.index());
      }
    } catch (IOException | UncheckedIOException e) {
      // Then it is computed again the next time.
    }
    return hash;
  }

  /** Adds what is missing, while no other process does. */
  private CacheIndex built(int[] items) throws IOException {
    CacheBuild build = new CacheBuild(files, decoder, stamps, pace, progress);
    try (CacheLock lock = waited()) {
      CacheIndex index = CacheIndex.read(files.index());
      if (index == null && Files.exists(files.index())) {
        progress.accept(
            "the cache %s is damaged or of another version, and made anew".formatted(files));
      }
      return build.add(items, index, lock.alone());
    }
  }

  private CacheLock waited() throws IOException {
    Optional<CacheLock> lock = CacheLock.of(files.lock());
    if (lock.isEmpty()) {
      progress.accept("waiting for another process, which adds to the cache " + files);
    }
    while (lock.isEmpty()) {
      try {
        Thread.sleep(POLL_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("interrupted while another process adds to it", e);
      }
      lock = CacheLock.of(files.lock());
    }
    return lock.get();
  }
}
