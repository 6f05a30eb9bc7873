package org.marginsoftmax.eval;

import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.tensorflow.DeviceSpec;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.linalg.MatMul;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.family.TNumber;

/**
 * Inner products of many rows with many others, by TensorFlow, a block of rows at a time, so that
 * the whole matrix is never held.
 */
final class Products {
  /** A GPU's products of float32 may keep 11 bits of them (TensorFloat-32). */
  private static final DeviceSpec CPU =
      DeviceSpec.newBuilder().deviceType(DeviceSpec.DeviceType.CPU).deviceIndex(0).build();

  /** Multiplications up to which a session of TensorFlow's would take longer to make. */
  private static final long FEW = 1L << 26;

  /** Numbers of a block of the product, 64 MB of float32. */
  private static final int BLOCK = 1 << 24;

  private static final int FEWEST_ROWS = 64;
  private static final int MOST_ROWS = 1024;

  private Products() {}

  /** Reads the products of a row of a block with all others; from any thread. */
  interface Reader<A> {
    void read(int row, A into);
  }

  /** What is done with a block; the reader is valid during the call only. */
  interface Block<A> {
    void accept(int from, int to, Reader<A> products);
  }

  private interface Rows<T> {
    T block(int from, int count);
  }

  /**
   * Products in float64.
   *
   * @param n number of rows
   * @param rows each of size d
   * @param m number of others
   * @param others each of size d
   */
  static void inFloat64(
      int n,
      IntFunction<double[]> rows,
      int m,
      IntFunction<double[]> others,
      Block<double[]> block) {
    int d = others.apply(0).length;
    if ((long) n * m * d <= FEW) {
      double[][] all = IntStream.range(0, m).parallel().mapToObj(others).toArray(double[][]::new);
      block.accept(0, n, (row, into) -> dots(rows.apply(row), all, into));
      return;
    }
    try (TFloat64 all = float64(others, 0, m, d)) {
      byTensorFlow(
          TFloat64.class,
          n,
          (from, count) -> float64(rows, from, count, d),
          m,
          all,
          found -> {
            var data = found.asRawTensor().data().asDoubles();
            return (row, into) -> data.offset((long) row * m).read(into);
          },
          block);
    }
  }

  /**
   * Products in float32.
   *
   * @param n number of rows
   * @param rows each of size d
   * @param others [m][d]
   */
  static void inFloat32(int n, IntFunction<float[]> rows, float[][] others, Block<float[]> block) {
    int m = others.length;
    int d = others[0].length;
    try (TFloat32 all = float32(i -> others[i], 0, m, d)) {
      byTensorFlow(
          TFloat32.class,
          n,
          (from, count) -> float32(rows, from, count, d),
          m,
          all,
          found -> {
            var data = found.asRawTensor().data().asFloats();
            return (row, into) -> data.offset((long) row * m).read(into);
          },
          block);
    }
  }

  /**
   * @param reader of a product, by rows from 0
   */
  private static <T extends TNumber, A> void byTensorFlow(
      Class<T> type,
      int n,
      Rows<T> rows,
      int m,
      T all,
      Function<T, Reader<A>> reader,
      Block<A> block) {
    int most = Math.max(FEWEST_ROWS, Math.min(MOST_ROWS, BLOCK / m / FEWEST_ROWS * FEWEST_ROWS));
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph).withDevice(CPU);
      Operand<T> some = tf.placeholder(type);
      Operand<T> others = tf.placeholder(type);
      Operand<T> product = tf.linalg.matMul(some, others, MatMul.transposeB(true));
      try (Session session = new Session(graph)) {
        for (int from = 0; from < n; from += most) {
          int first = from;
          int count = Math.min(most, n - from);
          try (T fed = rows.block(from, count);
              Result result =
                  session.runner().feed(some, fed).feed(others, all).fetch(product).run()) {
            Reader<A> found = reader.apply(type.cast(result.get(0)));
            block.accept(from, from + count, (row, into) -> found.read(row - first, into));
          }
        }
      }
    }
  }

  private static TFloat64 float64(IntFunction<double[]> rows, int from, int count, int d) {
    return TFloat64.tensorOf(
        Shape.of(count, d),
        data -> {
          for (int i = 0; i < count; i++) {
            data.asRawTensor().data().asDoubles().offset((long) i * d).write(rows.apply(from + i));
          }
        });
  }

  private static TFloat32 float32(IntFunction<float[]> rows, int from, int count, int d) {
    return TFloat32.tensorOf(
        Shape.of(count, d),
        data -> {
          for (int i = 0; i < count; i++) {
            data.asRawTensor().data().asFloats().offset((long) i * d).write(rows.apply(from + i));
          }
        });
  }

  private static void dots(double[] row, double[][] all, double[] into) {
    for (int i = 0; i < into.length; i++) {
      double[] other = all[i];
      double sum = 0;
      for (int k = 0; k < row.length; k++) {
        sum += row[k] * other[k];
      }
      into[i] = sum;
    }
  }
}
