package org.marginsoftmax.keras;

import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.IntBinaryOperator;
import org.marginsoftmax.layer.Backpropagation;
import org.marginsoftmax.layer.Layers;
import org.marginsoftmax.layer.Variable;
import org.marginsoftmax.layer.Variables;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt64;

/**
 * Convolutions and poolings of drawn sizes, strides and channels, written as a run writes them: one
 * step forward and backward against loops in double. {@link KernelsTest} runs it in a process of
 * its own, for what it looks for ends the process: {@code SEED COUNT}, a line for each before it
 * runs, and one of what is wrong.
 */
final class KernelTrials {
  private static final int[] CHANNELS = {1, 1, 2, 3, 4, 5, 8, 8, 15, 16, 17, 24};
  private static final int[] SIZES = {1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 16, 17, 28, 30, 32};

  /** As a share of the largest value, or of 1, which the factors are about. */
  private static final double FLOAT = 1e-5;

  private static final double BFLOAT = 3e-2;

  private final Random random;
  private final int[] images;
  private final int[] window;
  private final int[] strides;
  private final String padding;

  /** Above, below, left and right, where they are given. */
  private final int[] around;

  private final int filters;
  private final Kind kind;
  private final boolean bfloat;

  private enum Kind {
    /** As a model that is imported has it. */
    IMPORTED,
    /** Of {@link Layers}, which have square kernels, one stride and same padding. */
    LAYERS,
    /** The raw operation, in a backbone of somebody's own. */
    RAW,
    TRANSPOSED,
    DEPTHWISE,
    MAX_POOL,
    AVERAGE_POOL
  }

  private KernelTrials(Random random) {
    this.random = random;
    kind =
        pick(Kind.IMPORTED, Kind.TRANSPOSED, Kind.values()[random.nextInt(Kind.values().length)]);
    boolean square = kind == Kind.LAYERS || random.nextInt(4) > 0;
    int height = pick(SIZES);
    images =
        new int[] {1 + random.nextInt(3), height, square ? height : pick(SIZES), pick(CHANNELS)};
    int high = pick(1, 1, 1, 2, 3, 3, 5);
    window = new int[] {high, square ? high : pick(1, 2, 3)};
    int stride = pick(1, 2, 2, 3, 4);
    strides = new int[] {stride, square || kind == Kind.DEPTHWISE ? stride : pick(1, 2, 3)};
    filters = kind == Kind.DEPTHWISE ? pick(1, 1, 2) : pick(CHANNELS);
    boolean fits = images[1] >= window[0] && images[2] >= window[1];
    boolean explicit = kind == Kind.IMPORTED && fits && random.nextInt(6) == 0;
    around =
        explicit ? new int[] {pick(0, 1, 2), pick(0, 1), pick(0, 1, 2), pick(0, 1)} : new int[4];
    padding =
        explicit
            ? "EXPLICIT"
            : kind == Kind.LAYERS || !fits || random.nextBoolean() ? "SAME" : "VALID";
    bfloat = kind == Kind.IMPORTED && !explicit && random.nextInt(5) == 0;
  }

  public static void main(String[] args) {
    Random random = new Random(Long.parseLong(args[0]));
    for (int i = 0; i < Integer.parseInt(args[1]); i++) {
      KernelTrials trial = new KernelTrials(new Random(random.nextLong()));
      System.out.println("trial " + i + " " + trial);
      trial.run();
    }
    System.out.println("done");
  }

  @Override
  public String toString() {
    return "%s %d x %d x %d x %d, window %d x %d, strides %d, %d, %s %s, %d filters, %s"
        .formatted(
            kind,
            images[0],
            images[1],
            images[2],
            images[3],
            window[0],
            window[1],
            strides[0],
            strides[1],
            padding,
            Arrays.toString(around),
            filters,
            bfloat ? "bfloat16" : "float32");
  }

