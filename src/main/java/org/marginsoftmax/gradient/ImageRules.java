package org.marginsoftmax.gradient;

import java.util.Arrays;
import java.util.List;
import org.tensorflow.proto.DataType;

/** Resized and cropped images, patches of them, numbers of few bits. */
final class ImageRules {
  private ImageRules() {}

  static void addTo(RuleTable rules) {
    rules.first("ResizeBilinear", s -> resized(s, "ResizeBilinearGrad", s.x()));
    rules.add(
        "ResizeBicubic",
        Rule.of(s -> s.first(resized(s, "ResizeBicubicGrad", s.x()))).check(ImageRules::narrow));
    rules.first(
        "ResizeNearestNeighbor",
        s -> {
          Value shape = s.x().shape();
          Value sizes = shape.part(shape.scalar(1), shape.scalar(3));
          return resized(s, "ResizeNearestNeighborGrad", sizes);
        });
    rules.add(
        "ScaleAndTranslate",
        Rule.of(
                s ->
                    s.first(
                        s.like("ScaleAndTranslateGrad", "kernel_type", "antialias")
                            .of(s.dy(), s.x().cast(s.dy().type()), s.x(2), s.x(3))
                            .cast(s.x().type())))
            .flat(2, 3));
    rules.add(
        "CropAndResize",
        s ->
            Arrays.asList(
                s.like("CropAndResizeGradImage", "T", "method")
                    .of(s.dy(), s.x(1), s.x(2), s.x().shape()),
                s.op("CropAndResizeGradBoxes").of(s.dy(), s.x(0), s.x(1), s.x(2)),
                null,
                null));
    rules.first("ExtractImagePatches", s -> patches(s, "ksizes", "strides", "rates", "padding"));
    rules.first("ExtractVolumePatches", s -> patches(s, "ksizes", "strides", "padding"));
    quantized(rules);
  }

  private static String narrow(Node node) {
    DataType type = node.attribute("T").getType();
    boolean known = type == DataType.DT_FLOAT || type == DataType.DT_DOUBLE;
    return known ? null : ": of " + type;
  }

  private static Value resized(Step s, String type, Value original) {
    return s.like(type, "align_corners", "half_pixel_centers").of(s.dy(), original);
  }

  /** Patches of the pixels' numbers say where each element came from; padding is number 0. */
  private static Value patches(Step s, String... attributes) {
    Value shape = s.x().shape();
    Value rank = shape.size();
    Value last = rank.minus(shape.scalar(1));
    Value sizes = shape.part(shape.scalar(1), last);
    Value batch = shape.at(shape.scalar(0));
    Value channels = shape.at(last);
    Value pixels = sizes.product();
    Value numbers =
        pixels
            .range()
            .plus(pixels.scalar(1))
            .cast(DataType.DT_INT64)
            .reshape(shape.scalar(1).join(sizes, shape.scalar(1)));
    Value from = s.like(s.node().type(), attributes).of(numbers).reshape(-1).plus(-1);
    Value moved = s.dy().reshape(batch.join(from.size(), channels)).transpose(1, 0, 2);
    return moved.then("UnsortedSegmentSum", from, pixels).transpose(1, 0, 2).reshape(shape);
  }

  private static void quantized(RuleTable rules) {
    String[] bits = {"num_bits", "narrow_range"};
    rules.first(
        "FakeQuantWithMinMaxArgs",
        s ->
            s.like("FakeQuantWithMinMaxArgsGradient", "min", "max", "num_bits", "narrow_range")
                .of(s.dy(), s.x()));
    for (String type : List.of("FakeQuantWithMinMaxVars", "FakeQuantWithMinMaxVarsPerChannel")) {
      rules.add(type, s -> s.like(type + "Gradient", bits).outputs(s.dy(), s.x(0), s.x(1), s.x(2)));
    }
    rules.add(
        "QuantizeAndDequantizeV2 QuantizeAndDequantizeV3",
        Rule.of(s -> s.first(s.dy())).flat(1, 2));
    rules.add(
        "QuantizeAndDequantizeV4",
        s -> s.like("QuantizeAndDequantizeV4Grad", "axis").outputs(s.dy(), s.x(0), s.x(1), s.x(2)));
  }
}
