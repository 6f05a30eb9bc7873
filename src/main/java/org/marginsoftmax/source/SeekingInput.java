package org.marginsoftmax.source;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/** A file that is read here and there, little at a time; skipping reads nothing. */
public final class SeekingInput extends InputStream {
  private static final int BUFFER = 4096;

  private final FileChannel channel;
  private final long size;
  private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER).limit(0);

  /** Place in the file that the buffer starts at. */
  private long start;

  /** Opens a file; nothing is read yet. */
  public SeekingInput(Path file) throws IOException {
    channel = FileChannel.open(file);
    size = channel.size();
  }

  /** Bytes of the file. */
  public long size() {
    return size;
  }

  /** Place of the next byte. */
  public long position() {
    return start + buffer.position();
  }

  /** Goes to a place. */
  public void seek(long position) {
    if (position >= start && position <= start + buffer.limit()) {
      buffer.position((int) (position - start));
    } else {
      start = position;
      buffer.position(0).limit(0);
    }
  }

  @Override
  public int read() throws IOException {
    return fill() ? buffer.get() & 0xff : -1;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    if (!fill()) {
      return -1;
    }
    int read = Math.min(length, buffer.remaining());
    buffer.get(target, offset, read);
    return read;
  }

  @Override
  public long skip(long count) {
    long skipped = Math.max(0, Math.min(count, size - position()));
    seek(position() + skipped);
    return skipped;
  }

  @Override
  public int available() {
    return (int) Math.min(Integer.MAX_VALUE, Math.max(0, size - position()));
  }

  private boolean fill() throws IOException {
    if (!buffer.hasRemaining()) {
      start = position();
      buffer.clear();
      int read = channel.read(buffer, start);
      buffer.flip();
      return read > 0;
    }
    return true;
  }

  /**
   * Reads bytes, in little-endian order.
   *
   * @throws EOFException if the file ends before
   */
  public ByteBuffer bytes(int count) throws IOException {
    byte[] read = readNBytes(count);
    if (read.length < count) {
      throw new EOFException("its end is missing");
    }
    return ByteBuffer.wrap(read).order(ByteOrder.LITTLE_ENDIAN);
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }

  /** Reads part of a file, in little-endian order. */
  public static ByteBuffer read(Path file, long offset, int length) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    try (FileChannel channel = FileChannel.open(file)) {
      while (bytes.hasRemaining()) {
        if (channel.read(bytes, offset + bytes.position()) < 0) {
          throw new EOFException("its end is missing");
        }
      }
    }
    return bytes.flip();
  }
}
