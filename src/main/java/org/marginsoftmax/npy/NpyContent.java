package org.marginsoftmax.npy;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.marginsoftmax.InvalidInputException;

/** Reads the numbers of an NPY file in C order, whatever the order in the file. */
public final class NpyContent {
  private static final int AT_ONCE = 1 << 13;

  private NpyContent() {}

  /** Moves numbers from a buffer to their places in an array. */
  private interface Taking {
    void take(ByteBuffer numbers, int at, int count);
  }

  /** The numbers as float32; float64 and integers are rounded. */
  public static float[] floats(InputStream in, NpyHeader header, Object where) throws IOException {
    float[] values = new float[header.size()];
    boolean plain = header.kind() == 'f' && header.bytes() == Float.BYTES;
    read(
        in,
        header,
        where,
        (numbers, at, count) -> {
          if (plain) {
            numbers.asFloatBuffer().get(values, at, count);
            return;
          }
          for (int i = at; i < at + count; i++) {
            values[i] = (float) number(numbers, header);
          }
        });
    int[] from = columnsFirst(header);
    if (from == null) {
      return values;
    }
    float[] ordered = new float[from.length];
    for (int i = 0; i < from.length; i++) {
      ordered[i] = values[from[i]];
    }
    return ordered;
  }

  /** The numbers as float64, exact except for integers beyond 2^53. */
  static double[] doubles(InputStream in, NpyHeader header, Object where) throws IOException {
    double[] values = new double[header.size()];
    read(
        in,
        header,
        where,
        (numbers, at, count) -> {
          for (int i = at; i < at + count; i++) {
            values[i] = number(numbers, header);
          }
        });
    int[] from = columnsFirst(header);
    return from == null ? values : Arrays.stream(from).mapToDouble(i -> values[i]).toArray();
  }

  /** The bytes of a uint8 array. */
  public static byte[] bytes(InputStream in, NpyHeader header, Object where) throws IOException {
    byte[] values = new byte[header.size()];
    read(in, header, where, (numbers, at, count) -> numbers.get(values, at, count));
    int[] from = columnsFirst(header);
    if (from == null) {
      return values;
    }
    byte[] ordered = new byte[from.length];
    for (int i = 0; i < from.length; i++) {
      ordered[i] = values[from[i]];
    }
    return ordered;
  }

  private static void read(InputStream in, NpyHeader header, Object where, Taking target)
      throws IOException {
    int size = header.size();
    for (int read = 0; read < size; ) {
      int wanted = Math.min(AT_ONCE, size - read);
      byte[] bytes = in.readNBytes(wanted * header.bytes());
      if (bytes.length < wanted * header.bytes()) {
        throw new EOFException();
      }
      target.take(ByteBuffer.wrap(bytes).order(header.order()), read, wanted);
      read += wanted;
    }
    if (in.read() >= 0) {
      throw new InvalidInputException(
          size + " numbers, as the header says", "more bytes after them", where, "save it anew");
    }
  }

  private static double number(ByteBuffer numbers, NpyHeader header) {
    boolean unsigned = header.kind() != 'i';
    if (header.kind() == 'f') {
      return switch (header.bytes()) {
        case 2 -> half(numbers.getShort());
        case 4 -> numbers.getFloat();
        default -> numbers.getDouble();
      };
    }
    return switch (header.bytes()) {
      case 1 -> {
        byte value = numbers.get();
        yield unsigned ? Byte.toUnsignedInt(value) : value;
      }
      case 2 -> {
        short value = numbers.getShort();
        yield unsigned ? Short.toUnsignedInt(value) : value;
      }
      case 4 -> {
        int value = numbers.getInt();
        yield unsigned ? Integer.toUnsignedLong(value) : value;
      }
      default -> {
        long value = numbers.getLong();
        // Halved, with the last bit kept so that it rounds as the whole does.
        yield unsigned && value < 0 ? 2.0 * (value >>> 1 | value & 1) : value;
      }
    };
  }

  /** A float16: a sign, 5 bits of an exponent, 10 of a fraction (IEEE 754). */
  private static double half(short bits) {
    int exponent = bits >> 10 & 31;
    int fraction = bits & 1023;
    double value =
        switch (exponent) {
          case 0 -> fraction * 0x1p-24;
          case 31 -> fraction == 0 ? Double.POSITIVE_INFINITY : Double.NaN;
          default -> (1 + fraction * 0x1p-10) * Math.scalb(1.0, exponent - 15);
        };
    return bits < 0 ? -value : value;
  }

  /** The position in Fortran order of each number in C order; null if the file is in C order. */
  private static int[] columnsFirst(NpyHeader header) {
    int[] shape = header.shape();
    if (!header.fortran() || shape.length < 2) {
      return null;
    }
    int[] from = new int[header.size()];
    int[] index = new int[shape.length];
    for (int i = 0; i < from.length; i++) {
      int at = 0;
      for (int k = 0; k < shape.length; k++) {
        at = at * shape[k] + index[k];
      }
      from[at] = i;
      for (int k = 0; k < shape.length && ++index[k] == shape[k]; k++) {
        index[k] = 0;
      }
    }
    return from;
  }
}
