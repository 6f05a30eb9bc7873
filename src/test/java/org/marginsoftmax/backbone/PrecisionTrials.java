package org.marginsoftmax.backbone;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.marginsoftmax.layer.Backpropagation;
import org.marginsoftmax.layer.Convolutions;
import org.marginsoftmax.layer.Frames;
import org.marginsoftmax.layer.Initializer;
import org.marginsoftmax.layer.Layers;
import org.marginsoftmax.layer.Precision;
import org.marginsoftmax.layer.Variable;
import org.marginsoftmax.layer.Variables;
import org.tensorflow.Graph;
import org.tensorflow.GraphOperation;
import org.tensorflow.GraphOperationBuilder;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.proto.DataType;
import org.tensorflow.types.TBfloat16;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.family.TNumber;

/**
 * Layers of drawn sizes, and backbones, forward and backward in bfloat16, against the same operands
 * rounded beforehand and multiplied in float32, and each product against itself in float64. {@link
 * BackbonePrecisionTest} runs it in processes of its own, for kernels differ by what is in the
 * environment of the process: {@code PRECISION SEED COUNT} or {@code PRECISION BACKBONE...}; a line
 * for each trial before it runs, and one for what is wrong.
 */
final class PrecisionTrials {
  private static final Set<String> PRODUCTS =
      Set.of("Conv2D", "Conv2DBackpropInput", "Conv2DBackpropFilter", "MatMul");

  /** What puts numbers elsewhere and computes nothing. */
  private static final Set<String> MOVES = Set.of("Slice", "StridedSlice", "Pad", "Reshape");

  /** Of the sums, as a share of the largest. */
  private static final double FLOAT32_SUMS = 2e-6;

  private final Precision precision;

  /** Largest relative error of one rounding: kernels of bfloat16 may cut off the sums. */
  private final double rounding;

  private PrecisionTrials(Precision precision) {
    this.precision = precision;
    rounding = precision == Precision.BFLOAT16 ? 1.0 / (1 << 7) : 1.0 / (1 << 8);
  }

  public static void main(String[] args) {
    PrecisionTrials trials = new PrecisionTrials(Precision.valueOf(args[0]));
    if (args[1].matches("\\d+")) {
      Random random = new Random(Long.parseLong(args[1]));
      for (int i = 0; i < Integer.parseInt(args[2]); i++) {
        trials.run(Drawn.of(new Random(random.nextLong())));
      }
    } else {
      for (int i = 1; i < args.length; i++) {
        trials.run(args[i]);
      }
    }
    System.out.println("done");
  }

  private static void wrong(String what, Object... values) {
    System.out.println("wrong " + what.formatted(values));
  }

  /** A layer, with its samples and what comes back from above. */
  private record Drawn(String said, Shape samples, Layer layer, int parts, long seed) {
    private interface Layer {
      Operand<TFloat32> of(Layers layers, Operand<TFloat32> x);
    }

