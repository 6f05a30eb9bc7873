package org.marginsoftmax.gradient;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.tensorflow.ndarray.Shape;

/** Convolutions, pooling, normalisation and the losses of networks. */
final class NetworkRules {
  private static final String[] CONVOLUTION = {
    "strides", "padding", "explicit_paddings", "data_format", "dilations"
  };
  private static final String[] CONVOLUTION_3D = {"strides", "padding", "data_format", "dilations"};
  private static final String[] POOL = {"ksize", "strides", "padding", "data_format"};

  private NetworkRules() {}

  static void addTo(Rules rules) {
    convolutions(rules);
    pools(rules);
    for (String version : List.of("", "V2", "V3")) {
      rules.add(
          "FusedBatchNorm" + version,
          Rule.of(s -> batchNorm(s, "FusedBatchNormGrad" + version)).outputs(0).flat(3, 4));
    }
    rules.add("BiasAdd", s -> List.of(s.dy(), s.like("BiasAddGrad", "data_format").of(s.dy())));
    rules.add("BiasAddV1", s -> List.of(s.dy(), s.dy().then("BiasAddGrad")));
    rules.first(
        "LRN",
        s -> s.like("LRNGrad", "depth_radius", "bias", "alpha", "beta").of(s.dy(), s.x(), s.y()));
    rules.first("Softmax", s -> throughSoftmax(s.dy(), s.y()));
    rules.first("LogSoftmax", s -> s.dy().minus(last(s.dy()).times(s.y().then("Exp"))));
    rules.add(
        "SoftmaxCrossEntropyWithLogits",
        s -> List.of(crossEntropy(s), column(s.dy()).times(s.x().then("LogSoftmax").negative())));
    rules.first("SparseSoftmaxCrossEntropyWithLogits", NetworkRules::crossEntropy);
  }

  /** Sums along the last axis, which stays. */
  private static Value last(Value value) {
    return value.sum(value.scalar(-1), true);
  }

  private static Value throughSoftmax(Value gradient, Value softmax) {
    return gradient.minus(last(gradient.times(softmax))).times(softmax);
  }

  private static Value column(Value vector) {
    return vector.then("ExpandDims", vector.scalar(-1));
  }

  /** The second output is the derivative of the first, and may be used as well. */
  private static Value crossEntropy(Step s) {
    Value first = column(s.dy()).times(s.y(1));
    return s.hasGradient(1) ? first.plus(throughSoftmax(s.dy(1), s.x().then("Softmax"))) : first;
  }

  private static void convolutions(Rules rules) {
    rules.add("Conv2D", s -> isStridedDot(s) ? stridedDot(s) : convolution(s, "Conv2D", ""));
    rules.add(
        "Conv2DBackpropInput",
        s ->
            Arrays.asList(
                null,
                s.like("Conv2DBackpropFilter", CONVOLUTION).of(s.dy(), s.x(1).shape(), s.x(2)),
                s.like("Conv2D", CONVOLUTION).of(s.dy(), s.x(1))));
    rules.add("DepthwiseConv2dNative", s -> convolution(s, "DepthwiseConv2dNative", ""));
    rules.add(
        "DepthwiseConv2dNativeBackpropInput",
        s ->
            Arrays.asList(
                null,
                s.like("DepthwiseConv2dNativeBackpropFilter", CONVOLUTION)
                    .of(s.dy(), s.x(1).shape(), s.x(2)),
                s.like("DepthwiseConv2dNative", CONVOLUTION).of(s.dy(), s.x(1))));
    rules.add("Conv3D", s -> convolution(s, "Conv3D", "V2"));
    rules.add(
        "Conv3DBackpropInputV2",
        s ->
            Arrays.asList(
                null,
                s.like("Conv3DBackpropFilterV2", CONVOLUTION_3D).of(s.dy(), s.x(1).shape(), s.x(2)),
                s.like("Conv3D", CONVOLUTION_3D).of(s.dy(), s.x(1))));
    String[] dilation = {"strides", "rates", "padding"};
    rules.add(
        "Dilation2D",
        s ->
            List.of(
                s.like("Dilation2DBackpropInput", dilation).of(s.x(0), s.x(1), s.dy()),
                s.like("Dilation2DBackpropFilter", dilation).of(s.x(0), s.x(1), s.dy())));
  }

  private static List<Value> convolution(Step s, String type, String version) {
    String[] attributes = type.equals("Conv3D") ? CONVOLUTION_3D : CONVOLUTION;
    return List.of(
        s.like(type + "BackpropInput" + version, attributes).of(s.x(0).shape(), s.x(1), s.dy()),
        s.like(type + "BackpropFilter" + version, attributes).of(s.x(0), s.x(1).shape(), s.dy()));
  }

