package org.marginsoftmax.keras;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.savedmodel.FlatGraph;
import org.marginsoftmax.savedmodel.FlatNode;
import org.marginsoftmax.savedmodel.Operations;
import org.marginsoftmax.savedmodel.Shapes;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.TensorInfo;
import org.tensorflow.proto.TensorShapeProto;
import org.tensorflow.types.TFloat32;

/**
 * The image input of a model, as far as its graph shows it.
 *
 * @param name of the input in its signature
 * @param output of the flat graph that stands for the input
 * @param type of its elements
 * @param shape sizes, -1 for any; empty if the model does not say
 * @param range of pixel values that the model expects
 */
public record ImageInput(
    String name, String output, DataType type, List<Long> shape, PixelRange range) {
  private static final Set<String> RESHAPING =
      Set.of(
          "Cast",
          "Reshape",
          "ExpandDims",
          "Squeeze",
          "StridedSlice",
          "ClipByValue",
          "Maximum",
          "Minimum");
  private static final long SMALLEST = 4;

  private static final Set<DataType> INTEGERS =
      Set.of(
          DataType.DT_UINT8,
          DataType.DT_INT16,
          DataType.DT_UINT16,
          DataType.DT_INT32,
          DataType.DT_INT64);

  /** Operations that look up a row for each number, and which input the numbers are. */
  private static final Map<String, Integer> LOOKUPS =
      Map.of(
          "ResourceGather",
          1,
          "Gather",
          1,
          "GatherV2",
          1,
          "OneHot",
          0,
          "Bincount",
          0,
          "DenseBincount",
          0);

  /**
   * Reads it from the nodes between an input and the features.
   *
   * @param variables mean of the elements of the variable with a handle
   * @throws InvalidInputException if images are not what the model takes
   */
  static ImageInput of(
      String name,
      TensorInfo info,
      String output,
      FlatGraph flat,
      List<FlatNode> needed,
      ToDoubleFunction<String> variables) {
    TensorShapeProto shape = info.getTensorShape();
    DataType type = info.getDtype();
    List<Long> sizes = shape.getUnknownRank() ? List.of() : Shapes.sizes(shape);
    ImageInput contract =
        new ImageInput(
            name,
            output,
            type,
            sizes,
            range(type, Preprocessing.of(flat, output, needed, variables)));
    if (!contract.takesImages()) {
      throw contract.refused("");
    }
    if (INTEGERS.contains(type) && looksUp(output, flat, needed)) {
      throw contract.refused(" of tokens");
    }
    return contract;
  }

  private static PixelRange range(DataType type, List<PixelMap> found) {
    return Shapes.isFloat(type) ? PixelRange.of(found) : PixelRange.ofIntegers(type, found);
  }

  private InvalidInputException refused(String what) {
    return new InvalidInputException(
        "model: expected an input of images, numbers of 2 to 4 axes of which the first takes any number of images of 4 x 4 pixels or more, found %s%s; choose a model or a signature that takes images"
            .formatted(this, what));
  }

  /** Whether there are images that fit its type and shape. */
  private boolean takesImages() {
    int rank = shape.size();
    return (Shapes.isFloat(type) || INTEGERS.contains(type))
        && (rank == 0 || rank >= 2 && rank <= 4 && shape.get(0) < 0)
        && (rank != 2 || shape.get(1) < 0 || isRow(shape.get(1)));
  }

  /** Whether an image in one row may have so many numbers: of 4 x 4 pixels at least. */
  private static boolean isRow(long numbers) {
    for (long channels = 1; channels <= 4; channels++) {
      long pixels = numbers / channels;
      for (long height = SMALLEST; height * height <= pixels; height++) {
        if (height * (pixels / height) * channels == numbers) {
          return true;
        }
      }
    }
    return false;
  }

  /** Whether its numbers choose rows of a table. */
  private static boolean looksUp(String input, FlatGraph flat, List<FlatNode> needed) {
    return needed.stream()
        .filter(node -> LOOKUPS.containsKey(node.type()))
        .map(node -> node.inputs().get(LOOKUPS.get(node.type())))
        .anyMatch(numbers -> passed(numbers, flat).equals(flat.origin(input)));
  }

  /** Where numbers come from, before casts and shapes. */
  private static String passed(String output, FlatGraph flat) {
    String origin = flat.origin(output);
    while (RESHAPING.contains(flat.of(origin).type())) {
      origin = flat.origin(flat.of(origin).inputs().get(0));
    }
    return origin;
  }

  /**
   * Brings images into the form that the model takes.
   *
   * @param images float32 [N, H, W, channels], scaled
   * @throws InvalidInputException if they do not fit
   */
  Operand<?> images(Ops tf, Operand<TFloat32> images) {
    Shape given = images.shape();
    if (!fits(given)) {
      throw new InvalidInputException(
          "data: expected images that fit %s, found %d x %d with %d channels; %s"
              .formatted(this, given.get(1), given.get(2), given.get(3), wayOut()));
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

  /** Where images come from that fit. */
  private String wayOut() {
    boolean ofAFolder =
        shape.size() != 4
            || List.of(-1L, 1L, 3L).contains(shape.get(3))
                && (shape.get(1) < 0 || shape.get(2) < 0 || shape.get(1).equals(shape.get(2)));
    return ofAFolder
        ? "see `image-size` and `image-color`, or resize them"
        : "a folder of images gives squares of 1 or 3 channels: write them as IDX files [n, H, W, channels]";
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

  /** Name, type and shape, as text. */
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
