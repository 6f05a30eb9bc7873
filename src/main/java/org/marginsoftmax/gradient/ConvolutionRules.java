package org.marginsoftmax.gradient;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;

/** Convolutions, transposed ones too, written so that no kernel is wrong. */
final class ConvolutionRules {
  private ConvolutionRules() {}

  static void addTo(RuleTable rules) {
    for (String type : List.of("Conv2D", "DepthwiseConv2dNative")) {
      rules.add(
          type,
          Rule.of(s -> isStridedDot(s) ? stridedDot(s, type) : convolution(s, type, ""))
              .check(ConvolutionRules::misread));
    }
    rules.add(
        "Conv3D", Rule.of(s -> convolution(s, "Conv3D", "V2")).check(ConvolutionRules::misread));
    for (String type : List.of("Conv2D", "DepthwiseConv2dNative")) {
      rules.add(
          type + "BackpropInput",
          Rule.of(s -> transposed(s, type, "")).check(ConvolutionRules::overrun));
    }
    rules.add("Conv3DBackpropInputV2", s -> transposed(s, "Conv3D", "V2"));
    String[] dilation = {"strides", "rates", "padding"};
    rules.add(
        "Dilation2D",
        s ->
            List.of(
                s.like("Dilation2DBackpropInput", dilation).of(s.x(0), s.x(1), s.dy()),
                s.like("Dilation2DBackpropFilter", dilation).of(s.x(0), s.x(1), s.dy())));
  }

  private static List<Value> convolution(Step s, String type, String version) {
    Value x = padded(s, s.x(0));
    Value w = spread(s, s.x(1));
    Value dx = like(s, type + "BackpropInput" + version).of(x.shape(), w, s.dy());
    Value.Call toKernel = like(s, type + "BackpropFilter" + version);
    Value dw =
        isNarrow(s, s.y())
            ? toKernel
                .set("padding", "VALID")
                .of(widened(s, x, s.y()), w.shape(), withColumn(s, s.dy()))
            : toKernel.of(x, w.shape(), s.dy());
    return List.of(isPadded(s) ? dx.then("Slice", before(s), s.x(0).shape()) : dx, gathered(s, dw));
  }

  private static List<Value> transposed(Step s, String type, String version) {
    Value dy = padded(s, s.dy());
    Value w = spread(s, s.x(1));
    Value x = s.x(2);
    Value.Call toKernel = like(s, type + "BackpropFilter" + version);
    Value.Call toImages = like(s, type);
    if (isNarrow(s, x)) {
      Value wide = widened(s, dy, x);
      Value two = toImages.set("padding", "VALID").of(wide, w);
      Value zeros = s.x(0).ints(new int[s.list("strides").size()]);
      return Arrays.asList(
          null,
          gathered(s, toKernel.set("padding", "VALID").of(wide, w.shape(), withColumn(s, x))),
          two.then("Slice", zeros, x.shape()));
    }
    return Arrays.asList(null, gathered(s, toKernel.of(dy, w.shape(), x)), toImages.of(dy, w));
  }

  /**
   * Whether what a stride makes, or spreads, is one pixel wide. oneDNN's kernels read memory there
   * that nobody wrote: with one channel, or in 16 bits. Two pixels are right: a column of zeros is
   * added.
   */
  private static boolean isNarrow(Step s, Value small) {
    return isNarrow(s.node(), small.known()) && Shapes.isKnown(s.x(1).known());
  }

  private static boolean isNarrow(Node node, Shape small) {
    int width = width(node);
    return node.attribute("strides").getList().getI(width) > 1
        && !small.isUnknown()
        && small.get(width) == 1;
  }

  /**
   * A convolution whose own values are such memory. Models have none, they are written otherwise
   * when they are imported; nothing can be done for a backbone that calls the operation itself.
   */
  private static String misread(Node node) {
    return node instanceof GraphNode graph
            && !node.type().startsWith("Depthwise")
            && isNarrow(node, graph.operation().output(0).shape())
            && (channels(graph) <= 1 || node.outputs().get(0) != DataType.DT_FLOAT)
        ? ": one pixel wide under a stride, which oneDNN's kernel gets wrong with one channel or 16 bits; Layers.conv2d goes round it"
        : null;
  }

  /** A transposed one that writes beyond its memory, and ends the process. */
  private static String overrun(Node node) {
    return node instanceof GraphNode graph
            && isDot(graph.tensors().get(1).shape())
            && node.attribute("strides").getList().getIList().stream().anyMatch(step -> step > 1)
            && graph.tensors().get(1).shape().get(2)
                < (node.type().startsWith("Depthwise") ? 2 : 16)
        ? ": of 1 x 1 under a stride, for which oneDNN's kernel writes beyond its memory"
        : null;
  }

  private static long channels(GraphNode node) {
    Shape images = node.tensors().get(0).shape();
    int axis = node.attribute("data_format").getS().toStringUtf8().indexOf('C');
    return images.isUnknown() ? Shape.UNKNOWN_SIZE : images.get(axis);
  }

  private static int width(Node node) {
    return node.attribute("data_format").getS().toStringUtf8().indexOf('W');
  }

  private static Value withColumn(Step s, Value small) {
    int[] around = new int[2 * s.list("strides").size()];
    around[2 * width(s.node()) + 1] = 1;
    return small.then("Pad", small.ints(around).reshape(-1, 2));
  }