    static Drawn of(Random random) {
      int n = 1 + random.nextInt(4);
      int side = 1 + random.nextInt(9);
      int width = random.nextBoolean() ? side : 1 + random.nextInt(9);
      int channels = 1 + random.nextInt(random.nextBoolean() ? 4 : 40);
      int filters = 1 + random.nextInt(random.nextBoolean() ? 4 : 40);
      int size = 1 + 2 * random.nextInt(3);
      int any = 1 + random.nextInt(4);
      int stride = 1 + random.nextInt(4);
      int dilation = 1 + random.nextInt(3);
      Shape images = Shape.of(n, side, width, channels);
      Shape rows = Shape.of(n, channels);
      Initializer kernel = Initializer.constant(0);
      String sizes = "size %d, stride %d, %d filters".formatted(size, stride, filters);
      long seed = random.nextLong();
      return switch (random.nextInt(7)) {
        case 0 ->
            new Drawn(
                "conv2d of size %d, stride %d, %d filters".formatted(any, stride, filters),
                images,
                (layers, x) -> layers.conv2d("layer", x, filters, any, stride),
                1,
                seed);
        case 1 ->
            new Drawn(
                "convolution of " + sizes,
                images,
                (layers, x) ->
                    Convolutions.conv2d(layers, "layer", x, filters, size, stride, kernel),
                1,
                seed);
        case 2 ->
            new Drawn(
                "raw convolution of " + sizes,
                Shape.of(n, side + 2 * stride + size, width + 2 * stride + size, channels),
                (layers, x) -> {
                  Operand<TFloat32> weights =
                      layers
                          .variable(
                              "layer/kernel",
                              Shape.of(size, size, channels, filters),
                              Variable.Role.KERNEL,
                              kernel)
                          .value();
                  return layers.convolution(
                      x, weights, stride, stride, n % 2 == 0 ? "SAME" : "VALID");
                },
                1,
                seed);
        case 3 ->
            new Drawn(
                "dense, %d units".formatted(filters),
                rows,
                (layers, x) -> layers.dense("layer", x, filters),
                1,
                seed);
        case 4 ->
            new Drawn(
                "linear, %d units".formatted(filters),
                rows,
                (layers, x) -> layers.linear("layer", x, filters),
                1,
                seed);
        case 5 ->
            new Drawn(
                "frames of size %d, dilation %d, %d filters".formatted(any, dilation, filters),
                Shape.of(n, (any - 1) * dilation + side, channels),
                (layers, x) -> Frames.conv(layers, "layer", x, filters, any, dilation),
                any,
                seed);
        default ->
            new Drawn(
                "depthwise of size %d, stride %d".formatted(size, stride),
                images,
                (layers, x) -> Convolutions.depthwise(layers, "layer", x, size, stride, kernel),
                1,
                seed);
      };
    }

    boolean isDepthwise() {
      return said.startsWith("depthwise");
    }
  }

  private void run(Drawn drawn) {
    System.out.println("trial %s of %s".formatted(drawn.said, drawn.samples));
    Map<String, float[]> found = step(drawn, precision);
    Map<String, float[]> expected = step(drawn, drawn.isDepthwise() ? null : Precision.FLOAT32);
    if (!found.keySet().equals(expected.keySet())) {
      wrong("variables: expected %s, found %s", expected.keySet(), found.keySet());
    }
    expected.forEach(
        (name, values) -> {
          // What comes back to frames is a sum of products rounded each by itself.
          boolean isSum = name.equals("gradient of x") && drawn.parts > 1;
          // The gradient of a bias is no product.
          boolean isExact = drawn.isDepthwise() || name.equals("gradient of layer/bias");
          compare(name, values, found.get(name), isExact ? 0 : isSum ? -1 : rounding);
          for (float value : found.get(name)) {
            if (!isExact && !isSum && (Float.floatToRawIntBits(value) & 0xffff) != 0) {
              wrong("%s: expected 8 bits, found %s", name, value);
              break;
            }
          }
        });
  }

  /**
   * @param error relative one of each number; -1 for as many roundings of the largest as there may
   *     be
   */
  private void compare(String name, float[] expected, float[] found, double error) {
    double largest = 1e-30;
    for (float value : expected) {
      largest = Math.max(largest, Math.abs(value));
    }
    for (int i = 0; i < expected.length; i++) {
      double allowed =
          (error < 0 ? 4 * rounding * largest : error * Math.abs(expected[i]))
              + 4 * FLOAT32_SUMS * largest;
      if (!(Math.abs(expected[i] - found[i]) <= allowed)) {
        wrong("%s: expected %s, found %s", name, expected[i], found[i]);
        return;
      }
    }
  }

