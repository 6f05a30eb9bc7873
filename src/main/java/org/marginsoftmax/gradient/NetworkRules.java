package org.marginsoftmax.gradient;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;

/** Pooling, normalisation and the losses of networks. */
final class NetworkRules {
  private static final String[] POOL = {"ksize", "strides", "padding", "data_format"};

  private NetworkRules() {}

  static void addTo(RuleTable rules) {
    pools(rules);
    for (String version : List.of("", "V2", "V3")) {
      rules.add(
          "FusedBatchNorm" + version,
          Rule.of(s -> batchNorm(s, "FusedBatchNormGrad" + version)).outputs(0).flat(3, 4));
    }
    rules.add("BiasAdd", s -> List.of(s.dy(), s.like("BiasAddGrad", "data_format").of(s.dy())));
    rules.add(
        "BatchNormWithGlobalNormalization",
        s ->
            s.like(
                    "BatchNormWithGlobalNormalizationGrad",
                    "variance_epsilon",
                    "scale_after_normalization")
                .outputs(s.x(0), s.x(1), s.x(2), s.x(4), s.dy()));
    rules.add("BiasAddV1", s -> List.of(s.dy(), s.dy().then("BiasAddGrad")));
    rules.first(
        "LRN",
        s -> s.like("LRNGrad", "depth_radius", "bias", "alpha", "beta").of(s.dy(), s.x(), s.y()));
    rules.first("Softmax", s -> throughSoftmax(s.dy(), s.y()));
    rules.first("LogSoftmax", s -> s.dy().minus(last(s.dy()).times(s.y().then("Exp"))));
    rules.add(
        "SoftmaxCrossEntropyWithLogits",
        s ->
            s.broadcast(
                crossEntropy(s), column(s.dy()).times(scores(s).then("LogSoftmax").negative())));
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
    return s.hasGradient(1)
        ? first.plus(throughSoftmax(s.dy(1), scores(s).then("Softmax")))
        : first;
  }

  /** As wide as the labels: a softmax of one column repeated is not one of one column. */
  private static Value scores(Step s) {
    return s.x().then("BroadcastTo", s.y(1).shape());
  }

  private static void pools(RuleTable rules) {
    rules.first("AvgPool", s -> averaged(s, "AvgPool"));
    rules.first("AvgPool3D", s -> averaged(s, "AvgPool3D"));
    rules.add(
        "MaxPool",
        Rule.of(
                s ->
                    s.first(
                        s.like(
                                "MaxPoolGrad",
                                "ksize",
                                "strides",
                                "padding",
                                "explicit_paddings",
                                "data_format")
                            .of(s.x(), s.y(), s.dy())))
            .check(NetworkRules::alongChannels));
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
                .of(s.x(), s.dy(), s.y(1).cast(DataType.DT_INT64)));
    rules.first(
        "FractionalMaxPool",
        s ->
            s.like("FractionalMaxPoolGrad", "overlapping")
                .of(s.x(), s.y(), s.dy(), s.y(1), s.y(2)));
    rules.first(
        "FractionalAvgPool",
        s ->
            s.like("FractionalAvgPoolGrad", "overlapping")
                .of(s.x().shape(DataType.DT_INT64), s.dy(), s.y(1), s.y(2)));
  }

  /**
   * Where a window is wider than the images and padding is SAME, TensorFlow's kernel divides by
   * wrong numbers of pixels: there the images are padded with zeros, and a pool of ones, padded in
   * the same way, tells what share of each window lies on the images.
   */
  private static Value averaged(Step s, String type) {
    int[] zeros = zerosAround(s);
    if (zeros == null) {
      return s.like(type + "Grad", POOL).of(s.x().shape(), s.dy());
    }
    Value around = s.x().ints(zeros).reshape(-1, 2);
    Value ones = s.x().then("OnesLike").then("Pad", around);
    Value share = unpadded(s, type).of(ones);
    Value padded = unpadded(s, type + "Grad").of(ones.shape(), s.dy().over(share));
    Value begin = around.op("Slice").of(around, around.ints(0, 0), around.ints(-1, 1));
    return padded.then("Slice", begin.reshape(-1), s.x().shape());
  }

  private static Value.Call unpadded(Step s, String pool) {
    return s.like(pool, "ksize", "strides", "data_format").set("padding", "VALID");
  }

  /** Those before and behind each axis; null where no window is wider than the images. */
  private static int[] zerosAround(Step s) {
    Shape images = s.x().known();
    if (!s.text("padding").equals("SAME") || images.isUnknown()) {
      return null;
    }
    List<Long> windows = s.list("ksize");
    List<Long> strides = s.list("strides");
    int[] zeros = new int[2 * windows.size()];
    boolean wider = false;
    for (int axis = 0; axis < windows.size(); axis++) {
      long size = images.get(axis);
      long window = windows.get(axis);
      if (window > 1 && size > 0) {
        wider |= window > size;
        long outputs = (size + strides.get(axis) - 1) / strides.get(axis);
        long missing = Math.max((outputs - 1) * strides.get(axis) + window - size, 0);
        zeros[2 * axis] = (int) (missing / 2);
        zeros[2 * axis + 1] = (int) (missing - missing / 2);
      }
    }
    return wider ? zeros : null;
  }

  private static String alongChannels(Node node) {
    int channels = node.attribute("data_format").getS().toStringUtf8().indexOf('C');
    return channels >= 0 && node.attribute("ksize").getList().getI(channels) > 1
        ? ": along channels"
        : null;
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
    Value.Call call =
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
    List<Integer> order = new ArrayList<>();
    for (int i = 0; i < axes; i++) {
      order.add(i);
    }
    Collections.rotate(order.subList(1, axes), toLast ? -1 : 1);
    return order.stream().mapToInt(i -> i).toArray();
  }
}
