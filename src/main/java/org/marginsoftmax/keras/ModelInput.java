package org.marginsoftmax.keras;

import java.util.Arrays;
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
 * The input of a model for samples, images or arrays, as far as its graph shows it.
 *
 * @param name of the input in its signature
 * @param output of the flat graph that stands for the input
 * @param type of its elements
 * @param shape sizes, -1 for any; empty if the model does not say
 * @param range of pixel values that the model expects if it takes images
 */
public record ModelInput(
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

  /** Axes of images. */
  private static final int IMAGES = 4;

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
   * @throws InvalidInputException if neither images nor arrays are what the model takes
   */
  static ModelInput of(
      String name,
      TensorInfo info,
      String output,
      FlatGraph flat,
      List<FlatNode> needed,
      ToDoubleFunction<String> variables) {
    TensorShapeProto shape = info.getTensorShape();
    DataType type = info.getDtype();
    List<Long> sizes = shape.getUnknownRank() ? List.of() : Shapes.sizes(shape);
    ModelInput contract =
        new ModelInput(
            name,
            output,
            type,
            sizes,
            range(type, Preprocessing.of(flat, output, needed, variables)));
    if (!contract.takesSamples()) {
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
        "model: expected an input of images or arrays, numbers of 2 to 4 axes of which the first takes any number of samples, found %s%s; choose a model or a signature that takes such"
            .formatted(this, what));
  }

  /** Whether there are samples that fit its type and shape. */
  private boolean takesSamples() {
    int rank = shape.size();
    return (Shapes.isFloat(type) || INTEGERS.contains(type))
        && (rank == 0 || rank >= 2 && rank <= 4 && shape.get(0) < 0);
  }

  /** Whether arrays fit its shape as well as images do. */
  boolean mayTakeArrays() {
    return shape.size() == 2 || shape.size() == 3;
  }

  /** Whether the model takes samples of several sizes. */
  boolean isOpen() {
    return shape.isEmpty() || shape.subList(1, shape.size()).contains(-1L);
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
   * Brings samples into the form that the model takes.
   *
   * @param samples images, float32 [N, H, W, channels], scaled; or arrays, float32 [N, ...]
   * @throws InvalidInputException if they do not fit
   */
  Operand<?> samples(Ops tf, Operand<TFloat32> samples) {
    Operand<TFloat32> shaped =
        samples.shape().numDimensions() == IMAGES ? images(tf, samples) : arrays(samples);
    return type == DataType.DT_FLOAT ? shaped : Operations.cast(tf, shaped, type);
  }

  private Operand<TFloat32> images(Ops tf, Operand<TFloat32> images) {
    Shape given = images.shape();
    if (!fits(given)) {
      throw new InvalidInputException(
          "data: expected images that fit %s, found %d x %d with %d channels; %s"
              .formatted(this, given.get(1), given.get(2), given.get(3), wayOut()));
    }
    if (shape.isEmpty() || shape.size() == IMAGES) {
      return images;
    }
    long[] sizes = new long[shape.size()];
    for (int i = 0; i < sizes.length; i++) {
      sizes[i] = i == 0 ? -1 : Math.max(shape.get(i), given.get(i));
    }
    if (sizes.length == 2) {
      sizes[1] = given.get(1) * given.get(2) * given.get(3);
    }
    return tf.reshape(images, tf.constant(sizes));
  }

  private Operand<TFloat32> arrays(Operand<TFloat32> arrays) {
    Shape given = arrays.shape();
    boolean same = shape.size() == given.numDimensions();
    boolean fits = shape.isEmpty() || same;
    for (int i = 1; i < shape.size() && fits; i++) {
      fits = agree(shape.get(i), given.get(i));
    }
    if (!fits) {
      throw new InvalidInputException(
          "data: expected samples that fit %s, found arrays %s; give such %s, or choose another model"
              .formatted(
                  this,
                  Shapes.text(Arrays.stream(given.asArray()).boxed().toList()),
                  same ? "arrays, cut or padded to one length" : "samples"));
    }
    return arrays;
  }

  /** Where images come from that fit. */
  private String wayOut() {
    boolean ofAFolder = shape.size() != 4 || List.of(-1L, 1L, 3L).contains(shape.get(3));
    return ofAFolder
        ? "see `image-size` and `image-color`, or resize them"
        : "image files give [N, H, W, channels] of 1 or 3 channels: write others as IDX files of that shape";
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