  /** The larger images with all zeros written out, of which a window more is made in width. */
  private static Value widened(Step s, Value large, Value small) {
    String format = s.text("data_format");
    int[] strides = s.list("strides").stream().mapToInt(Long::intValue).toArray();
    int[] windows = new int[strides.length];
    int[] images = new int[strides.length];
    int[] more = new int[strides.length];
    Arrays.fill(windows, 1);
    int next = 0;
    for (int axis = 0; axis < strides.length; axis++) {
      if (format.charAt(axis) != 'N' && format.charAt(axis) != 'C') {
        int dilation = s.list("dilations").get(axis).intValue();
        windows[axis] = ((int) s.x(1).known().get(next++) - 1) * dilation + 1;
        images[axis] = 1;
      }
    }
    int width = width(s.node());
    more[width] = strides[width];
    Value before = large.ints(new int[strides.length]);
    Value behind = large.ints(more);
    if (s.text("padding").equals("SAME")) {
      Value steps = small.shape().minus(large.scalar(1)).times(large.ints(strides));
      Value missing =
          steps
              .plus(large.ints(windows))
              .minus(large.shape())
              .times(large.ints(images))
              .then("Maximum", large.scalar(0));
      before = missing.over(large.scalar(2));
      behind = behind.plus(missing.minus(before));
    }
    return large.then("Pad", before.op("Pack").set("axis", 1).of(List.of(before, behind)));
  }

  private static Value.Call like(Step s, String type) {
    Value.Call call = s.like(type, "strides", "data_format");
    call.set("padding", isPadded(s) ? "VALID" : s.text("padding"));
    return isSpread(s) ? call : call.set("dilations", s.list("dilations"));
  }

  /**
   * Only oneDNN has kernels for the gradients of dilated convolutions, and only of float32. Of a
   * depthwise one they end the process.
   */
  private static boolean isSpread(Step s) {
    return (s.dy().type() != DataType.DT_FLOAT || s.node().type().startsWith("Depthwise"))
        && s.list("dilations").stream().anyMatch(dilation -> dilation > 1);
  }

  /** The kernel with zeros where a dilated one looks at nothing. */
  private static Value spread(Step s, Value kernel) {
    if (!isSpread(s)) {
      return kernel;
    }
    Value steps = steps(s);
    Value one = steps.like(1);
    Value shape = kernel.shape().minus(one).times(steps).plus(one);
    return s.op("StridedSliceGrad").of(shape, steps.zeros(), shape, steps, kernel);
  }

  /** The gradient of the kernel itself, from that of the one with zeros. */
  private static Value gathered(Step s, Value gradient) {
    if (!isSpread(s)) {
      return gradient;
    }
    Value steps = steps(s);
    return s.op("StridedSlice").of(gradient, steps.zeros(), gradient.shape(), steps);
  }

  /** Dilations of the kernel's axes: those of images, then 1 for its channels. */
  private static Value steps(Step s) {
    String format = s.text("data_format");
    int[] steps = new int[format.length()];
    Arrays.fill(steps, 1);
    int next = 0;
    for (int axis = 0; axis < steps.length; axis++) {
      if (format.charAt(axis) != 'N' && format.charAt(axis) != 'C') {
        steps[next++] = s.list("dilations").get(axis).intValue();
      }
    }
    return s.x().ints(steps);
  }

  /** Not every kernel of gradients knows paddings of one's own: they are written out. */
  private static Value padded(Step s, Value images) {
    return isPadded(s) ? images.then("Pad", images.ints(paddings(s)).reshape(-1, 2)) : images;
  }

  private static boolean isPadded(Step s) {
    return s.text("padding").equals("EXPLICIT");
  }

  private static int[] paddings(Step s) {
    return s.list("explicit_paddings").stream().mapToInt(Long::intValue).toArray();
  }

  private static Value before(Step s) {
    int[] paddings = paddings(s);
    return s.x().ints(IntStream.range(0, 4).map(axis -> paddings[2 * axis]).toArray());
  }

  private static boolean isDot(Shape kernel) {
    return !kernel.isUnknown() && kernel.get(0) == 1 && kernel.get(1) == 1;
  }

  /** A kernel of 1 x 1 that leaves out pixels. */
  private static boolean isStridedDot(Step s) {
    return isDot(s.x(1).known())
        && s.list("strides").stream().anyMatch(stride -> stride > 1)
        && s.list("explicit_paddings").stream().allMatch(padding -> padding == 0);
  }

  /**
   * As a convolution of stride 1 over the pixels that are looked at: oneDNN's kernels for the
   * gradient of this one write beyond their memory where there are few channels.
   */
  private static List<Value> stridedDot(Step s, String type) {
    int[] strides = s.list("strides").stream().mapToInt(Long::intValue).toArray();
    Value zeros = s.x().ints(0, 0, 0, 0);
    Value steps = s.x().ints(strides);
    Value seen =
        s.op("StridedSlice")
            .set("begin_mask", 15)
            .set("end_mask", 15)
            .of(s.x(), zeros, zeros, steps);
    Value toSeen = dense(s, type + "BackpropInput").of(seen.shape(), s.x(1), s.dy());
    return List.of(
        s.op("StridedSliceGrad")
            .set("begin_mask", 15)
            .set("end_mask", 15)
            .of(s.x().shape(), zeros, zeros, steps, toSeen),
        dense(s, type + "BackpropFilter").of(seen, s.x(1).shape(), s.dy()));
  }

  private static Value.Call dense(Step s, String type) {
    return s.like(type, "data_format")
        .set("strides", List.of(1L, 1L, 1L, 1L))
        .set("padding", "VALID");
  }
}
