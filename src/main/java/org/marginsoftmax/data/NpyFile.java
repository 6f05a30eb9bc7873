package org.marginsoftmax.data;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.function.IntToDoubleFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.marginsoftmax.FileTrouble;
import org.marginsoftmax.InvalidInputException;

/**
 * Arrays in numpy's NPY format, versions 1 to 3. Read are integers, booleans and floats, float16
 * too, of either byte order, in C or Fortran order; written are float32, float64 and int64 in C
 * order. Memory grows with what a file holds, never with what its header claims.
 */
public final class NpyFile {
  private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
  private static final Pattern DESCRIPTION =
      Pattern.compile("'descr':\\s*'([<>|=])([a-zA-Z])(\\d+)'");
  private static final Pattern ORDER = Pattern.compile("'fortran_order':\\s*(True|False)");
  private static final Pattern SHAPE = Pattern.compile("'shape':\\s*\\(([\\dL,\\s]*)\\)");
  private static final int LARGEST_HEADER = 1 << 16;
  private static final int AT_ONCE = 1 << 16;

  private NpyFile() {}

  /**
   * An array of floats.
   *
   * @param shape sizes, outermost first; none for a scalar
   * @param values in C order
   */
  public record Floats(int[] shape, float[] values) {
    /** As rows, of an array of rank 2. */
    public float[][] rows() {
      float[][] rows = new float[shape[0]][];
      for (int i = 0; i < rows.length; i++) {
        rows[i] = Arrays.copyOfRange(values, i * shape[1], (i + 1) * shape[1]);
      }
      return rows;
    }
  }

  /**
   * An array of any numbers, as float64, which holds all of them but integers beyond 2^53.
   *
   * @param shape sizes, outermost first; none for a scalar
   * @param values in C order
   */
  public record Numbers(int[] shape, double[] values) {}

  /** What is written. */
  public enum Type {
    /** Values are rounded to it. */
    FLOAT32("<f4"),
    /** Values as they are. */
    FLOAT64("<f8"),
    /** Values are whole numbers. */
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

  private record Header(char kind, int bytes, ByteOrder order, boolean fortran, int[] shape) {
    int size() {
      long size = 1;
      for (int n : shape) {
        size = Math.multiplyExact(size, n);
      }
      return Math.toIntExact(size);
    }
  }

  /**
   * Reads numbers as float32; float64 and integers are rounded to it.
   *
   * @throws InvalidInputException if the file is missing, damaged or holds no numbers
   */
  public static Floats readFloats(Path file) {
    double[][] values = new double[1][];
    Header header = read(file, values);
    float[] floats = new float[values[0].length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) values[0][i];
    }
    return new Floats(header.shape, floats);
  }

  /** As {@link #readFloats}, without rounding: float64. */
  public static double[] readDoubles(Path file) {
    return readNumbers(file).values;
  }

  /** As {@link #readFloats}, without rounding. */
  public static Numbers readNumbers(Path file) {
    double[][] values = new double[1][];
    Header header = read(file, values);
    return new Numbers(header.shape, values[0]);
  }

  /**
   * Reads whole numbers [N].
   *
   * @param expected what they are, in words
   * @throws InvalidInputException if the file holds anything else
   */
  public static int[] readIntegers(Path file, String expected) {
    double[][] values = new double[1][];
    return integers(read(file, values), values[0], file, expected);
  }

  /**
   * Labels.
   *
   * @param values [N]
   * @param classes columns of one-hot rows; 0 where the labels are integers
   */
  public record Labels(int[] values, int classes) {}

  /**
   * Reads labels: integers [N], or one-hot rows [N, C] of any numbers.
   *
   * @throws InvalidInputException if the file holds anything else
   */
  public static Labels readLabels(Path file) {
    double[][] values = new double[1][];
    Header header = read(file, values);
    return header.shape.length == 2
        ? new Labels(oneHot(values[0], header.shape, file), header.shape[1])
        : new Labels(
            integers(header, values[0], file, "labels as integers [N], or one-hot [N, C]"), 0);
  }

  private static int[] integers(Header header, double[] values, Path file, String expected) {
    if (header.shape.length != 1 || "iub".indexOf(header.kind) < 0) {
      throw new InvalidInputException(
          expected,
          "kind '" + header.kind + "' of shape " + Arrays.toString(header.shape),
          file,
          "save them as integers");
    }
    int[] integers = new int[values.length];
    for (int i = 0; i < integers.length; i++) {
      integers[i] = (int) values[i];
      if (integers[i] != values[i]) {
        throw new InvalidInputException(
            "numbers below 2^31", String.valueOf(values[i]), file, "renumber the classes");
      }
    }
    return integers;
  }

