package org.marginsoftmax.savedmodel;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
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
import org.tensorflow.op.nn.FusedBatchNorm;
import org.tensorflow.op.nn.LeakyRelu;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt64;

/**
 * Convolutions and poolings of drawn sizes, strides and channels, written as a run writes them: one
 * step forward and backward against loops in double. {@link KernelsTest} runs it in a process of
 * its own, for what it looks for ends the process: {@code SEED COUNT}, perhaps with the first of
 * them, a line for each before it runs, and one of what is wrong.
 */
final class KernelTrials {
  private static final int[] CHANNELS = {1, 1, 2, 3, 4, 5, 6, 8, 8, 15, 16, 17, 24};
  private static final int[] SIZES = {1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 16, 17, 28, 30, 32};
  private static final int[] FEW = {1, 2, 3, 4, 5, 6, 7, 8};
  private static final int[] NONE = new int[3];

  private static final Map<DataType, Double> TOLERANCE =
      Map.of(
          // As a share of the largest value, or of 1, which the factors are about.
          DataType.DT_FLOAT, 1e-5,
          DataType.DT_BFLOAT16, 3e-2,
          DataType.DT_HALF, 3e-2);

  private static final String PROCESSOR = processor();

  private final Random random;

  /** Of a batch: images, depth (1 where there is none), height, width, channels. */
  private final int[] images;

  /** Of depth, height and width, as all that follow. */
  private final int[] window;

  private final int[] strides;
  private final int[] dilations;
  private final String padding;

  /** Zeros before and behind, where they are given. */
  private final int[] before;

  private final int[] behind;
  private final int groups;
  private final int filters;
  private final Kind kind;
  private final boolean volume;
  private final boolean channelsFirst;
  private final DataType type;

  private enum Kind {
    /** As a model that is imported has it. */
    IMPORTED,
    /** Of {@link Layers}, which have square kernels, one stride and same padding. */
    LAYERS,
    /** The raw operation, in a backbone of somebody's own. */
    RAW,
    /** With what TensorFlow makes one operation of in a session: bias, a sum, an activation. */
    FUSED,
    TRANSPOSED,
    DEPTHWISE,
    MAX_POOL,
    AVERAGE_POOL
  }

  private KernelTrials(Random random) {
    this.random = random;
    kind = Kind.values()[random.nextInt(Kind.values().length)];
    boolean two = kind == Kind.LAYERS || kind == Kind.RAW || kind == Kind.FUSED;
    boolean flat = two || kind == Kind.DEPTHWISE;
    volume = !flat && random.nextInt(5) == 0;
    boolean square = kind == Kind.LAYERS || random.nextInt(4) > 0;
    int[] sizes = volume || random.nextBoolean() ? FEW : SIZES;
    int height = pick(sizes);
    groups = kind == Kind.IMPORTED && !volume ? pick(1, 1, 1, 2, 4) : 1;
    images =
        new int[] {
          1 + random.nextInt(3),
          volume ? pick(FEW) : 1,
          height,
          square ? height : pick(sizes),
          pick(CHANNELS) * groups
        };
    int high = pick(1, 1, 1, 2, 3, 3, 5);
    window = new int[] {volume ? pick(1, 2, 3) : 1, high, square ? high : pick(1, 2, 3)};
    int stride = pick(1, 2, 2, 3, 4);
    strides =
        new int[] {
          volume ? pick(1, 2, 3) : 1,
          stride,
          square || kind == Kind.DEPTHWISE ? stride : pick(1, 2, 3)
        };
    boolean dilated = kind == Kind.IMPORTED && !volume && groups == 1 && random.nextInt(5) == 0;
    dilations = dilated ? new int[] {1, pick(1, 2, 3), pick(1, 2, 3)} : new int[] {1, 1, 1};
    filters = kind == Kind.DEPTHWISE ? pick(1, 1, 2) : pick(CHANNELS) * groups;
    boolean fits = true;
    for (int axis = 0; axis < 3; axis++) {
      fits &= images[1 + axis] >= spanned(axis);
    }
    boolean explicit = kind == Kind.IMPORTED && !volume && fits && random.nextInt(6) == 0;
    before = explicit ? new int[] {0, pick(0, 1, 2), pick(0, 1, 2)} : NONE;
    behind = explicit ? new int[] {0, pick(0, 1), pick(0, 1)} : NONE;
    padding =
        explicit
            ? "EXPLICIT"
            : kind == Kind.LAYERS || !fits || random.nextBoolean() ? "SAME" : "VALID";
    channelsFirst = kind == Kind.IMPORTED && !explicit && !volume && random.nextInt(8) == 0;
    DataType drawn =
        two || volume || explicit || random.nextInt(4) > 0
            ? DataType.DT_FLOAT
            : random.nextBoolean() ? DataType.DT_BFLOAT16 : DataType.DT_HALF;
    // Kernels other than oneDNN's refuse these, whatever the type: a session says so.
    type = (channelsFirst || groups > 1) && !oneDnnHas(drawn) ? DataType.DT_FLOAT : drawn;
  }

