package org.marginsoftmax.npy;

import java.io.IOException;
import java.io.OutputStream;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.IntToDoubleFunction;
import java.util.stream.Collectors;
import org.marginsoftmax.AtomicFile;
import org.marginsoftmax.InvalidInputException;

/**
 * Reads and writes arrays in numpy's NPY format, versions 1 to 3. It reads integers, booleans and
 * floats, including float16, of either byte order, in C or Fortran order; it writes float32,
 * float64 and int64 in C order.
 *
 * <p>No library is used: the Java libraries for NPY read a whole file into an array of its own type
 * and trust its header. Here memory is bounded by what the file can hold, and every defect is
 * reported.
 */
public final class NpyFile {
  private static final int AT_ONCE = 1 << 16;

  private NpyFile() {}

  /**
   * An array of floats.
   *
   * @param shape sizes, outermost first; empty for a scalar
   * @param values values in C order
   */
  public record Floats(int[] shape, float[] values) {
    /** The rows of an array of rank 2. */
    public float[][] rows() {
      float[][] rows = new float[shape[0]][];
      for (int i = 0; i < rows.length; i++) {
        rows[i] = Arrays.copyOfRange(values, i * shape[1], (i + 1) * shape[1]);
      }
      return rows;
    }
  }

  /**
   * An array of any numbers as float64, which is exact except for integers beyond 2^53.
   *
   * @param shape sizes, outermost first; empty for a scalar
   * @param values values in C order
   */
  public record Numbers(int[] shape, double[] values) {}

  /** The number types that can be written. */
  public enum Type {
    /** float32; values are rounded. */
    FLOAT32("<f4"),
    /** float64; values are unchanged. */
    FLOAT64("<f8"),
    /** int64; values must be whole numbers. */
    INT64("<i8");

    private final String description;

    Type(String description) {
      this.description = description;
    }

    private void put(ByteBuffer buffer, double value) {
      switch (this) {
        case FLOAT32 -> buffer.putFloat((float) value);
        case FLOAT64 -> buffer.putDouble(value);
        case INT64 -> buffer.putLong((long) value);
      }
    }
  }

  /**
   * Reads numbers as float32; float64 and integers are rounded.
   *
   * @throws InvalidInputException if the file is missing, damaged or holds no numbers
   */
  public static Floats readFloats(Path file) {
    return floats(NpySource.of(file));
  }

  /** Reads numbers as float32; see {@link #readFloats}. */
  public static Floats floats(NpySource source) {
    return source.read(
        (in, header, where) -> new Floats(header.shape(), NpyContent.floats(in, header, where)));
  }

  /** Reads numbers as float64, without their shape; see {@link #readNumbers}. */
  public static double[] readDoubles(Path file) {
    return readNumbers(file).values;
  }

  /**
   * Reads numbers as float64, exact except for integers beyond 2^53; throws as {@link #readFloats}
   * does.
   */
  public static Numbers readNumbers(Path file) {
    return NpySource.of(file)
        .read(
            (in, header, where) ->
                new Numbers(header.shape(), NpyContent.doubles(in, header, where)));
  }

  /**
   * Reads whole numbers, [N] or [N, 1].
   *
   * @param expected what the numbers are, in words, for messages
   * @throws InvalidInputException if the file holds anything else, or numbers that are not int32
   */
  public static int[] readIntegers(Path file, String expected) {
    return NpySource.of(file)
        .read(
            (in, header, where) ->
                integers(header, NpyContent.doubles(in, header, where), where, expected));
  }

  /**
   * Labels as read.
   *
   * @param values label of each sample, [N]
   * @param classes number of columns of one-hot rows; 0 if the labels are integers
   */
  public record Labels(int[] values, int classes) {}

  /**
   * Reads labels: integers [N] or [N, 1], or one-hot rows [N, C] of any number type.
   *
   * @throws InvalidInputException if the file holds anything else
   */
  public static Labels readLabels(Path file) {
    return labels(NpySource.of(file));
  }

