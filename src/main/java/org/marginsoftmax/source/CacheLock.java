package org.marginsoftmax.source;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.marginsoftmax.data.Hold;

/**
 * The right to add to a cache.
 *
 * @param hold on the lock's file; null if the file system has no locks
 */
record CacheLock(Hold hold) implements Closeable {
  /**
   * Takes the lock.
   *
   * @return empty if another process has it
   */
  static Optional<CacheLock> of(Path file) {
    try {
      return Hold.alone(file).map(CacheLock::new);
    } catch (IOException e) {
      return Optional.of(new CacheLock(null));
    }
  }

  /** Whether nobody else adds to the cache. */
  boolean alone() {
    return hold != null;
  }

  @Override
  public void close() {
    if (hold != null) {
      hold.close();
    }
  }
}
