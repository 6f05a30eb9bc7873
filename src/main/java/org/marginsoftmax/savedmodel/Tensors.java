package org.marginsoftmax.savedmodel;

import java.util.Arrays;
import java.util.List;
import java.util.function.DoublePredicate;
import java.util.stream.Collectors;
import org.marginsoftmax.InvalidInputException;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.FloatNdArray;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.proto.DataType;
import org.tensorflow.types.TBfloat16;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat16;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.TString;
import org.tensorflow.types.TUint8;

/** Converts numbers to tensors of the type and shape that a signature asks for, and back. */
final class Tensors {
  /** Bound up to which float64 represents every integer exactly. */
  private static final double EXACT = 1L << 53;

  private Tensors() {}

  /**
   * Numbers in the shape that an input asks for: unchanged, or with an axis for a single channel
   * added. The number of rows is not checked.
   *
   * @throws InvalidInputException if they have another shape
   */
  static Numbers fitted(Object where, TensorSpec input, Numbers numbers) {
    List<Long> wanted = input.shape();
    if (wanted == null || fits(wanted, numbers.shape())) {
      return numbers;
    }
    if (wanted.size() == numbers.shape().length + 1 && wanted.get(wanted.size() - 1) == 1) {
      int[] sizes = Arrays.copyOf(numbers.shape(), wanted.size());
      sizes[sizes.length - 1] = 1;
      if (fits(wanted, sizes)) {
        return new Numbers(sizes, numbers.values());
      }
    }
    throw InvalidModel.at(
        where,
        "input " + input,
        Arrays.stream(numbers.shape())
            .mapToObj(String::valueOf)
            .collect(Collectors.joining(", ", "shape [", "]")),
        "bring the data into that shape");
  }

  private static boolean fits(List<Long> wanted, int[] sizes) {
    if (wanted.size() != sizes.length) {
      return false;
    }
    for (int i = 1; i < sizes.length; i++) {
      if (wanted.get(i) >= 0 && wanted.get(i) != sizes[i]) {
        return false;
      }
    }
    return true;
  }

  /**
   * Converts numbers to a tensor of an input's type. Numbers are rounded to a floating-point type;
   * an integer type has to hold them exactly.
   *
   * @throws InvalidInputException for numbers that the type cannot hold, or a type that is not
   *     numeric
   */
  static Tensor of(Object where, TensorSpec input, Numbers numbers) {
    Shape shape = Shape.of(Arrays.stream(numbers.shape()).asLongStream().toArray());
    double[] values = numbers.values();
    return switch (input.type()) {
      case DT_FLOAT -> TFloat32.tensorOf(shape, DataBuffers.of(floats(where, input, values)));
      case DT_HALF -> TFloat16.tensorOf(shape, DataBuffers.of(floats(where, input, values)));
      case DT_BFLOAT16 -> TBfloat16.tensorOf(shape, DataBuffers.of(floats(where, input, values)));
      case DT_DOUBLE -> TFloat64.tensorOf(shape, DataBuffers.of(values));
      case DT_INT32 -> {
        check(where, input, values, v -> v == (int) v);
        yield TInt32.tensorOf(
            shape, DataBuffers.of(Arrays.stream(values).mapToInt(v -> (int) v).toArray()));
      }
      case DT_INT64 -> {
        check(where, input, values, v -> v == (long) v && Math.abs(v) <= EXACT);
        yield TInt64.tensorOf(
            shape, DataBuffers.of(Arrays.stream(values).mapToLong(v -> (long) v).toArray()));
      }
      case DT_UINT8 -> {
        check(where, input, values, v -> v == ((int) v & 0xff));
        byte[] bytes = new byte[values.length];
        for (int i = 0; i < bytes.length; i++) {
          bytes[i] = (byte) (int) values[i];
        }
        yield TUint8.tensorOf(shape, DataBuffers.of(bytes));
      }
      case DT_BOOL -> {
        check(where, input, values, v -> v == 0 || v == 1);
        boolean[] booleans = new boolean[values.length];
        for (int i = 0; i < booleans.length; i++) {
          booleans[i] = values[i] == 1;
        }
        yield TBool.tensorOf(shape, DataBuffers.of(booleans));
      }
      default ->
          throw InvalidModel.at(
              where,
              "an input of floats, int32, int64, uint8 or bool",
              input.toString(),
              "choose another signature");
    };
  }

  private static void check(
      Object where, TensorSpec input, double[] values, DoublePredicate holds) {
    for (double value : values) {
      if (!holds.test(value)) {
        throw InvalidModel.at(
            where,
            "numbers for input " + input,
            String.valueOf(value),
            "convert the data, or choose another signature");
      }
    }
  }

  private static float[] floats(Object where, TensorSpec input, double[] values) {
    check(where, input, values, v -> !Double.isFinite(v) || Float.isFinite((float) v));
    float[] floats = new float[values.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) values[i];
    }
    return floats;
  }

  /** Zeros, or empty strings; null for a type that has neither in Java. */
  static Tensor zeros(TensorSpec input, int[] sizes) {
    if (input.type() == DataType.DT_STRING) {
      Shape shape = Shape.of(Arrays.stream(sizes).asLongStream().toArray());
      String[] empty = new String[Math.toIntExact(shape.size())];
      Arrays.fill(empty, "");
      return TString.tensorOf(shape, DataBuffers.ofObjects(empty));
    }
    int size = 1;
    for (int n : sizes) {
      size = Math.multiplyExact(size, n);
    }
    return switch (input.type()) {
      case DT_FLOAT, DT_HALF, DT_BFLOAT16, DT_DOUBLE, DT_INT32, DT_INT64, DT_UINT8, DT_BOOL ->
          of("zeros", input, new Numbers(sizes, new double[size]));
      default -> null;
    };
  }

  /**
   * The numbers in a tensor.
   *
   * @throws InvalidInputException if its type is not numeric
   */
  static Numbers numbers(Object where, TensorSpec output, Tensor tensor) {
    int[] sizes = Arrays.stream(tensor.shape().asArray()).mapToInt(Math::toIntExact).toArray();
    int size = Math.toIntExact(tensor.shape().size());
    double[] values = new double[size];
    if (tensor instanceof FloatNdArray floats) {
      float[] copy = new float[size];
      floats.copyTo(DataBuffers.of(copy, false, false));
      for (int i = 0; i < size; i++) {
        values[i] = copy[i];
      }
    } else if (tensor instanceof TFloat64 doubles) {
      doubles.copyTo(DataBuffers.of(values, false, false));
    } else if (tensor instanceof TInt64 longs) {
      long[] copy = new long[size];
      longs.copyTo(DataBuffers.of(copy, false, false));
      for (int i = 0; i < size; i++) {
        values[i] = copy[i];
      }
    } else if (tensor instanceof TInt32 integers) {
      int[] copy = new int[size];
      integers.copyTo(DataBuffers.of(copy, false, false));
      for (int i = 0; i < size; i++) {
        values[i] = copy[i];
      }
    } else {
      throw InvalidModel.at(
          where,
          "an output of float32, float64, float16, bfloat16, int32 or int64",
          output.toString(),
          "choose another with `output-name`");
    }
    return new Numbers(sizes, values);
  }
}
