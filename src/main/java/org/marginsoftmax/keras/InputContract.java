package org.marginsoftmax.keras;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.TensorInfo;
import org.tensorflow.proto.TensorShapeProto;
import org.tensorflow.types.TFloat32;

/**
 * What a model wants its images to be, as far as its graph shows.
 *
 * @param name of the input in its signature
 * @param output of the flat graph that it is
 * @param type of its elements
 * @param shape sizes, -1 for any; empty where the model does not say
 * @param scaled whether the model scales its input itself, so that it takes pixels of 0..255
 */
public record InputContract(
    String name, String output, DataType type, List<Long> shape, boolean scaled) {
  private static final Set<String> PASSING =
      Set.of(
          "Identity",
          "Cast",
          "ResizeBilinear",
          "ResizeNearestNeighbor",
          "ResizeBicubic",
          "ResizeArea",
          "ScaleAndTranslate",
          "Reshape",
          "ExpandDims",
          "Squeeze",
          "Transpose",
          "Pad",
          "PadV2",
          "ReverseV2",
          "StridedSlice");
  private static final Set<String> SCALING = Set.of("Mul", "RealDiv", "Div", "Sub", "AddV2", "Add");

  /** Reads it from the nodes between an input and the features. */
  static InputContract of(
      String name, TensorInfo info, String output, FlatGraph flat, List<FlatNode> needed) {
    TensorShapeProto shape = info.getTensorShape();
    return new InputContract(
        name,
        output,
        info.getDtype(),
        shape.getUnknownRank()
            ? List.of()
            : shape.getDimList().stream().map(TensorShapeProto.Dim::getSize).toList(),
        info.getDtype() != DataType.DT_FLOAT || scales(output, flat, needed));
  }

  /** Whether arithmetic with constants comes before anything learnt. */
  private static boolean scales(String input, FlatGraph flat, List<FlatNode> needed) {
    Map<String, List<FlatNode>> users =
        needed.stream()
            .flatMap(node -> node.inputs().stream().distinct().map(i -> Map.entry(i, node)))
            .collect(
                Collectors.groupingBy(
                    Map.Entry::getKey,
                    Collectors.mapping(Map.Entry::getValue, Collectors.toList())));
    List<String> open = new ArrayList<>(List.of(input));
    for (int i = 0; i < open.size(); i++) {
      String from = open.get(i);
      for (FlatNode user : users.getOrDefault(from, List.of())) {
        if (SCALING.contains(user.type())
            && user.inputs().stream()
                .filter(other -> !other.equals(from))
                .allMatch(other -> constant(other, flat))) {
          return true;
        }
        if (PASSING.contains(user.type()) && user.inputs().get(0).equals(from)) {
          open.add(user.output(0));
        }
      }
    }
    return false;
  }

  private static boolean constant(String output, FlatGraph flat) {
    return flat.needed(List.of(output)).stream()
        .noneMatch(node -> node.type().equals("Placeholder") || node.type().equals("VarHandleOp"));
  }

  /**
   * Images of ours as the model takes them.
   *
   * @param images float32 [N, H, W, channels], scaled
   * @throws IllegalArgumentException if they do not fit
   */
  Operand<?> images(Ops tf, Operand<TFloat32> images) {
    Shape given = images.shape();
    if (!fits(given)) {
      throw new IllegalArgumentException(
          "data: expected images that fit %s, found %d x %d with %d channels; see --image-size and --image-color, or resize them"
              .formatted(this, given.get(1), given.get(2), given.get(3)));
    }
    Operand<TFloat32> shaped = images;
    if (!shape.isEmpty() && shape.size() != 4) {
      long[] sizes = new long[shape.size()];
      for (int i = 0; i < sizes.length; i++) {
        sizes[i] = i == 0 ? -1 : Math.max(shape.get(i), given.get(i));
      }
      if (sizes.length == 2) {
        sizes[1] = given.get(1) * given.get(2) * given.get(3);
      }
      shaped = tf.reshape(images, tf.constant(sizes));
    }
    return type == DataType.DT_FLOAT ? shaped : Operations.cast(tf, shaped, type);
  }

  /** Whether sizes agree: of images, of images without a channel axis, of images in one row. */
  private boolean fits(Shape given) {
    if (!shape.isEmpty() && shape.get(0) >= 0) {
      return false;
    }
    return switch (shape.size()) {
      case 0 -> true;
      case 2 -> agree(shape.get(1), given.get(1) * given.get(2) * given.get(3));
      case 3 ->
          given.get(3) == 1
              && agree(shape.get(1), given.get(1))
              && agree(shape.get(2), given.get(2));
      case 4 ->
          agree(shape.get(1), given.get(1))
              && agree(shape.get(2), given.get(2))
              && agree(shape.get(3), given.get(3));
      default -> false;
    };
  }

  private static boolean agree(long expected, long given) {
    return expected < 0 || expected == given;
  }

  /** In words: name, type and shape. */
  @Override
  public String toString() {
    String sizes =
        shape.isEmpty()
            ? "of any shape"
            : shape.stream()
                .map(size -> size < 0 ? "N" : Long.toString(size))
                .collect(Collectors.joining(", ", "[", "]"));
    String element = type.name().replace("DT_", "").toLowerCase(Locale.ROOT);
    return name + ", " + (element.equals("float") ? "float32" : element) + " " + sizes;
  }
}