  /**
   * Value and gradients of a layer.
   *
   * @param precision {@code FLOAT32} to round samples and kernel beforehand; null to round nothing
   */
  private Map<String, float[]> step(Drawn drawn, Precision precision) {
    Initializer normal = Initializer.normal(1);
    Initializer first =
        precision == Precision.FLOAT32
            ? (tf, shape, seed, name) -> rounded(tf, normal.value(tf, shape, seed, name))
            : normal;
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      // No bias, which would be added behind the rounding.
      Map<String, Initializer> values =
          Map.of("x", first, "layer/kernel", first, "layer/bias", Initializer.constant(0));
      Variables variables = new Variables(tf, drawn.seed, values);
      Layers layers = layers(tf, variables, precision == null ? Precision.FLOAT32 : precision);
      Variable x = layers.variable("x", drawn.samples, Variable.Role.KERNEL, first);
      Operand<TFloat32> value = layers.flatten(drawn.layer.of(layers, x.value()));
      Operand<TFloat32> slopes = rounded(tf, normal.value(tf, value.shape(), drawn.seed, "slopes"));
      Map<String, Operand<TFloat32>> fetched = gradients(graph, variables, value, slopes);
      fetched.put("value", value);
      return run(graph, variables, fetched, precision == this.precision);
    }
  }

  /** A training step of a backbone: each product, types, and how far all is from float32. */
  private void run(String name) {
    BackboneType type = Backbones.named(name);
    List<Integer> smallest = type.smallest();
    Shape samples = Shape.of(8);
    for (int axis = 0; axis < smallest.size(); axis++) {
      boolean isLast = axis == smallest.size() - 1;
      samples = samples.append(Shape.of(smallest.get(axis) + (isLast ? 2 : 3)));
    }
    System.out.println("trial %s of %s".formatted(name, samples));
    Map<String, float[]> found = step(Backbones.of(name, 16), samples, precision);
    Map<String, float[]> expected = step(Backbones.of(name, 16), samples, Precision.FLOAT32);
    if (!found.keySet().equals(expected.keySet())) {
      wrong("variables: expected %s, found %s", expected.keySet(), found.keySet());
    }
    // Batch norm over eight numbers, as at the top of a residual network, makes much of rounding;
    // gradients that batch norm makes zero are rounding alone.
    double alike = cosine(expected.get("value"), found.get("value"));
    double[] gradients =
        expected.keySet().stream()
            .mapToDouble(key -> cosine(expected.get(key), found.get(key)))
            .sorted()
            .toArray();
    double usual = gradients[gradients.length / 2];
    if (!(alike > 0.8 && alike < 1 - 1e-9 && usual > 0.5)) {
      wrong("features and gradients: cosines of %s and %s with float32's", alike, usual);
    }
    System.out.println("alike %.5f %.5f".formatted(alike, usual));
  }

  private Map<String, float[]> step(Backbone backbone, Shape samples, Precision precision) {
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      Variables variables = new Variables(tf, 1);
      Operand<TFloat32> x = Initializer.normal(1).value(tf, samples, 1, "samples");
      Operand<TFloat32> features = backbone.features(layers(tf, variables, precision), x);
      Operand<TFloat32> slopes = Initializer.normal(1).value(tf, features.shape(), 1, "slopes");
      Map<String, Operand<TFloat32>> fetched = gradients(graph, variables, features, slopes);
      fetched.put("value", features);
      Map<String, float[]> all = run(graph, variables, fetched, precision != Precision.FLOAT32);
      backbone.features(Layers.scoring(tf.withSubScope("scoring"), variables), x);
      graph
          .operations()
          .forEachRemaining(
              operation -> {
                if (operation.name().startsWith("scoring/") && isRounded(operation)) {
                  wrong("scoring in bfloat16: %s", operation.name());
                }
              });
      return all;
    }
  }

  private static boolean isRounded(GraphOperation operation) {
    return operation.numOutputs() > 0 && operation.output(0).dataType() == DataType.DT_BFLOAT16;
  }

  private static Layers layers(Ops tf, Variables variables, Precision precision) {
    return Layers.training(tf, variables, tf.constant(new long[] {1, 2}), precision);
  }

  private static Map<String, Operand<TFloat32>> gradients(
      Graph graph, Variables variables, Operand<TFloat32> features, Operand<TFloat32> slopes) {
    List<Variable> trained = variables.trained();
    List<Operand<TFloat32>> found = Backpropagation.gradients(graph, features, slopes, trained);
    Map<String, Operand<TFloat32>> named = new TreeMap<>();
    for (int i = 0; i < trained.size(); i++) {
      named.put("gradient of " + trained.get(i).name(), found.get(i));
    }
    return named;
  }

  private static double cosine(float[] a, float[] b) {
    double product = 0;
    double squareOfA = 1e-60;
    double squareOfB = 1e-60;
    for (int i = 0; i < a.length; i++) {
      product += (double) a[i] * b[i];
      squareOfA += (double) a[i] * a[i];
      squareOfB += (double) b[i] * b[i];
    }
    return product / Math.sqrt(squareOfA * squareOfB);
  }

  private Map<String, float[]> run(
      Graph graph, Variables variables, Map<String, Operand<TFloat32>> fetched, boolean checks) {
    Ops tf = Ops.create(graph);
    Map<String, Operand<TFloat32>> checked = checks ? checked(graph) : Map.of();
    var initialize = variables.initialize();
    try (Session session = new Session(graph)) {
      session.run(initialize);
      Session.Runner runner = session.runner();
      fetched.values().forEach(value -> runner.fetch(tf.identity(value)));
      checked.values().forEach(runner::fetch);
      Map<String, float[]> all = new TreeMap<>();
      try (Result result = runner.run()) {
        int next = 0;
        for (String name : fetched.keySet()) {
          all.put(name, floats(result, next++));
        }
        for (String name : checked.keySet()) {
          float excess = floats(result, next++)[0];
          if (!(excess <= FLOAT32_SUMS)) {
            wrong("%s: by %.2g of the largest", name, excess);
          }
        }
      }
      return all;
    }
  }

  private static float[] floats(Result result, int index) {
    TFloat32 tensor = (TFloat32) result.get(index);
    float[] values = new float[(int) tensor.size()];
    tensor.asRawTensor().data().asFloats().read(values);
    return values;
  }

  /** By how much each product is off, beyond one rounding, as a share of its largest number. */
  private Map<String, Operand<TFloat32>> checked(Graph graph) {
    Ops tf = Ops.create(graph);
    List<GraphOperation> operations = new ArrayList<>();
    graph.operations().forEachRemaining(operations::add);
    Map<String, List<GraphOperation>> readers = new HashMap<>();
    for (GraphOperation operation : operations) {
      for (int i = 0; i < operation.numInputs(); i++) {
        readers
            .computeIfAbsent(operation.input(i).op().name(), name -> new ArrayList<>())
            .add(operation);
      }
    }
    DataType type = precision == Precision.BFLOAT16 ? DataType.DT_BFLOAT16 : DataType.DT_FLOAT;
    Map<String, Operand<TFloat32>> checked = new TreeMap<>();
    for (GraphOperation operation : operations) {
      boolean isDepthwise = operation.type().startsWith("DepthwiseConv2dNative");
      if (isDepthwise && operation.output(0).dataType() != DataType.DT_FLOAT) {
        wrong("depthwise in bfloat16: %s", operation.name());
      }
      if (!PRODUCTS.contains(operation.type())) {
        continue;
      }
      if (operation.output(0).dataType() != type) {
        wrong("%s: expected %s, found %s", operation.name(), type, operation.output(0).dataType());
        continue;
      }
      Operand<TFloat64> exact = exact(tf, graph, operation, checked);
      Operand<TFloat64> found = wide(tf, operation.output(0));
      if (precision == Precision.BFLOAT16_BY_FLOAT32) {
        if (!isRounded(operation, readers)) {
          wrong("%s: expected to be rounded", operation.name());
        }
        found = wide(tf, tf.dtypes.cast(operation.<TFloat32>output(0), TBfloat16.class));
      }
      Operand<TFloat64> allowed = tf.math.mul(tf.math.abs(exact), tf.constant(rounding));
      checked.put(
          operation.name(),
          share(tf, tf.math.sub(tf.math.abs(tf.math.sub(found, exact)), allowed), exact));
    }
    if (checked.isEmpty() && operations.stream().noneMatch(o -> o.type().startsWith("Depthwise"))) {
      wrong("no product found");
    }
    return checked;
  }

  /** Whether all that reads the product, if anything does, rounds it, perhaps after moving it. */
  private static boolean isRounded(
      GraphOperation operation, Map<String, List<GraphOperation>> readers) {
    List<GraphOperation> all = readers.getOrDefault(operation.name(), List.of());
    return all.stream()
        .allMatch(
            reader ->
                reader.type().equals("Cast")
                    ? reader.output(0).dataType() == DataType.DT_BFLOAT16
                    : reader.type().equals("Shape")
                        || MOVES.contains(reader.type()) && isRounded(reader, readers));
  }

  /** The same product of the same operands in float64, and how far these are from bfloat16. */
  private Operand<TFloat64> exact(
      Ops tf, Graph graph, GraphOperation operation, Map<String, Operand<TFloat32>> checked) {
    GraphOperationBuilder builder =
        graph.opBuilder(operation.type(), operation.name() + "/exact", tf.scope());
    for (int i = 0; i < operation.numInputs(); i++) {
      Output<?> input = operation.input(i).asOutput();
      if (input.dataType() == DataType.DT_INT32) {
        builder.addInput(input);
        continue;
      }
      Operand<TFloat64> wide = wide(tf, input);
      Operand<TFloat64> rounded = wide(tf, tf.dtypes.cast(wide, TBfloat16.class));
      checked.put(
          operation.name() + " operand " + i,
          share(tf, tf.math.abs(tf.math.sub(wide, rounded)), wide));
      builder.addInput(wide.asOutput());
    }
    if (operation.type().equals("MatMul")) {
      for (String name : List.of("transpose_a", "transpose_b")) {
        builder.setAttr(name, operation.attributes().getAttrBool(name));
      }
    } else {
      for (String name : List.of("strides", "dilations")) {
        builder.setAttr(name, operation.attributes().getAttrIntList(name));
      }
      builder.setAttr("padding", operation.attributes().getAttrString("padding"));
    }
    return builder.build().output(0);
  }

  /** The largest, as a share of the largest value. */
  private static Operand<TFloat32> share(
      Ops tf, Operand<TFloat64> excess, Operand<TFloat64> values) {
    Operand<TFloat64> largest =
        tf.math.add(tf.max(tf.math.abs(flat(tf, values)), tf.constant(0)), tf.constant(1e-30));
    Operand<TFloat64> most = tf.max(flat(tf, excess), tf.constant(0));
    return tf.dtypes.cast(tf.math.div(most, largest), TFloat32.class);
  }

  private static Operand<TFloat64> flat(Ops tf, Operand<TFloat64> values) {
    return tf.reshape(values, tf.array(-1));
  }

  private static Operand<TFloat64> wide(Ops tf, Operand<?> values) {
    return tf.dtypes.cast(number(values), TFloat64.class);
  }

  @SuppressWarnings("unchecked")
  private static Operand<? extends TNumber> number(Operand<?> values) {
    return (Operand<? extends TNumber>) values;
  }

  private static Operand<TFloat32> rounded(Ops tf, Operand<TFloat32> values) {
    return tf.dtypes.cast(tf.dtypes.cast(values, TBfloat16.class), TFloat32.class);
  }
}