  public static Labels labels(NpySource source) {
    return source.read(
        (in, header, where) -> {
          double[] values = NpyContent.doubles(in, header, where);
          int[] shape = header.shape();
          boolean oneHot = shape.length == 2 && !(shape[1] == 1 && header.isInteger());
          return oneHot
              ? new Labels(oneHot(values, shape, where), shape[1])
              : new Labels(
                  integers(header, values, where, "labels as integers [N], or one-hot [N, C]"), 0);
        });
  }

  private static int[] integers(NpyHeader header, double[] values, Object where, String expected) {
    int[] shape = header.shape();
    boolean column = shape.length == 2 && shape[1] == 1;
    if (header.isInteger() && shape.length != 1 && !column) {
      throw new InvalidInputException(
          expected, "shape " + Arrays.toString(shape), where, "save them as [N]: a.reshape(-1)");
    }
    if (!header.isInteger()) {
      throw new InvalidInputException(
          expected,
          "kind '" + header.kind() + "' of shape " + Arrays.toString(shape),
          where,
          "save them as integers");
    }
    int[] integers = new int[values.length];
    for (int i = 0; i < integers.length; i++) {
      integers[i] = (int) values[i];
      if (integers[i] != values[i]) {
        throw new InvalidInputException(
            "whole numbers from -2^31 to 2^31-1",
            new BigDecimal(values[i]).toPlainString(),
            where,
            "renumber the classes");
      }
    }
    return integers;
  }

  private static int[] oneHot(double[] values, int[] shape, Object where) {
    int[] labels = new int[shape[0]];
    for (int i = 0; i < shape[0]; i++) {
      int ones = 0;
      for (int j = 0; j < shape[1]; j++) {
        double value = values[i * shape[1] + j];
        if (value == 1) {
          labels[i] = j;
          ones++;
        } else if (value != 0) {
          ones = 2;
        }
      }
      if (ones != 1) {
        throw new InvalidInputException(
            "one-hot rows, a single 1 and zeros", "others in row " + i, where, "give integers [N]");
      }
    }
    return labels;
  }

  /**
   * Writes float32, replacing an existing file once all is written.
   *
   * @param shape sizes, outermost first; empty for a scalar
   * @param values values in C order, as many as the shape requires
   */
  public static void write(Path file, float[] values, int... shape) {
    write(file, Type.FLOAT32, i -> values[i], values.length, shape);
  }

  /** Writes numbers of the given type; otherwise like {@link #write(Path, float[], int...)}. */
  public static void write(Path file, Type type, double[] values, int... shape) {
    write(file, type, i -> values[i], values.length, shape);
  }

  private static void write(
      Path file, Type type, IntToDoubleFunction values, int count, int... shape) {
    AtomicFile.write(file, out -> write(out, type, values, count, shape));
  }

  /** Writes one array, header and numbers. */
  static void write(
      OutputStream out, Type type, IntToDoubleFunction values, int count, int... shape)
      throws IOException {
    String sizes = Arrays.stream(shape).mapToObj(n -> n + ",").collect(Collectors.joining(" "));
    String header =
        "{'descr': '%s', 'fortran_order': False, 'shape': (%s), }"
            .formatted(type.description, sizes);
    // numpy aligns the data to 64 bytes.
    int before = NpyHeader.MAGIC.length + 2 + 2;
    int padded = (before + header.length() + 1 + 63) / 64 * 64 - before;
    header = header + " ".repeat(padded - header.length() - 1) + "\n";
    out.write(NpyHeader.MAGIC);
    out.write(new byte[] {1, 0, (byte) padded, (byte) (padded >> 8)});
    out.write(header.getBytes(StandardCharsets.US_ASCII));
    ByteBuffer buffer = ByteBuffer.allocate(AT_ONCE).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < count; i++) {
      type.put(buffer, values.applyAsDouble(i));
      if (!buffer.hasRemaining()) {
        out.write(buffer.array());
        buffer.clear();
      }
    }
    out.write(buffer.array(), 0, buffer.position());
  }
}
