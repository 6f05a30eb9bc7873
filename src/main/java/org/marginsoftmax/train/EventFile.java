package org.marginsoftmax.train;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.marginsoftmax.AtomicFile;
import org.marginsoftmax.FileTrouble;
import org.tensorflow.proto.Event;

/**
 * A file of TensorBoard events that is being written: TFRecords, each an event between its length
 * and its masked CRC-32C. Every event is in the file when {@link #write} returns.
 */
final class EventFile implements AutoCloseable {
  /** By it TensorBoard knows a file of events. */
  private static final String SIGN = "tfevents";

  private static final int HEAD = Long.BYTES + Integer.BYTES;

  private final Path file;
  private final OutputStream out;

  private EventFile(Path file) throws IOException {
    this.file = file;
    out = Files.newOutputStream(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
  }

  /**
   * A new file. TensorBoard reads the files of a folder by their names, so the time comes first.
   */
  static EventFile create(Path folder) {
    for (int number = 0; ; number++) {
      String name =
          "events.out.%s.%010d.%s.%d.%d"
              .formatted(
                  SIGN,
                  System.currentTimeMillis() / 1000,
                  InetAddress.getLoopbackAddress().getHostName(),
                  ProcessHandle.current().pid(),
                  number);
      try {
        EventFile made = new EventFile(folder.resolve(name));
        made.write(Event.newBuilder().setFileVersion("brain.Event:2"));
        return made;
      } catch (FileAlreadyExistsException e) {
        // One of the same second: the next number.
      } catch (IOException e) {
        throw FileTrouble.with(folder, e);
      }
    }
  }

  /** Adds an event, with the time. */
  void write(Event.Builder event) {
    try {
      out.write(record(event.setWallTime(System.currentTimeMillis() / 1e3).build().toByteArray()));
      out.flush();
    } catch (IOException e) {
      throw FileTrouble.with(file, e);
    }
  }

  @Override
  public void close() {
    try {
      out.close();
    } catch (IOException e) {
      throw FileTrouble.with(file, e);
    }
  }

  /**
   * Drops some events of all files in a folder, and what follows a broken record. A file in which
   * no figures are left is deleted.
   *
   * @param kept whether to keep an event that has figures
   */
  static void keep(Path folder, Predicate<Event> kept) {
    try (Stream<Path> files = Files.list(folder)) {
      List<Path> events =
          files.filter(f -> f.getFileName().toString().contains(SIGN)).sorted().toList();
      for (Path file : events) {
        // What was being written aside when the process was killed.
        boolean aside = file.getFileName().toString().startsWith(".");
        if (aside || !keepIn(file, kept)) {
          Files.delete(file);
        }
      }
    } catch (IOException e) {
      throw FileTrouble.with(folder, e);
    }
  }

  /** Returns whether there are figures left. */
  private static boolean keepIn(Path file, Predicate<Event> kept) {
    boolean[] figures = {false};
    AtomicFile.write(
        file,
        out -> {
          try (InputStream in = Files.newInputStream(file)) {
            long left = Files.size(file);
            for (byte[] data = read(in, left); data != null; data = read(in, left)) {
              left -= HEAD + data.length + Integer.BYTES;
              Event event = Event.parseFrom(data);
              if (!event.hasSummary() || kept.test(event)) {
                out.write(record(data));
                figures[0] |= event.hasSummary();
              }
            }
          }
        });
    return figures[0];
  }

  /**
   * The next event of a file; null at its end or if the record is broken.
   *
   * @param left bytes left in the file, more than which no record can have
   */
  private static byte[] read(InputStream in, long left) throws IOException {
    byte[] head = in.readNBytes(HEAD);
    if (head.length < HEAD || !checks(head, Long.BYTES)) {
      return null;
    }
    long length = ByteBuffer.wrap(head).order(ByteOrder.LITTLE_ENDIAN).getLong();
    if (length < 0 || length > left - HEAD - Integer.BYTES) {
      return null;
    }
    byte[] data = in.readNBytes((int) length + Integer.BYTES);
    return checks(data, (int) length) ? Arrays.copyOf(data, (int) length) : null;
  }

  /** Whether the last four bytes are the CRC of those before. */
  private static boolean checks(byte[] bytes, int length) {
    return bytes.length == length + Integer.BYTES
        && ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getInt(length)
            == maskedCrc(Arrays.copyOf(bytes, length));
  }

  private static byte[] record(byte[] data) {
    byte[] length =
        ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(data.length).array();
    return ByteBuffer.allocate(HEAD + data.length + Integer.BYTES)
        .order(ByteOrder.LITTLE_ENDIAN)
        .put(length)
        .putInt(maskedCrc(length))
        .put(data)
        .putInt(maskedCrc(data))
        .array();
  }

  /** TFRecord's mask: rotated right by 15 bits, plus a constant. */
  private static int maskedCrc(byte[] bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes);
    return Integer.rotateRight((int) crc.getValue(), 15) + 0xa282ead8;
  }
}
