package org.marginsoftmax.data;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * A lock on a file, exclusive or shared with other readers. The operating system releases it when
 * the process ends, however it ends.
 *
 * <p>File locks belong to a process: they do not exclude other threads of the same process, and the
 * process loses them as soon as it closes any channel to the file. Each process therefore keeps one
 * channel per file and counts its holders.
 */
public final class Hold implements Closeable {
  private static final Map<Path, Held> HELD = new HashMap<>();

  private final Path file;
  private boolean closed;

  private static final class Held {
    private final FileChannel channel;
    private final boolean alone;
    private int holders = 1;

    private Held(FileChannel channel, boolean alone) {
      this.channel = channel;
      this.alone = alone;
    }
  }

  private Hold(Path file) {
    this.file = file;
  }

  /**
   * Takes an exclusive lock on a file, creating the file if necessary.
   *
   * @return the lock; empty if the file is already locked in any way
   * @throws IOException if the file cannot be opened, or the file system does not support locks
   */
  public static Optional<Hold> alone(Path file) throws IOException {
    return of(file, true, StandardOpenOption.WRITE, StandardOpenOption.CREATE);
  }

  /**
   * Takes a shared lock on an existing file.
   *
   * @return the lock; empty if the file is locked exclusively
   * @throws IOException if the file cannot be opened, or the file system does not support locks
   */
  public static Optional<Hold> shared(Path file) throws IOException {
    return of(file, false, StandardOpenOption.READ);
  }

  private static Optional<Hold> of(Path file, boolean alone, StandardOpenOption... options)
      throws IOException {
    Path key = file.toAbsolutePath().getParent().toRealPath().resolve(file.getFileName());
    synchronized (HELD) {
      Held held = HELD.get(key);
      if (held != null) {
        if (alone || held.alone) {
          return Optional.empty();
        }
        held.holders++;
        return Optional.of(new Hold(key));
      }
      FileChannel channel = FileChannel.open(key, options);
      try {
        FileLock lock = channel.tryLock(0, Long.MAX_VALUE, !alone);
        if (lock == null) {
          channel.close();
          return Optional.empty();
        }
      } catch (OverlappingFileLockException e) {
        // Under another name.
        channel.close();
        return Optional.empty();
      } catch (IOException e) {
        channel.close();
        throw e;
      }
      HELD.put(key, new Held(channel, alone));
      return Optional.of(new Hold(key));
    }
  }

  /** Releases the lock; a second call has no effect. */
  @Override
  public void close() {
    synchronized (HELD) {
      if (closed) {
        return;
      }
      closed = true;
      Held held = HELD.get(file);
      held.holders--;
      if (held.holders == 0) {
        HELD.remove(file);
        try {
          held.channel.close();
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }
    }
  }
}
