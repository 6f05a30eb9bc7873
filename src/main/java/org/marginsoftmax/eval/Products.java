package org.marginsoftmax.eval;

import java.util.stream.IntStream;
import org.tensorflow.DeviceSpec;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DoubleDataBuffer;
import org.tensorflow.op.Ops;
import org.tensorflow.op.linalg.MatMul;
import org.tensorflow.types.TFloat64;

/** Inner products in float64 of many rows with many others, some rows at a time. */
final class Products {
  /** A GPU's would be no quicker, and its products of float32 keep 11 bits (TensorFloat-32). */
  static final DeviceSpec CPU =
      DeviceSpec.newBuilder().deviceType(DeviceSpec.DeviceType.CPU).deviceIndex(0).build();

  /** Numbers of a block of the product, 32 MB. */
  private static final int BLOCK = 1 << 22;

  private Products() {}

  /** What is done with the products of one row; the array is valid during the call only. */
  interface Row {
    void accept(int row, double[] products);
  }

  /** Goes through the rows, several at once; each is told once. */
  static void forEach(double[][] rows, double[][] others, Row row) {
    int d = others[0].length;
    int n = others.length;
    int most = Math.max(1, Math.min(1024, BLOCK / n));
    try (Graph graph = new Graph();
        TFloat64 all = tensor(others, 0, n, d)) {
      Ops tf = Ops.create(graph).withDevice(CPU);
      Operand<TFloat64> some = tf.placeholder(TFloat64.class);
      Operand<TFloat64> fixed = tf.placeholder(TFloat64.class);
      Operand<TFloat64> product = tf.linalg.matMul(some, fixed, MatMul.transposeB(true));
      try (Session session = new Session(graph)) {
        for (int from = 0; from < rows.length; from += most) {
          int first = from;
          int count = Math.min(most, rows.length - from);
          try (TFloat64 block = tensor(rows, from, count, d);
              Result result =
                  session.runner().feed(some, block).feed(fixed, all).fetch(product).run()) {
            DoubleDataBuffer data = ((TFloat64) result.get(0)).asRawTensor().data().asDoubles();
            IntStream.range(0, count)
                .parallel()
                .forEach(
                    i -> {
                      double[] products = new double[n];
                      data.offset((long) i * n).read(products);
                      row.accept(first + i, products);
                    });
          }
        }
      }
    }
  }

  private static TFloat64 tensor(double[][] rows, int from, int count, int d) {
    return TFloat64.tensorOf(
        Shape.of(count, d),
        data -> {
          for (int i = 0; i < count; i++) {
            data.asRawTensor().data().asDoubles().offset((long) i * d).write(rows[from + i]);
          }
        });
  }
}
