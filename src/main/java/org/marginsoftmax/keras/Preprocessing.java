package org.marginsoftmax.keras;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import org.marginsoftmax.savedmodel.FlatGraph;
import org.marginsoftmax.savedmodel.FlatNode;
import org.marginsoftmax.savedmodel.Shapes;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.TensorProto;

/**
 * Follows pixels through the operations before the first weights, with one number for each
 * constant, the mean of its elements.
 */
final class Preprocessing {
  /** Those that move pixels about, or take some of them. */
  private static final Set<String> PASSING =
      Set.of(
          "Identity",
          "StopGradient",
          "PreventGradient",
          "Snapshot",
          "EnsureShape",
          "CheckNumerics",
          "PlaceholderWithDefault",
          "Cast",
          "Reshape",
          "ExpandDims",
          "Squeeze",
          "Transpose",
          "ConjugateTranspose",
          "ReverseV2",
          "RandomShuffle",
          "StridedSlice",
          "Slice",
          "Unpack",
          "Gather",
          "GatherV2",
          "GatherNd",
          "Tile",
          "BroadcastTo",
          "Roll",
          "Pad",
          "PadV2",
          "MirrorPad",
          "SpaceToBatchND",
          "BatchToSpaceND",
          "SpaceToDepth",
          "DepthToSpace",
          "MaxPool",
          "AvgPool",
          "ResizeBilinear",
          "ResizeNearestNeighbor",
          "ResizeBicubic",
          "ResizeArea",
          "ScaleAndTranslate",
          "CropAndResize",
          "ExtractImagePatches",
          "ImageProjectiveTransformV2",
          "ImageProjectiveTransformV3",
          "AdjustContrastv2",
          "AdjustHue",
          "AdjustSaturation",
          "Floor",
          "Round",
          "Rint",
          "Relu");

  /** Operations that pass pixels on as well, and which of their inputs the pixels are. */
  private static final Map<String, Integer> PASSING_AT = Map.of("Split", 1, "SplitV", 0);

  /** Those that give a number between the smallest and the largest. */
  private static final Set<String> MEANS = Set.of("Mean", "Max", "Min");

  /** Those whose result says nothing of the range. */
  private static final Set<String> BLIND =
      Set.of("Shape", "ShapeN", "Size", "Rank", "IsNan", "IsInf", "IsFinite", "Assert", "NoOp");

  /** Comparisons, which say nothing either where a whole image is compared, or a pixel with 0. */
  private static final Set<String> COMPARISONS =
      Set.of("Less", "LessEqual", "Greater", "GreaterEqual", "Equal", "NotEqual");

  /** Operations of weights, of which the pixels as they come say nothing. */
  private static final Set<String> WEIGHTS =
      Set.of(
          "Conv",
          "Conv2D",
          "Conv3D",
          "Conv2DBackpropInput",
          "Conv3DBackpropInput",
          "Conv3DBackpropInputV2",
          "DepthwiseConv2dNative",
          "Dilation2D",
          "MatMul",
          "BatchMatMul",
          "BatchMatMulV2",
          "BatchMatMulV3",
          "Einsum",
          "While",
          "StatelessWhile",
          "If",
          "StatelessIf",
          "Case",
          "StatelessCase",
          "TensorListFromTensor");

  /** Those by which deviations are found: of pixels as they came they say nothing. */
  private static final Set<String> SQUARES = Set.of("Square", "SquaredDifference");

  /** Constants at most this deep are followed; those of models are a few deep. */
  private static final int DEEPEST = 50;

  /** The largest matrix that mixes colours; a larger one is a layer. */
  private static final long COLOURS = 16;

  private final FlatGraph flat;
  private final ToDoubleFunction<String> variables;
  private final Map<String, PixelMap> known = new HashMap<>();
  private final List<PixelMap> found = new ArrayList<>();

  private Preprocessing(FlatGraph flat, ToDoubleFunction<String> variables) {
    this.flat = flat;
    this.variables = variables;
  }

  /**
   * What reaches the first weights, curves and other operations that are not followed further.
   *
   * @param images output that the pixels are
   * @param needed nodes of the features, inputs before those that use them
   * @param variables mean of the elements of the variable with a handle; NaN where not known
   */
  static List<PixelMap> of(
      FlatGraph flat, String images, List<FlatNode> needed, ToDoubleFunction<String> variables) {
    Preprocessing operations = new Preprocessing(flat, variables);
    operations.known.put(FlatNode.nodeOf(images), PixelMap.PIXELS);
    for (FlatNode node : needed) {
      // What several tensors pass together is followed by origins, each on its own.
      if (!operations.known.containsKey(node.name())
          && !node.type().equals("IdentityN")
          && node.inputs().stream().anyMatch(in -> operations.dependent(in))) {
        operations.known.put(node.name(), operations.follow(node));
      }
    }
    return operations.found;
  }

  private boolean dependent(String output) {
    PixelMap map = known.get(FlatNode.nodeOf(flat.origin(output)));
    return map != null && !map.isConstant();
  }