  /** Whether oneDNN's kernels of this type run on this processor, by what Linux says of it. */
  private static boolean oneDnnHas(DataType type) {
    return switch (type) {
      case DT_BFLOAT16 -> PROCESSOR.contains(" avx512f ");
      case DT_HALF -> PROCESSOR.contains(" avx512_fp16 ");
      default -> true;
    };
  }

  private static String processor() {
    try {
      return Files.readString(Path.of("/proc/cpuinfo"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Pixels along an axis from the first that a window sees to the last. */
  private int spanned(int axis) {
    return (window[axis] - 1) * dilations[axis] + 1;
  }

  public static void main(String[] args) {
    Random random = new Random(Long.parseLong(args[0]));
    int first = args.length > 2 ? Integer.parseInt(args[2]) : 0;
    for (int i = 0; i < first; i++) {
      random.nextLong();
    }
    for (int i = first; i < first + Integer.parseInt(args[1]); i++) {
      KernelTrials trial = new KernelTrials(new Random(random.nextLong()));
      System.out.println("trial " + i + " " + trial);
      trial.run();
    }
    System.out.println("done");
  }

  @Override
  public String toString() {
    return "%s %s, window %s, strides %s, dilations %s, %s %s %s, %d groups, %d filters, %s %s"
        .formatted(
            kind,
            Arrays.toString(images),
            Arrays.toString(window),
            Arrays.toString(strides),
            Arrays.toString(dilations),
            padding,
            Arrays.toString(before),
            Arrays.toString(behind),
            groups,
            filters,
            channelsFirst ? "NCHW" : "NHWC",
            type);
  }

  private void run() {
    int[] outputs = {images[0], outputs(0), outputs(1), outputs(2), depth()};
    boolean transposed = kind == Kind.TRANSPOSED;
    int[] given = transposed ? outputs : images;
    int[] made = transposed ? images : outputs;
    float[] x = draw(size(given));
    float[] dy = draw(size(made));
    float[] kernel = draw(size(window) * images[4] / groups * filters);
    After after = kind == Kind.FUSED ? new After(made) : null;
    double[][] expected =
        switch (kind) {
          case MAX_POOL, AVERAGE_POOL -> pooled(x, dy, outputs);
          case FUSED -> after.expected(x, dy, kernel, outputs);
          default -> convolved(x, dy, kernel, outputs);
        };
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      Variables variables = new Variables(tf, 0);
      Placeholder<TInt64> draws = tf.placeholder(TInt64.class, Placeholder.shape(Shape.of(2)));
      Layers layers = Layers.training(tf, variables, draws);
      Variable image = variable(layers, "x", shape(given), x);
      Operand<TFloat32> y = output(layers, image.value(), kernel, made);
      if (after != null) {
        y = after.of(tf, y);
      }
      Operand<TFloat32> features = tf.reshape(y, tf.array(made[0], -1));
      Operand<TFloat32> slopes =
          tf.reshape(tf.constant(dy), tf.array(made[0], size(made) / made[0]));
      List<Variable> trained = List.copyOf(variables.trained());
      List<Operand<TFloat32>> gradients;
      try {
        gradients = Backpropagation.gradients(graph, features, slopes, trained);
      } catch (IllegalArgumentException e) {
        System.out.println((kind == Kind.RAW ? "refused " : "wrong ") + e.getMessage());
        return;
      }
      var initialize = variables.initialize();
      try (Session session = new Session(graph)) {
        session.run(initialize);
        // On its own, as when scoring: what nobody else looks at is fused.
        try (Result result = session.runner().fetch(y).run()) {
          compare("value", result, 0, expected[0]);
        }
        Session.Runner runner = session.runner().fetch(y);
        gradients.forEach(runner::fetch);
        try (Result result = runner.run()) {
          compare("value beside gradients", result, 0, expected[0]);
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
    Shape weights = kernelShape();
    if (kind == Kind.LAYERS) {
      variable(layers, "conv/kernel", weights, kernel);
      return layers.conv2d("conv", x, filters, window[1], strides[1]);
    }
    if (kind == Kind.RAW) {
      return tf.nn.conv2d(
          x,
          variable(layers, "kernel", weights, kernel).value(),
          List.of(1L, (long) strides[1], (long) strides[2], 1L),
          padding);
    }
    Map<String, AttrValue> attributes = new HashMap<>();
    attributes.put("T", Models.type(type));
    attributes.put("strides", axes(strides));
    attributes.put(
        "padding", AttrValue.newBuilder().setS(ByteString.copyFromUtf8(padding)).build());
    if (padding.equals("EXPLICIT")) {
      attributes.put(
          "explicit_paddings", list(0, 0, before[1], behind[1], before[2], behind[2], 0, 0));
    }
    if (kind == Kind.IMPORTED && !volume) {
      attributes.put("dilations", axes(dilations));
    }
    if (channelsFirst) {
      attributes.put(
          "data_format", AttrValue.newBuilder().setS(ByteString.copyFromUtf8("NCHW")).build());
    }
    boolean pool = kind == Kind.MAX_POOL || kind == Kind.AVERAGE_POOL;
    if (pool) {
      attributes.put("ksize", axes(window));
    }
    String operation =
        switch (kind) {
          case TRANSPOSED -> volume ? "Conv3DBackpropInputV2" : "Conv2DBackpropInput";
          case DEPTHWISE -> "DepthwiseConv2dNative";
          case MAX_POOL -> volume ? "MaxPool3D" : "MaxPool";
          case AVERAGE_POOL -> volume ? "AvgPool3D" : "AvgPool";
          default -> volume ? "Conv3D" : "Conv2D";
        };
    FlatGraphWriter writer = new FlatGraphWriter(layers.tf(), "", Map.of(), null);
    FlatGraph flat = new FlatGraph();
    List<String> inputs = new ArrayList<>(List.of("x:0"));
    if (!pool) {
      inputs.add("kernel:0");
      Operand<TFloat32> own = variable(layers, "kernel", weights, kernel).value();
      writer.replace("kernel:0", Operations.cast(tf, own, type));
    }
    if (kind == Kind.TRANSPOSED) {
      inputs = List.of("sizes:0", "kernel:0", "x:0");
      int[] sizes = Arrays.stream(shape(made).asArray()).mapToInt(Math::toIntExact).toArray();
      writer.replace("sizes:0", tf.constant(sizes));
    }
    writer.replace("x:0", Operations.cast(tf, turned(tf, x, 0, 3, 1, 2), type));
    for (String input : inputs) {
      flat.add(new FlatNode(FlatNode.nodeOf(input), "Placeholder", List.of(), Map.of()));
    }
    flat.add(new FlatNode("y", operation, inputs, attributes));
    Operand<TFloat32> y =
        Operations.cast(tf, writer.write(flat, "y:0"), DataType.DT_FLOAT)
            .asOutput()
            .expect(TFloat32.class);
    return turned(tf, y, 0, 2, 3, 1);
  }

  private Operand<TFloat32> turned(Ops tf, Operand<TFloat32> images, int... order) {
    return channelsFirst ? tf.linalg.transpose(images, tf.constant(order)) : images;
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
    int channels = images[4] / groups;
    forEachPair(
        outputs,
        (pixel, output, at) -> {
          for (int c = 0; c < images[4]; c++) {
            int group = c / channels;
            for (int f = group * filters / groups; f < (group + 1) * filters / groups; f++) {
              int k = (at * channels + c % channels) * filters + f;
              int o = output * outputs[4] + (depthwise ? c * filters + f : f);
              int i = pixel * images[4] + c;
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

  /** Bias or batch norm, perhaps a sum, and an activation, behind a convolution. */
  private final class After {
    private static final float EPSILON = 1e-3f;
    private final int[] made;
    private final int channels;
    private final boolean norm = random.nextBoolean();
    private final float[] factor;
    private final float[] shift;
    private final float[] mean;
    private final float[] variance;
    private final float[] sum;
    private final String activation =
        List.of("Relu", "Relu6", "Elu", "LeakyRelu").get(random.nextInt(4));

    After(int[] made) {
      this.made = made;
      channels = made[4];
      factor = draw(channels);
      shift = draw(channels);
      mean = draw(channels);
      variance = draw(channels);
      for (int c = 0; c < channels; c++) {
        variance[c] = Math.abs(variance[c]) + 0.1f;
      }
      sum = random.nextBoolean() ? draw(size(made)) : null;
    }

    Operand<TFloat32> of(Ops tf, Operand<TFloat32> y) {
      Operand<TFloat32> shifted =
          norm
              ? tf.nn
                  .fusedBatchNorm(
                      y,
                      tf.constant(factor),
                      tf.constant(shift),
                      tf.constant(mean),
                      tf.constant(variance),
                      FusedBatchNorm.isTraining(false),
                      FusedBatchNorm.epsilon(EPSILON))
                  .y()
              : tf.nn.biasAdd(y, tf.constant(shift));
      if (sum != null) {
        shifted =
            tf.math.add(shifted, tf.reshape(tf.constant(sum), tf.constant(shape(made).asArray())));
      }
      return switch (activation) {
        case "Relu" -> tf.nn.relu(shifted);
        case "Relu6" -> tf.nn.relu6(shifted);
        case "Elu" -> tf.nn.elu(shifted);
        default -> tf.nn.leakyRelu(shifted, LeakyRelu.alpha(0.1f));
      };
    }

    /** As {@link #convolved}; gradients at kinks, which rounding decides, become zero. */
    double[][] expected(float[] x, float[] dy, float[] kernel, int[] outputs) {
      double[] value = convolved(x, dy, kernel, outputs)[0];
      float[] slopes = new float[dy.length];
      for (int i = 0; i < value.length; i++) {
        int c = i % channels;
        double steep = norm ? factor[c] / Math.sqrt(variance[c] + EPSILON) : 1;
        double at = (norm ? (value[i] - mean[c]) * steep : value[i]) + shift[c];
        at += sum == null ? 0 : sum[i];
        if (Math.abs(at) < 1e-3 || Math.abs(at - 6) < 1e-3) {
          dy[i] = 0;
        }
        boolean below = at < 0;
        double slope =
            switch (activation) {
              case "Relu" -> below ? 0 : 1;
              case "Relu6" -> below || at > 6 ? 0 : 1;
              case "Elu" -> below ? Math.exp(at) : 1;
              default -> below ? 0.1 : 1;
            };
        value[i] =
            switch (activation) {
              case "Relu" -> Math.max(at, 0);
              case "Relu6" -> Math.min(Math.max(at, 0), 6);
              case "Elu" -> below ? Math.expm1(at) : at;
              default -> below ? 0.1 * at : at;
            };
        slopes[i] = (float) (dy[i] * slope * steep);
      }
      double[][] all = convolved(x, slopes, kernel, outputs);
      return new double[][] {value, all[1], all[2]};
    }
  }

  private double[][] pooled(float[] x, float[] dy, int[] outputs) {
    int channels = images[4];
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
    int inside = images[1] * images[2] * images[3];
    int made = outputs[1] * outputs[2] * outputs[3];
    for (int o = 0; o < made; o++) {
      int[] output = place(o, outputs[2], outputs[3]);
      for (int at = 0; at < size(window); at++) {
        int[] offset = place(at, window[1], window[2]);
        int pixel = 0;
        for (int axis = 0; axis < 3 && pixel >= 0; axis++) {
          int seen =
              output[axis] * strides[axis]
                  + offset[axis] * dilations[axis]
                  - zerosBefore(axis, outputs[1 + axis]);
          boolean isInside = seen >= 0 && seen < images[1 + axis];
          pixel = isInside ? pixel * images[1 + axis] + seen : -1;
        }
        for (int n = 0; n < images[0] && pixel >= 0; n++) {
          pair.seen(n * inside + pixel, n * made + o, at);
        }
      }
    }
  }

  /** Depth, row and column. */
  private static int[] place(int index, int height, int width) {
    return new int[] {index / (height * width), index / width % height, index % width};
  }

  private int zerosBefore(int axis, int outputs) {
    int missing = (outputs - 1) * strides[axis] + spanned(axis) - images[1 + axis];
    return padding.equals("SAME") ? Math.max(missing, 0) / 2 : before[axis];
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
    if (!(distance <= TOLERANCE.get(type) * Math.max(largest, 1))) {
      System.out.println("wrong %s by %.2g".formatted(what, distance / largest));
    }
  }

  private int outputs(int axis) {
    int size = images[1 + axis] + before[axis] + behind[axis];
    return padding.equals("SAME")
        ? (size + strides[axis] - 1) / strides[axis]
        : (size - spanned(axis)) / strides[axis] + 1;
  }

  private int depth() {
    return switch (kind) {
      case DEPTHWISE -> images[4] * filters;
      case MAX_POOL, AVERAGE_POOL -> images[4];
      default -> filters;
    };
  }

  /** Numbers that the type holds exactly. */
  private float[] draw(int size) {
    int kept = type == DataType.DT_FLOAT ? -1 : type == DataType.DT_HALF ? -1 << 13 : -1 << 16;
    float[] values = new float[size];
    for (int i = 0; i < size; i++) {
      int bits = Float.floatToIntBits((float) random.nextGaussian());
      values[i] = Float.intBitsToFloat(bits & kept);
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
    return Arrays.stream(sizes).reduce(1, (a, b) -> a * b);
  }

  /** Of a batch, whose depth is an axis only where there is one. */
  private Shape shape(int... sizes) {
    return volume
        ? Shape.of(sizes[0], sizes[1], sizes[2], sizes[3], sizes[4])
        : Shape.of(sizes[0], sizes[2], sizes[3], sizes[4]);
  }

  private Shape kernelShape() {
    long in = images[4] / groups;
    return volume
        ? Shape.of(window[0], window[1], window[2], in, filters)
        : Shape.of(window[1], window[2], in, filters);
  }

  /** An attribute with a number for each axis. */
  private AttrValue axes(int[] sizes) {
    return volume
        ? list(1, sizes[0], sizes[1], sizes[2], 1)
        : channelsFirst ? list(1, 1, sizes[1], sizes[2]) : list(1, sizes[1], sizes[2], 1);
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
}
