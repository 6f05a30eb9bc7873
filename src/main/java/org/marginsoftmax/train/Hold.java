package org.marginsoftmax.train;

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
 * A hold on a file, alone or together with others who only read. It ends with its process, however
 * that ends.
 *
 * <p>The system's locks are of processes: they keep nobody out of the own one, and are lost there
 * as soon as any channel to the file is closed. So a process has one channel to a file, and counts.
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
   * Holds a file alone; makes it where there is none.
   *
   * @return empty while anybody holds it
   * @throws IOException if it cannot be opened, or its file system has no locks
   */
  public static Optional<Hold> alone(Path file) throws IOException {
    return of(file, true, StandardOpenOption.WRITE, StandardOpenOption.CREATE);
  }

  /**
   * Holds a file that others may hold so too.
   *
   * @return empty while somebody holds it alone
   * @throws IOException if it cannot be opened, or its file system has no locks
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

  /** Lets go of it; a second time does nothing. */
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
