package org.marginsoftmax.source;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.zip.GZIPOutputStream;

/** IDX files, right and wrong, made byte by byte. */
public final class Idx {
  private Idx() {}

  public static byte[] bytes(int type, int[] dimensions, byte[] content) {
    ByteBuffer buffer = ByteBuffer.allocate(4 + 4 * dimensions.length + content.length);
    buffer.put((byte) 0).put((byte) 0).put((byte) type).put((byte) dimensions.length);
    for (int d : dimensions) {
      buffer.putInt(d);
    }
    return buffer.put(content).array();
  }

  public static byte[] images(int n, int h, int w) {
    byte[] pixels = new byte[n * h * w];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (byte) (i * 31);
    }
    return bytes(0x08, new int[] {n, h, w}, pixels);
  }

  public static byte[] labels(int... labels) {
    byte[] content = new byte[labels.length];
    for (int i = 0; i < labels.length; i++) {
      content[i] = (byte) labels[i];
    }
    return bytes(0x08, new int[] {labels.length}, content);
  }

  public static byte[] intLabels(int... labels) {
    ByteBuffer content = ByteBuffer.allocate(4 * labels.length);
    for (int label : labels) {
      content.putInt(label);
    }
    return bytes(0x0c, new int[] {labels.length}, content.array());
  }

  public static byte[] gzip(byte[] content) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (OutputStream gzip = new GZIPOutputStream(bytes)) {
      gzip.write(content);
    }
    return bytes.toByteArray();
  }

  /** A folder of 8 x 8 images whose classes can be told apart by a bright row. */
  public static Path folder(Path dir, int classes, int trainOfEach, int testOfEach)
      throws IOException {
    return folder(dir, classes, trainOfEach, testOfEach, 8);
  }

  /** A folder of size x size images whose classes can be told apart by a bright row. */
  public static Path folder(Path dir, int classes, int trainOfEach, int testOfEach, int size)
      throws IOException {
    Files.createDirectories(dir);
    write(dir, "train", classes, trainOfEach, 1, size);
    write(dir, "test", classes, testOfEach, 2, size);
    return dir;
  }

  private static void write(Path dir, String part, int classes, int ofEach, long seed, int size)
      throws IOException {
    Random random = new Random(seed);
    int n = classes * ofEach;
    int each = size * size;
    byte[] pixels = new byte[n * each];
    random.nextBytes(pixels);
    int[] labels = new int[n];
    int rows = size == 8 ? 8 : Math.max(8, classes);
    for (int i = 0; i < n; i++) {
      labels[i] = i % classes;
      for (int p = 0; p < each; p++) {
        int noise = (pixels[i * each + p] & 0xff) / 4;
        int row = p / size * rows / size;
        pixels[i * each + p] = (byte) (row == labels[i] % rows ? 190 + noise : noise);
      }
    }
    Files.write(dir.resolve(part + "-images"), bytes(0x08, new int[] {n, size, size}, pixels));
    Files.write(dir.resolve(part + "-labels"), intLabels(labels));
  }
}