  /** A kernel of 1 x 1 that leaves out pixels. */
  private static boolean isStridedDot(Step s) {
    Shape kernel = s.x(1).known();
    return !kernel.isUnknown()
        && kernel.get(0) == 1
        && kernel.get(1) == 1
        && s.list("strides").stream().anyMatch(stride -> stride > 1)
        && s.list("explicit_paddings").stream().allMatch(padding -> padding == 0);
  }

  /**
   * As a convolution of stride 1 over the pixels that are looked at: oneDNN's kernels for the
   * gradient of this one write beyond their memory where there are few channels.
   */
  private static List<Value> stridedDot(Step s) {
    int[] strides = s.list("strides").stream().mapToInt(Long::intValue).toArray();
    Value zeros = s.x().ints(0, 0, 0, 0);
    Value steps = s.x().ints(strides);
    Value seen =
        s.op("StridedSlice")
            .set("begin_mask", 15)
            .set("end_mask", 15)
            .of(s.x(), zeros, zeros, steps);
    Value toSeen = dense(s, "Conv2DBackpropInput").of(seen.shape(), s.x(1), s.dy());
    return List.of(
        s.op("StridedSliceGrad")
            .set("begin_mask", 15)
            .set("end_mask", 15)
            .of(s.x().shape(), zeros, zeros, steps, toSeen),
        dense(s, "Conv2DBackpropFilter").of(seen, s.x(1).shape(), s.dy()));
  }

  private static Call dense(Step s, String type) {
    return s.like(type, "data_format")
        .set("strides", List.of(1L, 1L, 1L, 1L))
        .set("padding", "VALID");
  }

  private static void pools(Rules rules) {
    rules.first("AvgPool", s -> s.like("AvgPoolGrad", POOL).of(s.x().shape(), s.dy()));
    rules.first("AvgPool3D", s -> s.like("AvgPool3DGrad", POOL).of(s.x().shape(), s.dy()));
    rules.first(
        "MaxPool",
        s ->
            s.like("MaxPoolGrad", "ksize", "strides", "padding", "explicit_paddings", "data_format")
                .of(s.x(), s.y(), s.dy()));
    rules.first(
        "MaxPoolV2",
        s ->
            s.like("MaxPoolGradV2", "padding", "data_format")
                .of(s.x(), s.y(), s.dy(), s.x(1), s.x(2)));
    rules.first("MaxPool3D", s -> s.like("MaxPool3DGrad", POOL).of(s.x(), s.y(), s.dy()));
    rules.first(
        "MaxPoolWithArgmax",
        s ->
            s.like("MaxPoolGradWithArgmax", "ksize", "strides", "padding", "include_batch_in_index")
                .of(s.x(), s.dy(), s.y(1)));
    rules.first(
        "FractionalMaxPool",
        s ->
            s.like("FractionalMaxPoolGrad", "overlapping")
                .of(s.x(), s.y(), s.dy(), s.y(1), s.y(2)));
    rules.first(
        "FractionalAvgPool",
        s ->
            s.like("FractionalAvgPoolGrad", "overlapping")
                .of(s.x().shape(org.tensorflow.proto.DataType.DT_INT64), s.dy(), s.y(1), s.y(2)));
  }

  /** With statistics of the batch, or with given ones, which have no gradient in Python either. */
  private static List<Value> batchNorm(Step s, String type) {
    boolean training = s.flag("is_training");
    String format = s.text("data_format");
    // With given statistics there is no kernel for channels that come first.
    boolean turn = !training && format.startsWith("NC");
    int axes = format.length();
    Value x = turn ? s.x().transpose(order(axes, true)) : s.x();
    Value dy = turn ? s.dy().transpose(order(axes, true)) : s.dy();
    Call call =
        s.like(type, "epsilon", "is_training")
            .set("data_format", turn ? format.replace("C", "") + "C" : format);
    Value mean = training ? s.y(3) : s.x(3);
    Value variance = training ? s.y(4) : s.x(4);
    List<Value> found =
        type.endsWith("V3")
            ? call.outputs(dy, x, s.x(1), mean, variance, s.y(5))
            : call.outputs(dy, x, s.x(1), mean, variance);
    Value dx = turn ? found.get(0).transpose(order(axes, false)) : found.get(0);
    return Arrays.asList(dx, found.get(1), found.get(2), null, null);
  }

  /** Channels from the second place to the last, or back. */
  private static int[] order(int axes, boolean toLast) {
    List<Integer> order = new java.util.ArrayList<>();
    for (int i = 0; i < axes; i++) {
      order.add(i);
    }
    Collections.rotate(order.subList(1, axes), toLast ? -1 : 1);
    return order.stream().mapToInt(i -> i).toArray();
  }
}