  private static int[] oneHot(double[] values, int[] shape, Path file) {
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
            "one-hot rows, a single 1 and zeros", "others in row " + i, file, "give integers [N]");
      }
    }
    return labels;
  }

  /**
   * Writes float32, aside first; what was there is replaced.
   *
   * @param shape sizes, outermost first; none for a scalar
   * @param values in C order, as many as the shape says
   */
  public static void write(Path file, float[] values, int... shape) {
    write(file, Type.FLOAT32, i -> values[i], values.length, shape);
  }

  /** As {@link #write(Path, float[], int...)}, in one of several types. */
  public static void write(Path file, Type type, double[] values, int... shape) {
    write(file, type, i -> values[i], values.length, shape);
  }

  private static void write(
      Path file, Type type, IntToDoubleFunction values, int count, int... shape) {
    String sizes = Arrays.stream(shape).mapToObj(n -> n + ",").collect(Collectors.joining(" "));
    String header =
        "{'descr': '%s', 'fortran_order': False, 'shape': (%s), }"
            .formatted(type.description, sizes);
    // numpy aligns the data to 64 bytes.
    int before = MAGIC.length + 2 + 2;
    int padded = (before + header.length() + 1 + 63) / 64 * 64 - before;
    header = header + " ".repeat(padded - header.length() - 1) + "\n";
    Path aside = file.resolveSibling("." + file.getFileName() + ".tmp");
    try {
      try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(aside), AT_ONCE)) {
        out.write(MAGIC);
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
      Files.move(aside, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      aside.toFile().delete();
      throw FileTrouble.with(file, e);
    }
  }

  private static Header read(Path file, double[][] values) {
    if (!Files.isRegularFile(file)) {
      throw new InvalidInputException(
          "an NPY file", Files.exists(file) ? "a folder" : "none", file, "check the path");
    }
    try (InputStream in = new BufferedInputStream(Files.newInputStream(file), AT_ONCE)) {
      Header header = header(in, file);
      values[0] = ordered(header, content(in, header, file));
      return header;
    } catch (ArithmeticException e) {
      throw new InvalidInputException(
          "at most 2^31 numbers", "more in the header", file, "split the array", e);
    } catch (EOFException e) {
      throw new InvalidInputException(
          "a whole NPY file", "its end too early", file, "save it anew", e);
    } catch (IOException e) {
      throw new InvalidInputException(
          "a readable file", FileTrouble.said(e), file, "check its rights", e);
    }
  }

  private static Header header(InputStream in, Path file) throws IOException {
    byte[] magic = in.readNBytes(MAGIC.length + 2);
    if (magic.length < MAGIC.length + 2
        || !Arrays.equals(Arrays.copyOf(magic, MAGIC.length), MAGIC)
        || magic[6] < 1
        || magic[6] > 3) {
      throw NpyProblem.format(file, magic);
    }
    DataInputStream data = new DataInputStream(in);
    long length =
        magic[6] == 1
            ? Short.toUnsignedInt(Short.reverseBytes(data.readShort()))
            : Integer.toUnsignedLong(Integer.reverseBytes(data.readInt()));
    if (length > LARGEST_HEADER) {
      throw new InvalidInputException(
          "a header of at most " + LARGEST_HEADER + " bytes", length + "", file, "save it anew");
    }
    byte[] bytes = new byte[(int) length];
    data.readFully(bytes);
    String text = new String(bytes, StandardCharsets.UTF_8);
    Matcher type = DESCRIPTION.matcher(text);
    Matcher order = ORDER.matcher(text);
    Matcher shape = SHAPE.matcher(text);
    if (!type.find() || !order.find() || !shape.find() || type.group(3).length() > 2) {
      throw NpyProblem.type(file, text.strip());
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
      throw NpyProblem.type(file, text.strip());
    }
    int[] sizes =
        Arrays.stream(shape.group(1).split(","))
            // Python 2 writes 6L.
            .map(n -> n.replace("L", "").strip())
            .filter(n -> !n.isEmpty())
            .mapToLong(n -> n.length() > 10 ? Long.MAX_VALUE : Long.parseLong(n))
            .mapToInt(Math::toIntExact)
            .toArray();
    return new Header(
        kind,
        size,
        type.group(1).equals(">") ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN,
        order.group(1).equals("True"),
        sizes);
  }

  private static double[] content(InputStream in, Header header, Path file) throws IOException {
    int size = header.size();
    double[] values = new double[Math.min(size, AT_ONCE)];
    int read = 0;
    while (read < size) {
      int wanted = Math.min(AT_ONCE / 8, size - read);
      byte[] bytes = in.readNBytes(wanted * header.bytes);
      if (bytes.length < wanted * header.bytes) {
        throw new EOFException();
      }
      if (read + wanted > values.length) {
        values = Arrays.copyOf(values, (int) Math.min(size, 2L * values.length));
      }
      ByteBuffer buffer = ByteBuffer.wrap(bytes).order(header.order);
      for (int i = 0; i < wanted; i++) {
        values[read + i] = value(buffer, header);
      }
      read += wanted;
    }
    if (in.read() >= 0) {
      throw new InvalidInputException(
          size + " numbers, as the header says", "more bytes after them", file, "save it anew");
    }
    return values;
  }

  private static double value(ByteBuffer buffer, Header header) {
    boolean unsigned = header.kind != 'i';
    if (header.kind == 'f') {
      return switch (header.bytes) {
        case 2 -> half(buffer.getShort());
        case 4 -> buffer.getFloat();
        default -> buffer.getDouble();
      };
    }
    return switch (header.bytes) {
      case 1 -> {
        byte value = buffer.get();
        yield unsigned ? Byte.toUnsignedInt(value) : value;
      }
      case 2 -> {
        short value = buffer.getShort();
        yield unsigned ? Short.toUnsignedInt(value) : value;
      }
      case 4 -> {
        int value = buffer.getInt();
        yield unsigned ? Integer.toUnsignedLong(value) : value;
      }
      default -> buffer.getLong();
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

  /** From Fortran order, the first index fastest, to C order. */
  private static double[] ordered(Header header, double[] values) {
    if (!header.fortran || header.shape.length < 2) {
      return values;
    }
    double[] ordered = new double[values.length];
    int[] index = new int[header.shape.length];
    for (double value : values) {
      int at = 0;
      for (int k = 0; k < index.length; k++) {
        at = at * header.shape[k] + index[k];
      }
      ordered[at] = value;
      for (int k = 0; k < index.length && ++index[k] == header.shape[k]; k++) {
        index[k] = 0;
      }
    }
    return ordered;
  }
}
