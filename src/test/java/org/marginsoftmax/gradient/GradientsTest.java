package org.marginsoftmax.gradient;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.tensorflow.Graph;
import org.tensorflow.Output;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.types.TFloat64;

/**
 * Gradients against differences, of what TensorFlow's C++ library gets wrong, and how they are put
 * together. {@code check_gradients.py} compares every operation with Python.
 */
class GradientsTest {
  private static final List<Long> ONES = List.of(1L, 1L, 1L, 1L);
  private static final List<Long> UNEVEN = List.of(0L, 0L, 1L, 2L, 0L, 1L, 0L, 0L);

  record Case(String name, UnaryOperator<Value> function, long... shape) {
    @Override
    public String toString() {
      return name + " " + Arrays.toString(shape);
    }
  }

  static Stream<Case> cases() {
    return Stream.of(
        new Case("LogSoftmax", x -> x.then("LogSoftmax"), 4),
        new Case("LogSoftmax", x -> x.then("LogSoftmax"), 2, 3, 4),
        new Case("LogSoftmax", x -> x.then("LogSoftmax"), 2, 2, 3, 2),
        new Case("Softmax", x -> x.then("Softmax"), 2, 2, 3, 2),
        new Case("LRN", x -> normalized(x, 1, 2, 0.7, 0.4), 1, 2, 2, 6),
        new Case("LRN", x -> normalized(x, 2, 1, 0.1, 0.75), 1, 2, 2, 6),
        new Case("Conv2D dilated", x -> convolved(x, ONES, List.of(1L, 2L, 3L, 1L)), 1, 8, 9, 2),
        new Case("Conv2D strided", x -> convolved(x, List.of(1L, 2L, 3L, 1L), ONES), 1, 8, 9, 2),
        new Case("Conv2D padded", x -> padded(x, ONES), 1, 5, 6, 2),
        new Case("Conv2D padded, dilated", x -> padded(x, List.of(1L, 2L, 2L, 1L)), 1, 7, 7, 2),
        new Case("Conv2D 1 x 1, strided", GradientsTest::dots, 2, 5, 6, 3),
        new Case("transposed, one pixel wide", x -> transposed(x, "SAME", 6, 1), 2, 3, 1, 1),
        new Case("transposed, one pixel wide", x -> transposed(x, "SAME", 5, 3), 2, 3, 1, 1),
        new Case("transposed, one pixel wide", x -> transposed(x, "VALID", 7, 4), 1, 3, 1, 2),
        new Case("MaxPool padded", GradientsTest::pooled, 1, 5, 6, 2),
        new Case("AvgPool, wide", x -> averaged(x, 1, 5, 5, 1), 1, 4, 4, 2),
        new Case("AvgPool, wide", x -> averaged(x, 1, 8, 3, 1), 1, 6, 7, 1),
        new Case("AvgPool, wide", x -> averaged(x, 1, 2, 9, 1), 2, 5, 4, 1),
        new Case("AvgPool3D, wide", x -> averaged(x, 1, 5, 2, 6, 1), 1, 4, 4, 4, 1),
        new Case("cross-entropy, one row for two labels", GradientsTest::crossEntropy, 1, 3),
        new Case("used twice", x -> x.times(x).plus(x.then("Exp")), 3),
        new Case("some outputs", GradientsTest::firstOfThree, 2, 6),
        new Case("narrow within", x -> x.cast(DataType.DT_FLOAT).square().cast(x.type()), 3));
  }

  private static Value kernel(Value x, int... sizes) {
    double[] values =
        new Random(3).doubles(Arrays.stream(sizes).reduce(1, (a, b) -> a * b)).toArray();
    return new Value(x.tf(), x.tf().constant(values).asOutput()).reshape(sizes);
  }

  /** There is a kernel for float32 only. */
  private static Value normalized(Value x, long radius, double bias, double alpha, double beta) {
    Value narrow = x.cast(DataType.DT_FLOAT);
    return narrow
        .op("LRN")
        .set("depth_radius", radius)
        .set("bias", number(bias))
        .set("alpha", number(alpha))
        .set("beta", number(beta))
        .of(narrow)
        .cast(x.type());
  }

  private static AttrValue number(double value) {
    return AttrValue.newBuilder().setF((float) value).build();
  }

  private static Value convolved(Value x, List<Long> strides, List<Long> dilations) {
    return x.op("Conv2D")
        .set("strides", strides)
        .set("dilations", dilations)
        .set("padding", "SAME")
        .of(x, kernel(x, 3, 2, 2, 3));
  }