  private PixelMap follow(FlatNode node) {
    PixelMap result = apply(node, 0);
    if (result == null && (BLIND.contains(node.type()) || isBlind(node))) {
      return PixelMap.constant(Double.NaN);
    }
    if (result == null) {
      node.inputs().stream()
          .filter(this::dependent)
          .map(in -> known.get(FlatNode.nodeOf(flat.origin(in))))
          .filter(map -> map.kind() != PixelMap.Kind.OTHER && map.kind() != PixelMap.Kind.INVERSE)
          .filter(map -> !(SQUARES.contains(node.type()) && map.isIdentity()))
          .map(
              map ->
                  map.isIdentity() && !WEIGHTS.contains(node.type()) && !isClosed(map)
                      ? PixelMap.CURVE
                      : map)
          .forEach(found::add);
      return PixelMap.OTHER;
    }
    return result;
  }

  /** Whether values were cut off at both ends, which says what they are. */
  private static boolean isClosed(PixelMap map) {
    return !Double.isNaN(map.low()) && !Double.isNaN(map.high());
  }

  /** Whether a comparison shows nothing of the range of single pixels. */
  private boolean isBlind(FlatNode node) {
    if (!COMPARISONS.contains(node.type())) {
      return false;
    }
    List<PixelMap> both = node.inputs().stream().map(in -> value(in, 0)).toList();
    return both.stream().anyMatch(map -> map.isConstant() && map.offset() == 0)
        || both.stream().noneMatch(map -> map.isAffine() && map.spread() != 0);
  }

  /** What an output is; of a constant worked out when it is asked for. */
  private PixelMap value(String output, int depth) {
    FlatNode node = flat.of(flat.origin(output));
    PixelMap map = known.get(node.name());
    if (map == null) {
      PixelMap constant = depth > DEEPEST ? null : apply(node, depth + 1);
      map = constant == null ? PixelMap.constant(Double.NaN) : constant;
      known.put(node.name(), map);
    }
    return map;
  }

  /** What a node gives; null where that is not followed. */
  private PixelMap apply(FlatNode node, int depth) {
    List<String> in = node.inputs();
    String type = node.type();
    if (PASSING.contains(type) || PASSING_AT.containsKey(type)) {
      int at = PASSING_AT.getOrDefault(type, 0);
      // Pixels that choose rows of a table are no pixels any more.
      return in.stream().anyMatch(this::dependent) && !dependent(in.get(at))
          ? null
          : toBytes(node) ? value(in.get(at), depth).clipped(0, 255) : value(in.get(at), depth);
    }
    if (MEANS.contains(type)) {
      return overColours(node) ? value(in.get(0), depth) : value(in.get(0), depth).mean();
    }
    return switch (type) {
      case "Const" ->
          PixelMap.constant(ConstantMean.of(node.attributes().get("value").getTensor()));
      case "ReadVariableOp" -> PixelMap.constant(variables.applyAsDouble(in.get(0)));
      case "RandomUniform", "StatelessRandomUniform", "StatelessRandomUniformV2" ->
          PixelMap.constant(0.5);
      case "RandomStandardNormal",
          "TruncatedNormal",
          "StatelessRandomNormal",
          "StatelessRandomNormalV2",
          "StatelessTruncatedNormal",
          "StatelessTruncatedNormalV2" ->
          PixelMap.constant(0);
      case "Fill" -> value(in.get(1), depth);
      case "Add", "AddV2", "BiasAdd" -> sum(in, 1, depth);
      case "Sub" -> sum(in, -1, depth);
      case "Neg" -> value(in.get(0), depth).then(-1, 0);
      case "Mul" -> known(value(in.get(0), depth).times(value(in.get(1), depth)), in, depth);
      case "RealDiv", "Div", "DivNoNan", "Xdivy" ->
          value(in.get(0), depth).over(value(in.get(1), depth));
      case "AddN", "Pack" -> joined(in, type.equals("AddN"), depth);
      case "ConcatV2" -> joined(in.subList(0, in.size() - 1), false, depth);
      case "ZerosLike" -> PixelMap.constant(0);
      case "OnesLike" -> PixelMap.constant(1);
      case "SelectV2", "Select" ->
          known(value(in.get(1), depth).or(value(in.get(2), depth)), in.subList(1, 3), depth);
      case "If", "StatelessIf" -> {
        List<String> pixels = in.stream().skip(1).filter(this::dependent).toList();
        yield pixels.size() == 1 && !dependent(in.get(0)) ? value(pixels.get(0), depth) : null;
      }
      case "ClipByValue" -> clipped(in.get(0), value(in.get(1), depth), value(in.get(2), depth));
      case "FakeQuantWithMinMaxArgs" ->
          value(in.get(0), depth).clipped(number(node, "min", -6), number(node, "max", 6));
      case "FakeQuantWithMinMaxVars" ->
          clipped(in.get(0), value(in.get(1), depth), value(in.get(2), depth));
      case "Minimum", "Maximum" -> bounded(node, depth);
      case "Relu6" -> value(in.get(0), depth).clipped(0, 6);
      case "Sqrt" -> curve(in.get(0), Math::sqrt, depth);
      case "Square" -> curve(in.get(0), x -> x * x, depth);
      case "Rsqrt" -> inverse(in.get(0), x -> 1 / Math.sqrt(x), depth);
      case "Reciprocal", "Inv" -> inverse(in.get(0), x -> 1 / x, depth);
      case "MatMul" -> mixed(node, depth);
      case "FusedBatchNorm", "FusedBatchNormV2", "FusedBatchNormV3" -> normalized(node, depth);
      default -> null;
    };
  }