  private void run() {
    int[] outputs = {images[0], outputs(0), outputs(1), depth()};
    boolean transposed = kind == Kind.TRANSPOSED;
    int[] given = transposed ? outputs : images;
    int[] made = transposed ? images : outputs;
    float[] x = draw(size(given));
    float[] dy = draw(size(made));
    float[] kernel = draw(window[0] * window[1] * images[3] * filters);
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      Variables variables = new Variables(tf, 0);
      Placeholder<TInt64> draws = tf.placeholder(TInt64.class, Placeholder.shape(Shape.of(2)));
      Layers layers = Layers.training(tf, variables, draws);
      Variable image = variable(layers, "x", shape(given), x);
      Operand<TFloat32> y = output(layers, image.value(), kernel, made);
      Operand<TFloat32> features = tf.reshape(y, tf.array(made[0], -1));
      Operand<TFloat32> slopes =
          tf.reshape(tf.constant(dy), tf.array(made[0], size(made) / made[0]));
      List<Variable> trained = List.copyOf(variables.trained());
      List<Operand<TFloat32>> fetched = new ArrayList<>(List.of(y));
      fetched.addAll(Backpropagation.gradients(graph, features, slopes, trained));
      var initialize = variables.initialize();
      try (Session session = new Session(graph)) {
        session.run(initialize);
        Session.Runner runner = session.runner();
        fetched.forEach(runner::fetch);
        try (Result result = runner.run()) {
          double[][] expected =
              switch (kind) {
                case MAX_POOL, AVERAGE_POOL -> pooled(x, dy, outputs);
                default -> convolved(x, dy, kernel, outputs);
              };
          compare("value", result, 0, expected[0]);
          for (int i = 0; i < trained.size(); i++) {
            compare(
                "gradient by " + trained.get(i).name(),
                result,
                i + 1,
                expected[trained.get(i).name().equals("x") ? 1 : 2]);
          }
        }
      }
    }
  }

  private Operand<TFloat32> output(Layers layers, Operand<TFloat32> x, float[] kernel, int[] made) {
    Ops tf = layers.tf();
    if (kind == Kind.LAYERS) {
      variable(layers, "conv/kernel", shape(window[0], window[1], images[3], filters), kernel);
      return layers.conv2d("conv", x, filters, window[0], strides[0]);
    }
    Map<String, AttrValue> attributes = new HashMap<>();
    attributes.put("T", Models.type(bfloat ? DataType.DT_BFLOAT16 : DataType.DT_FLOAT));
    attributes.put("strides", list(1, strides[0], strides[1], 1));
    if (padding.equals("EXPLICIT")) {
      attributes.put(
          "explicit_paddings", list(0, 0, around[0], around[1], around[2], around[3], 0, 0));
    }
    attributes.put(
        "padding", AttrValue.newBuilder().setS(ByteString.copyFromUtf8(padding)).build());
    FlatWriter writer = new FlatWriter(layers, "", Map.of(), null);
    FlatGraph flat = new FlatGraph();
    String type =
        switch (kind) {
          case IMPORTED, RAW -> "Conv2D";
          case TRANSPOSED -> "Conv2DBackpropInput";
          case DEPTHWISE -> "DepthwiseConv2dNative";
          case MAX_POOL -> "MaxPool";
          case AVERAGE_POOL -> "AvgPool";
          case LAYERS -> throw new IllegalStateException();
        };
    if (kind == Kind.MAX_POOL || kind == Kind.AVERAGE_POOL) {
      attributes.put("ksize", list(1, window[0], window[1], 1));
      return write(writer, flat, new FlatNode("y", type, List.of("x:0"), attributes), x, null, tf);
    }
    Operand<TFloat32> weights =
        variable(layers, "kernel", shape(window[0], window[1], images[3], filters), kernel).value();
    if (kind == Kind.RAW) {
      return tf.nn.conv2d(
          x, weights, List.of(1L, (long) strides[0], (long) strides[1], 1L), padding);
    }
    List<String> inputs =
        kind == Kind.TRANSPOSED
            ? List.of("sizes:0", "kernel:0", "x:0")
            : List.of("x:0", "kernel:0");
    writer.replace("sizes:0", tf.constant(made));
    return write(writer, flat, new FlatNode("y", type, inputs, attributes), x, weights, tf);
  }

  private Operand<TFloat32> write(
      FlatWriter writer,
      FlatGraph flat,
      FlatNode node,
      Operand<TFloat32> x,
      Operand<TFloat32> weights,
      Ops tf) {
    for (String input : node.inputs()) {
      flat.add(new FlatNode(FlatNode.nodeOf(input), "Placeholder", List.of(), Map.of()));
    }
    flat.add(node);
    writer.replace("x:0", bfloat ? Operations.cast(tf, x, DataType.DT_BFLOAT16) : x);
    if (weights != null) {
      writer.replace(
          "kernel:0", bfloat ? Operations.cast(tf, weights, DataType.DT_BFLOAT16) : weights);
    }
    return Operations.cast(tf, writer.write(flat, "y:0"), DataType.DT_FLOAT)
        .asOutput()
        .expect(TFloat32.class);
  }

  /** Value, gradient by x and gradient by the kernel, of a convolution or a transposed one. */
  private double[][] convolved(float[] x, float[] dy, float[] kernel, int[] outputs) {
    boolean transposed = kind == Kind.TRANSPOSED;
    boolean depthwise = kind == Kind.DEPTHWISE;
    float[] small = transposed ? x : dy;
    float[] large = transposed ? dy : x;
    double[] value = new double[size(outputs)];
    double[] spread = new double[size(images)];
    double[] slope = new double[kernel.length];
    forEachPair(
        outputs,
        (pixel, output, at) -> {
          for (int c = 0; c < images[3]; c++) {
            for (int f = 0; f < filters; f++) {
              int k = (at * images[3] + c) * filters + f;
              int o = output * outputs[3] + (depthwise ? c * filters + f : f);
              int i = pixel * images[3] + c;
              value[o] += (double) large[i] * kernel[k];
              spread[i] += (double) small[o] * kernel[k];
              slope[k] += (double) small[o] * large[i];
            }
          }
        });
    return transposed
        ? new double[][] {spread, value, slope}
        : new double[][] {value, spread, slope};
  }

  private double[][] pooled(float[] x, float[] dy, int[] outputs) {
    int channels = images[3];
    double[] value = new double[size(outputs)];
    int[] counts = new int[size(outputs)];
    int[] largest = new int[size(outputs)];
    forEachPair(
        outputs,
        (pixel, output, at) -> {
          for (int c = 0; c < channels; c++) {
            int o = output * channels + c;
            int i = pixel * channels + c;
            value[o] += x[i];
            if (counts[o]++ == 0 || x[i] > x[largest[o]]) {
              largest[o] = i;
            }
          }
        });
    double[] slope = new double[x.length];
    if (kind == Kind.MAX_POOL) {
      for (int o = 0; o < value.length; o++) {
        value[o] = x[largest[o]];
        slope[largest[o]] += dy[o];
      }
      return new double[][] {value, slope};
    }
    forEachPair(
        outputs,
        (pixel, output, at) -> {
          for (int c = 0; c < channels; c++) {
            int o = output * channels + c;
            slope[pixel * channels + c] += dy[o] / (double) counts[o];
          }
        });
    for (int o = 0; o < value.length; o++) {
      value[o] /= counts[o];
    }
    return new double[][] {value, slope};
  }

  private interface Pair {
    void seen(int pixel, int output, int at);
  }

  /** Each pixel that each output pixel sees, and where in the window. */
  private void forEachPair(int[] outputs, Pair pair) {
    IntBinaryOperator before =
        (axis, n) ->
            !padding.equals("SAME")
                ? around[2 * axis]
                : Math.max((n - 1) * strides[axis] + window[axis] - images[1 + axis], 0) / 2;
    int top = before.applyAsInt(0, outputs[1]);
    int left = before.applyAsInt(1, outputs[2]);
    for (int n = 0; n < images[0]; n++) {
      for (int p = 0; p < outputs[1]; p++) {
        for (int q = 0; q < outputs[2]; q++) {
          for (int r = 0; r < window[0]; r++) {
            for (int s = 0; s < window[1]; s++) {
              int row = p * strides[0] + r - top;
              int column = q * strides[1] + s - left;
              if (row >= 0 && row < images[1] && column >= 0 && column < images[2]) {
                pair.seen(
                    (n * images[1] + row) * images[2] + column,
                    (n * outputs[1] + p) * outputs[2] + q,
                    r * window[1] + s);
              }
            }
          }
        }
      }
    }
  }

  private void compare(String what, Result result, int index, double[] expected) {
    TFloat32 tensor = (TFloat32) result.get(index);
    float[] found = new float[(int) tensor.size()];
    tensor.asRawTensor().data().asFloats().read(found);
    double largest = 0;
    double distance = 0;
    for (int i = 0; i < found.length; i++) {
      largest = Math.max(largest, Math.abs(expected[i]));
      distance = Math.max(distance, Math.abs(expected[i] - found[i]));
    }
    if (!(distance <= (bfloat ? BFLOAT : FLOAT) * Math.max(largest, 1))) {
      System.out.println("wrong %s by %.2g".formatted(what, distance / largest));
    }
  }

  private int outputs(int axis) {
    int size = images[1 + axis] + around[2 * axis] + around[2 * axis + 1];
    return padding.equals("SAME")
        ? (size + strides[axis] - 1) / strides[axis]
        : (size - window[axis]) / strides[axis] + 1;
  }

  private int depth() {
    return switch (kind) {
      case DEPTHWISE -> images[3] * filters;
      case MAX_POOL, AVERAGE_POOL -> images[3];
      default -> filters;
    };
  }

  /** Numbers that the type holds exactly. */
  private float[] draw(int size) {
    float[] values = new float[size];
    for (int i = 0; i < size; i++) {
      int bits = Float.floatToIntBits((float) random.nextGaussian());
      values[i] = Float.intBitsToFloat(bfloat ? bits & 0xffff0000 : bits);
    }
    return values;
  }

  private static Variable variable(Layers layers, String name, Shape shape, float[] values) {
    return layers.variable(
        name,
        shape,
        Variable.Role.KERNEL,
        (tf, sizes, seed, key) -> tf.reshape(tf.constant(values), tf.constant(sizes)));
  }

  private static int size(int[] sizes) {
    return sizes[0] * sizes[1] * sizes[2] * sizes[3];
  }

  private static Shape shape(int... sizes) {
    return Shape.of(sizes[0], sizes[1], sizes[2], sizes[3]);
  }

  private static AttrValue list(long... values) {
    AttrValue.ListValue.Builder list = AttrValue.ListValue.newBuilder();
    for (long value : values) {
      list.addI(value);
    }
    return AttrValue.newBuilder().setList(list).build();
  }

  private int pick(int... from) {
    return from[random.nextInt(from.length)];
  }

  private Kind pick(Kind... from) {
    return from[random.nextInt(from.length)];
  }
}