  /** SAME, with strides of 2. In three dimensions there is a kernel for float32 only. */
  private static Value averaged(Value x, long... window) {
    List<Long> sizes = Arrays.stream(window).boxed().toList();
    boolean volume = window.length == 5;
    return x.op(volume ? "AvgPool3D" : "AvgPool")
        .set("ksize", sizes)
        .set("strides", sizes.stream().map(size -> size == 1 ? 1L : 2L).toList())
        .set("padding", "SAME")
        .of(volume ? x.cast(DataType.DT_FLOAT) : x)
        .cast(x.type());
  }

  private static Value padded(Value x, List<Long> dilations) {
    return x.op("Conv2D")
        .set("strides", ONES)
        .set("dilations", dilations)
        .set("padding", "EXPLICIT")
        .set("explicit_paddings", UNEVEN)
        .of(x, kernel(x, 3, 2, 2, 3));
  }

  private static Value dots(Value x) {
    return x.op("Conv2D")
        .set("strides", List.of(1L, 2L, 3L, 1L))
        .set("padding", "SAME")
        .of(x, kernel(x, 1, 1, 3, 2));
  }

  /** Strides of 2 and 3, to images of one channel. */
  private static Value transposed(Value x, String padding, int height, int width) {
    int images = (int) x.known().get(0);
    return x.op("Conv2DBackpropInput")
        .set("strides", List.of(1L, 2L, 3L, 1L))
        .set("padding", padding)
        .of(x.ints(images, height, width, 1), kernel(x, 3, 2, 1, (int) x.known().get(3)), x);
  }

  private static Value pooled(Value x) {
    return x.op("MaxPool")
        .set("ksize", List.of(1L, 3L, 3L, 1L))
        .set("strides", List.of(1L, 2L, 2L, 1L))
        .set("padding", "EXPLICIT")
        .set("explicit_paddings", UNEVEN)
        .of(x);
  }

  private static Value crossEntropy(Value x) {
    Value labels = kernel(x, 2, 3).then("Softmax");
    return x.op("SoftmaxCrossEntropyWithLogits").outputs(x, labels).get(0);
  }

  private static Value firstOfThree(Value x) {
    return x.op("Split").set("num_split", 3).outputs(x.scalar(1), x).get(0).square();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void areDifferences(Case tried) {
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      Placeholder<TFloat64> x =
          tf.placeholder(TFloat64.class, Placeholder.shape(Shape.of(tried.shape())));
      Value y = tried.function().apply(new Value(tf, x.asOutput()));
      Value weights = y.size().range().cast(y.type()).then("Cos").reshape(y.shape());
      Output<?> gradient =
          Gradients.between(y.output(), List.of(x.asOutput()))
              .add(graph, (ops, of) -> ops, y.output(), weights.output(), List.of(x.asOutput()))
              .get(0);
      Value loss = y.times(weights).reshape(-1).sum(y.scalar(0), false);
      try (Session session = new Session(graph)) {
        double[] at = new Random(1).doubles((int) Shape.of(tried.shape()).size(), -1, 1).toArray();
        double[] found = run(session, x, gradient, tried.shape(), at);
        double largest = Arrays.stream(found).map(Math::abs).max().orElseThrow();
        assertTrue(largest > 0);
        for (int i = 0; i < at.length; i++) {
          double difference =
              (moved(session, x, loss, tried.shape(), at, i, 1e-3)
                      - moved(session, x, loss, tried.shape(), at, i, -1e-3))
                  / 2e-3;
          assertEquals(difference, found[i], 1e-3 * largest, tried + " at " + i);
        }
      }
    }
  }

  private static double moved(
      Session session,
      Placeholder<TFloat64> x,
      Value loss,
      long[] shape,
      double[] at,
      int i,
      double by) {
    double[] values = at.clone();
    values[i] += by;
    return run(session, x, loss.output(), shape, values)[0];
  }

  private static double[] run(
      Session session, Placeholder<TFloat64> x, Output<?> fetched, long[] shape, double[] at) {
    try (TFloat64 fed = TFloat64.tensorOf(Shape.of(shape), DataBuffers.of(at));
        TFloat64 result = (TFloat64) session.runner().feed(x, fed).fetch(fetched).run().get(0)) {
      double[] values = new double[(int) result.size()];
      result.asRawTensor().data().asDoubles().read(values);
      return values;
    }
  }

  @Test
  void documentationCountsThem() throws IOException {
    String count = "for %d operations".formatted(Rules.differentiable().size());
    assertTrue(Files.readString(Path.of("docs/keras.md")).contains(count), count);
  }

  /** No rule is left untried by {@code check_gradients.py}, but for those that Python has not. */
  @Test
  void everyRuleIsComparedWithPython() throws IOException {
    String cases = Files.readString(Path.of("src/test/python/gradient_cases.py"));
    Set<String> tried =
        Pattern.compile("\\w+")
            .matcher(cases)
            .results()
            .map(MatchResult::group)
            .collect(Collectors.toSet());
    Set<String> untried = new TreeSet<>(Rules.differentiable());
    untried.removeAll(tried);
    // Python has no gradient of these names of Identity, or none that one call has.
    assertEquals(Set.of("DeepCopy", "DisableCopyOnRead", "Snapshot"), untried);
  }

