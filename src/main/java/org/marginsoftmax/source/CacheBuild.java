package org.marginsoftmax.source;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Map;
import java.util.SortedMap;
import java.util.function.Consumer;
import org.marginsoftmax.FileTrouble;
import org.marginsoftmax.InvalidInputException;

/** Decodes images into a cache. What was done when it is interrupted is kept. */
final class CacheBuild {
  /** Images decoded between two looks at the clock. */
  private static final int CHUNK = 2048;

  /** Time after which the index is written, so that an interrupted build goes on from there. */
  private static final long SAVE_NANOS = 10_000_000_000L;

  private final CacheFiles files;
  private final Decoder decoder;
  private final Stamps stamps;
  private final Pace pace;
  private final Consumer<String> progress;

  CacheBuild(
      CacheFiles files, Decoder decoder, Stamps stamps, Pace pace, Consumer<String> progress) {
    this.files = files;
    this.decoder = decoder;
    this.stamps = stamps;
    this.pace = pace;
    this.progress = progress;
  }

  /**
   * Adds images.
   *
   * @param all items that the cache is to know
   * @param latest what it has so far; null for nothing
   * @param alone whether no other process adds to it; if one may, a new file is begun
   * @return the index with them
   * @throws InvalidInputException if the disk has no room
   */
  CacheIndex add(int[] all, CacheIndex latest, boolean alone) throws IOException {
    boolean goesOn = latest != null && alone && fits(latest) && !isMostlyDead(latest);
    CacheIndex index = goesOn ? latest : CacheIndex.empty(files.freshPixels());
    int[] missing = stamps.unknown(all, index);
    if (goesOn && missing.length == 0) {
      return index; // another process has added them meanwhile
    }
    progress.accept(
        "%s %,d images into the cache %s"
            .formatted(goesOn ? "adding" : "decoding", missing.length, files));
    requireRoom(missing.length);
    try {
      fill(missing, index);
    } catch (IOException e) {
      throw undone(goesOn, index, e);
    } catch (UncheckedIOException e) {
      throw undone(goesOn, index, e.getCause());
    }
    if (alone) {
      files.deletePixelsBut(index.pixels());
    }
    return index;
  }

  private boolean fits(CacheIndex index) throws IOException {
    boolean fits =
        Files.exists(files.pixels(index))
            && Files.size(files.pixels(index)) >= (long) index.size() * decoder.shape().size();
    if (!fits) {
      progress.accept("the cache %s is damaged and made anew".formatted(files));
    }
    return fits;
  }

  /** Whether most slots hold images that the source no longer has. */
  private boolean isMostlyDead(CacheIndex index) {
    return index.size() > 2 * stamps.known(index) + CHUNK;
  }

  private void requireRoom(long images) throws IOException {
    long needed = images * decoder.shape().size();
    long free = Files.getFileStore(files.dir()).getUsableSpace();
    if (needed > free) {
      throw new InvalidInputException(
          "cache %s: expected %,d MB free for %,d images, found %,d MB; make room, or choose another folder with `cache`"
              .formatted(files.dir(), needed >> 20, images, free >> 20));
    }
  }

  private void fill(int[] missing, CacheIndex index) throws IOException {
    int bytes = decoder.shape().size();
    try (FileChannel channel =
        FileChannel.open(
            files.pixels(index), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      long saved = System.nanoTime();
      for (int from = 0; from < missing.length; from += CHUNK) {
        int[] chunk = Arrays.copyOfRange(missing, from, Math.min(missing.length, from + CHUNK));
        int first = index.size();
        SortedMap<Integer, Decoder.Failure> failures =
            decoder.decode(
                chunk,
                pace,
                (i, pixels) -> write(channel, ByteBuffer.wrap(pixels), (long) (first + i) * bytes));
        for (int i = 0; i < chunk.length; i++) {
          if (!failures.containsKey(i)) {
            index.put(stamps.get(chunk[i]), first + i);
          }
        }
        for (Map.Entry<Integer, Decoder.Failure> failure : failures.entrySet()) {
          index.putFailure(stamps.get(chunk[failure.getKey()]), failure.getValue());
        }
        if (System.nanoTime() - saved > SAVE_NANOS) {
          save(channel, index);
          saved = System.nanoTime();
        }
      }
      save(channel, index);
    }
  }

  private static void write(FileChannel channel, ByteBuffer pixels, long position)
      throws IOException {
    while (pixels.hasRemaining()) {
      channel.write(pixels, position + pixels.position());
    }
  }

  private void save(FileChannel channel, CacheIndex index) throws IOException {
    channel.force(false);
    index.write(files.index());
  }

  /**
   * Takes back what was written: all of a new file; of one that was added to, what its index does
   * not have.
   */
  private InvalidInputException undone(boolean goesOn, CacheIndex index, IOException e)
      throws IOException {
    if (goesOn) {
      CacheIndex saved = CacheIndex.read(files.index());
      try (FileChannel channel = FileChannel.open(files.pixels(index), StandardOpenOption.WRITE)) {
        channel.truncate((long) saved.size() * decoder.shape().size());
      }
    } else {
      Files.deleteIfExists(files.pixels(index));
      CacheIndex saved = CacheIndex.read(files.index());
      if (saved != null && saved.pixels().equals(index.pixels())) {
        Files.delete(files.index());
      }
    }
    return new InvalidInputException(
        "cache %s: expected to write %,d MB of images, found %s; make room, or choose another folder with `cache`"
            .formatted(
                files.dir(),
                (long) stamps.size() * decoder.shape().size() >> 20,
                FileTrouble.reason(e)),
        e);
  }
}
