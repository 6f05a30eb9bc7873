package org.marginsoftmax.data;

import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.zip.GZIPOutputStream;

/**
 * Writes IDX files that {@link IdxFile} reads, gzip-compressed where the name ends in {@code .gz}.
 * A file appears whole or not at all: it is written aside and renamed.
 */
public final class IdxWriter {
  private IdxWriter() {}

  /**
   * Writes images: uint8, [n, height, width] for one channel, else [n, height, width, channels].
   *
   * @throws IllegalArgumentException if there is no sample
   */
  public static void writeImages(Path file, Samples samples) throws IOException {
    ImageShape shape = samples.shape();
    int[] dimensions =
        shape.channels() == 1
            ? new int[] {samples.size(), shape.height(), shape.width()}
            : new int[] {samples.size(), shape.height(), shape.width(), shape.channels()};
    write(
        file,
        IdxHeader.UINT8,
        dimensions,
        out -> {
          byte[] image = new byte[shape.size()];
          for (int i = 0; i < samples.size(); i++) {
            samples.copyPixels(i, image, 0);
            out.write(image);
          }
        });
  }

  /**
   * Writes labels, [n]: uint8 where every one is from 0 to 255, else int32.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static void writeLabels(Path file, int[] labels) throws IOException {
    boolean narrow = Arrays.stream(labels).allMatch(label -> label >= 0 && label <= 0xff);
    write(
        file,
        narrow ? IdxHeader.UINT8 : IdxHeader.INT32,
        new int[] {labels.length},
        out -> {
          for (int label : labels) {
            if (narrow) {
              out.writeByte(label);
            } else {
              out.writeInt(label);
            }
          }
        });
  }

  private interface Content {
    void writeTo(DataOutputStream out) throws IOException;
  }

  private static void write(Path file, int type, int[] dimensions, Content content)
      throws IOException {
    if (dimensions[0] == 0) {
      throw new IllegalArgumentException("expected samples to write, found none (" + file + ")");
    }
    Path folder = file.toAbsolutePath().getParent();
    Path aside = Files.createTempFile(folder, ".idx", null);
    try {
      try (DataOutputStream out = open(file, aside)) {
        out.writeShort(0);
        out.writeByte(type);
        out.writeByte(dimensions.length);
        for (int dimension : dimensions) {
          out.writeInt(dimension);
        }
        content.writeTo(out);
      }
      Files.move(aside, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(aside);
    }
  }

  private static DataOutputStream open(Path file, Path aside) throws IOException {
    OutputStream bytes = Files.newOutputStream(aside);
    try {
      boolean gzip = file.getFileName().toString().endsWith(".gz");
      return new DataOutputStream(
          new BufferedOutputStream(gzip ? new GZIPOutputStream(bytes) : bytes));
    } catch (IOException e) {
      bytes.close();
      throw e;
    }
  }
}