  /** What becomes bytes is meant to lie in 0..255, as in {@code tf.image.convert_image_dtype}. */
  private static boolean toBytes(FlatNode node) {
    AttrValue to = node.attributes().get("DstT");
    return node.type().equals("Cast") && to != null && to.getType() == DataType.DT_UINT8;
  }

  private PixelMap sum(List<String> in, double sign, int depth) {
    return known(value(in.get(0), depth).plus(value(in.get(1), depth), sign), in, depth);
  }

  /** Null, so that what was combined is found, where pixels were combined with themselves. */
  private PixelMap known(PixelMap result, List<String> in, int depth) {
    boolean lost =
        result.kind() == PixelMap.Kind.OTHER
            && in.stream().anyMatch(i -> value(i, depth).isAffine());
    return lost ? null : result;
  }

  private PixelMap joined(List<String> in, boolean added, int depth) {
    PixelMap all = null;
    for (String each : in) {
      PixelMap map = value(each, depth);
      all = all == null ? map : added ? all.plus(map, 1) : all.or(map);
    }
    return all == null ? null : known(all, in, depth);
  }

  private PixelMap clipped(String input, PixelMap from, PixelMap to) {
    return value(input, 0).clipped(from.offset(), to.offset());
  }

  private PixelMap bounded(FlatNode node, int depth) {
    PixelMap first = value(node.inputs().get(0), depth);
    PixelMap second = value(node.inputs().get(1), depth);
    if (!first.isConstant() && !second.isConstant()) {
      return known(first.or(second), node.inputs(), depth);
    }
    PixelMap pixels = first.isConstant() ? second : first;
    double bound = (first.isConstant() ? first : second).offset();
    return node.type().equals("Minimum")
        ? pixels.clipped(Double.NEGATIVE_INFINITY, bound)
        : pixels.clipped(bound, Double.POSITIVE_INFINITY);
  }

  private static double number(FlatNode node, String attribute, double usual) {
    AttrValue given = node.attributes().get(attribute);
    return given == null ? usual : given.getF();
  }

  private interface Curve {
    double at(double x);
  }

  private PixelMap curve(String input, Curve curve, int depth) {
    PixelMap x = value(input, depth);
    return x.isConstant() ? PixelMap.constant(curve.at(x.offset())) : x.isAffine() ? null : x;
  }

  private PixelMap inverse(String input, Curve curve, int depth) {
    PixelMap x = value(input, depth);
    return x.isConstant() ? PixelMap.constant(curve.at(x.offset())) : PixelMap.INVERSE;
  }

  /** Colours made one by constant weights, as in grey = 0.3 red + 0.59 green + 0.11 blue. */
  private PixelMap mixed(FlatNode node, int depth) {
    FlatNode weights = flat.of(flat.origin(node.inputs().get(1)));
    while (weights.type().equals("Reshape") || weights.type().equals("Transpose")) {
      weights = flat.of(flat.origin(weights.inputs().get(0)));
    }
    if (!weights.type().equals("Const")) {
      return null;
    }
    TensorProto colours = weights.attributes().get("value").getTensor();
    List<Long> sizes = Shapes.sizes(colours.getTensorShape());
    return sizes.isEmpty() || Shapes.elements(colours.getTensorShape()) > COLOURS
        ? null
        : value(node.inputs().get(0), depth).then(ConstantMean.of(colours) * sizes.get(0), 0);
  }

  /**
   * Whether a fused batch norm uses the statistics of the batch; an attribute that is missing has
   * its default value.
   */
  static boolean inTraining(FlatNode node) {
    AttrValue training = node.attributes().get("is_training");
    return training == null || training.getB();
  }

  /** By the statistics alone: what is learnt besides moves with them. */
  private PixelMap normalized(FlatNode node, int depth) {
    PixelMap x = value(node.inputs().get(0), depth);
    if (inTraining(node)) {
      return PixelMap.FREE;
    }
    if (!x.isAffine()) {
      return x;
    }
    double mean = value(node.inputs().get(3), depth).offset();
    double variance = value(node.inputs().get(4), depth).offset();
    AttrValue given = node.attributes().get("epsilon");
    double epsilon = given == null ? 1e-4 : given.getF();
    return x.then(1, -mean).then(1 / Math.sqrt(variance + epsilon), 0);
  }

  /** Whether a mean is over the last axis of images only. */
  private boolean overColours(FlatNode node) {
    double axis = value(node.inputs().get(1), 0).offset();
    return axis == -1 || axis == 3;
  }
}
