package org.marginsoftmax.npy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** NPZ archives as numpy writes them. */
public final class Npz {
  private final Map<String, byte[]> arrays = new LinkedHashMap<>();

  /** The bytes of an NPY file. */
  public static byte[] npy(String type, boolean fortran, byte[] content, int... shape) {
    String sizes = Arrays.stream(shape).mapToObj(n -> n + ",").collect(Collectors.joining(" "));
    byte[] header =
        "{'descr': '%s', 'fortran_order': %s, 'shape': (%s), }\n"
            .formatted(type, fortran ? "True" : "False", sizes)
            .getBytes(StandardCharsets.US_ASCII);
    return ByteBuffer.allocate(10 + header.length + content.length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .put(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0})
        .putShort((short) header.length)
        .put(header)
        .put(content)
        .array();
  }

  /** With an array of numpy's type, as in {@code <f4}, in C order. */
  public Npz with(String name, String type, byte[] content, int... shape) {
    arrays.put(name, npy(type, false, content, shape));
    return this;
  }

  /** With an array in Fortran order. */
  public Npz withColumns(String name, String type, byte[] content, int... shape) {
    arrays.put(name, npy(type, true, content, shape));
    return this;
  }

  /** With float32. */
  public Npz floats(String name, float[] values, int... shape) {
    return with(name, "<f4", bytes(values), shape);
  }

  /** With int64 [N]. */
  public Npz labels(String name, int... labels) {
    ByteBuffer bytes = ByteBuffer.allocate(8 * labels.length).order(ByteOrder.LITTLE_ENDIAN);
    Arrays.stream(labels).forEach(bytes::putLong);
    return with(name, "<i8", bytes.array(), labels.length);
  }

  public static byte[] bytes(float... values) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    for (float value : values) {
      bytes.putFloat(value);
    }
    return bytes.array();
  }

  /** Writes the archive, deflated as {@code savez_compressed} does or stored as {@code savez}. */
  public Path write(Path file, boolean deflated) throws IOException {
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
      for (Map.Entry<String, byte[]> array : arrays.entrySet()) {
        ZipEntry entry = new ZipEntry(array.getKey() + ".npy");
        if (!deflated) {
          CRC32 crc = new CRC32();
          crc.update(array.getValue());
          entry.setMethod(ZipEntry.STORED);
          entry.setSize(array.getValue().length);
          entry.setCrc(crc.getValue());
        }
        zip.putNextEntry(entry);
        zip.write(array.getValue());
      }
    }
    return file;
  }

  /** Writes each array as a file of its own. */
  public Path writeFolder(Path folder) throws IOException {
    Files.createDirectories(folder);
    for (Map.Entry<String, byte[]> array : arrays.entrySet()) {
      Files.write(folder.resolve(array.getKey() + ".npy"), array.getValue());
    }
    return folder;
  }
}