  /** What is not on the way is neither looked at nor refused, and whole numbers end it. */
  @Test
  void looksAtTheWayOnly() {
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      Value x = new Value(tf, tf.constant(new float[] {1, 2, 3}).asOutput());
      Value other = new Value(tf, tf.constant(new float[] {4, 5, 6}).asOutput());
      Value unknown =
          other.reshape(1, 1, 3).then("AdjustHue", new Value(tf, tf.constant(0.1f).asOutput()));
      Value sizes = x.square().shape();
      Value y = x.times(unknown).reshape(sizes);
      Gradients between = Gradients.between(y.output(), List.of(x.output()));
      assertTrue(between.refused().isEmpty());
      List<Output<?>> found =
          between.add(
              graph, (ops, of) -> ops, y.output(), y.output(), List.of(x.output(), other.output()));
      assertNotNull(found.get(0));
      assertNull(found.get(1));
    }
  }

  /** What a backbone of one's own calls itself, and nothing can be done about. */
  @Test
  void kernelsThatGoWrongAreRefusedByName() {
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      Value x = new Value(tf, tf.constant(new float[4 * 3]).asOutput()).reshape(1, 4, 3, 1);
      Value narrow = strided(x, kernel(x, 3, 2, 1, 2).cast(x.type()));
      assertTrue(refused(narrow, x).contains("one pixel wide under a stride"));
      Value spread =
          x.op("Conv2DBackpropInput")
              .set("strides", List.of(1L, 2L, 2L, 1L))
              .set("padding", "SAME")
              .of(x.ints(1, 8, 6, 3), kernel(x, 1, 1, 3, 1).cast(x.type()), x);
      assertTrue(refused(spread, x).contains("writes beyond its memory"));
      Value two = x.op("ConcatV2").of(List.of(x, x), x.scalar(3));
      assertEquals("[]", refused(strided(two, kernel(x, 3, 2, 2, 2).cast(x.type())), x));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "''                | 2,3,4 | 4,5   | true",
        "''                | 2,3,4 | 1,4,5 | true",
        "''                | 2,3,4 | 2,4,5 | false",
        "...i,ij->...j     | 2,3,4 | 4,5   | true",
        "ij,...i->...j     | 4,5   | 2,3,4 | true",
        "...mk,...kn->...mn | 2,3,4 | 2,4,5 | false",
        "bmk,kn->bmn       | 2,3,4 | 4,5   | false"
      })
  void productsWithARepeatedOperandAreRefusedByName(
      String equation, String first, String second, boolean wrong) {
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      Value a = ones(tf, first);
      Value b = ones(tf, second);
      Value product =
          equation.isEmpty()
              ? a.then("BatchMatMulV2", b)
              : a.op("Einsum").set("equation", equation).of(List.of(a, b));
      assertEquals(wrong, refused(product, a).contains("repeated along the other's batch"));
      assertTrue(wrong || refused(product, b).equals("[]"));
    }
  }

  private static Value ones(Ops tf, String sizes) {
    int[] shape = Arrays.stream(sizes.split(",")).mapToInt(Integer::parseInt).toArray();
    int count = Arrays.stream(shape).reduce(1, (x, y) -> x * y);
    return new Value(tf, tf.constant(new float[count]).asOutput()).reshape(shape);
  }

  private static Value strided(Value x, Value kernel) {
    return x.op("Conv2D")
        .set("strides", List.of(1L, 1L, 3L, 1L))
        .set("padding", "SAME")
        .of(x, kernel);
  }

  private static String refused(Value y, Value x) {
    return Gradients.between(y.output(), List.of(x.output())).refused().toString();
  }

  /** A chain of ten thousand operations, on a thread with a small stack. */
  @Test
  void goesDeep() throws InterruptedException {
    Thread thread = new Thread(null, GradientsTest::deep, "small", 1 << 18);
    Throwable[] thrown = new Throwable[1];
    thread.setUncaughtExceptionHandler((t, e) -> thrown[0] = e);
    thread.start();
    thread.join();
    assertNull(thrown[0]);
  }

  private static void deep() {
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      Value x = new Value(tf, tf.constant(1f).asOutput());
      Value y = x;
      for (int i = 0; i < 10_000; i++) {
        y = y.then("Neg");
      }
      List<Output<?>> found =
          Gradients.between(y.output(), List.of(x.output()))
              .add(graph, (ops, of) -> ops, y.output(), x.like(1).output(), List.of(x.output()));
      assertFalse(found.contains(null));
    }
  }
}
