package org.marginsoftmax.npy;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.marginsoftmax.InvalidInputException;

/**
 * The header of an NPY file.
 *
 * @param kind number type: i, u, f or b, as in numpy
 * @param bytes bytes per number
 * @param order byte order
 * @param fortran whether the array is in Fortran order
 * @param shape sizes, outermost first; empty for a scalar
 */
public record NpyHeader(char kind, int bytes, ByteOrder order, boolean fortran, int[] shape) {
  static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};

  private static final Pattern DESCRIPTION =
      Pattern.compile("'descr':\\s*'([<>|=])([a-zA-Z])(\\d+)'");
  private static final Pattern ORDER = Pattern.compile("'fortran_order':\\s*(True|False)");
  private static final Pattern SHAPE = Pattern.compile("'shape':\\s*\\(([-\\dL,\\s]*)\\)");
  private static final int LARGEST = 1 << 16;

  /**
   * Reads a header, up to the first number.
   *
   * @param where the file, for messages
   * @throws InvalidInputException if this is not an NPY file of numbers
   * @throws ArithmeticException if a size is beyond 2^31
   */
  static NpyHeader read(InputStream in, Object where) throws IOException {
    byte[] magic = in.readNBytes(MAGIC.length + 2);
    if (magic.length < MAGIC.length + 2
        || !Arrays.equals(Arrays.copyOf(magic, MAGIC.length), MAGIC)
        || magic[6] < 1
        || magic[6] > 3) {
      throw NpyProblem.format(where, magic);
    }
    DataInputStream data = new DataInputStream(in);
    long length =
        magic[6] == 1
            ? Short.toUnsignedInt(Short.reverseBytes(data.readShort()))
            : Integer.toUnsignedLong(Integer.reverseBytes(data.readInt()));
    if (length > LARGEST) {
      throw new InvalidInputException(
          "a header of at most " + LARGEST + " bytes", length + "", where, "save it anew");
    }
    byte[] bytes = new byte[(int) length];
    data.readFully(bytes);
    return parsed(new String(bytes, StandardCharsets.UTF_8), where);
  }

  private static NpyHeader parsed(String text, Object where) {
    Matcher type = DESCRIPTION.matcher(text);
    Matcher order = ORDER.matcher(text);
    Matcher shape = SHAPE.matcher(text);
    if (!type.find() || !order.find() || !shape.find() || type.group(3).length() > 2) {
      throw NpyProblem.type(where, text.strip());
    }
    char kind = type.group(2).charAt(0);
    int size = Integer.parseInt(type.group(3));
    boolean known =
        switch (kind) {
          case 'f' -> size == 2 || size == 4 || size == 8;
          case 'i', 'u' -> size == 1 || size == 2 || size == 4 || size == 8;
          case 'b' -> size == 1;
          default -> false;
        };
    if (!known) {
      throw NpyProblem.type(where, text.strip());
    }
    List<String> written =
        Arrays.stream(shape.group(1).split(","))
            // Python 2 writes 6L.
            .map(n -> n.replace("L", "").strip())
            .filter(n -> !n.isEmpty())
            .toList();
    if (!written.stream().allMatch(n -> n.matches("\\d+"))) {
      throw new InvalidInputException(
          "a shape of sizes of at least 0", "shape " + written, where, "save it anew");
    }
    int[] sizes =
        written.stream()
            .mapToLong(n -> n.length() > 10 ? Long.MAX_VALUE : Long.parseLong(n))
            .mapToInt(Math::toIntExact)
            .toArray();
    return new NpyHeader(
        kind,
        size,
        type.group(1).equals(">") ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN,
        order.group(1).equals("True"),
        sizes);
  }

  /**
   * Numbers of the array.
   *
   * @throws ArithmeticException if they are beyond 2^31
   */
  public int size() {
    long size = 1;
    for (int n : shape) {
      size = Math.multiplyExact(size, n);
    }
    return Math.toIntExact(size);
  }

  /** Whether the numbers are whole ones. */
  boolean isInteger() {
    return kind != 'f';
  }

  /** Whether the numbers are bytes, as pixels are. */
  public boolean isUint8() {
    return kind == 'u' && bytes == 1;
  }
}
