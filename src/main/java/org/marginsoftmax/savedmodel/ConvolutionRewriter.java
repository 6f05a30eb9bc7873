package org.marginsoftmax.savedmodel;

import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.TensorProto;
import org.tensorflow.proto.TensorShapeProto;

/**
 * Convolutions that oneDNN's kernels get wrong, written as others that are the same function:
 *
 * <ul>
 *   <li>A kernel of one pixel with a stride. With fewer than 16 channels, and pixels left over
 *       behind the last one looked at, its gradient by the images writes beyond them: wrong
 *       numbers, or the end of the process (TensorFlow 2.18 and 2.21, AVX-512). The pixels that it
 *       looks at are taken first. A transposed one, whose forward pass is that gradient, has its
 *       pixels spread last.
 *   <li>A stride along the width where the output is one pixel wide. With one channel, or in 16
 *       bits, values and gradients are made of memory that nobody wrote. The window is cut out
 *       first, and has no stride.
 *   <li>A depthwise one of one channel, which is an ordinary one. TensorFlow keeps what oneDNN has
 *       prepared under the sizes alone, written after one another: 1, 1, 1, 1, 1 are those of its
 *       kernel, and of kernel and bias of an ordinary one that is fused. Whichever comes second in
 *       a process ends it.
 * </ul>
 */
final class ConvolutionRewriter {
  private static final Set<String> TYPES =
      Set.of("Conv2D", "Conv3D", "Conv2DBackpropInput", "DepthwiseConv2dNative");

  private static final AttrValue INT32 = type(DataType.DT_INT32);

  private final FlatNode node;
  private final Shape kernel;
  private final List<Long> strides;

  /** Axis of the images' height, or depth. */
  private final int first;

  private final List<FlatNode> written = new ArrayList<>();

  private ConvolutionRewriter(FlatNode node, Shape kernel) {
    this.node = node;
    this.kernel = kernel;
    strides = integers("strides");
    first = text("data_format").startsWith("NC") ? 2 : 1;
  }

  /**
   * The nodes to write in place of a node: in most cases the node itself.
   *
   * @param shapes of what is written for an input
   * @return in order; the last one replaces the node
   */
  static List<FlatNode> of(FlatNode node, Function<String, Shape> shapes) {
    if (!TYPES.contains(node.type())) {
      return List.of(node);
    }
    Shape kernel = shapes.apply(node.inputs().get(1));
    if (kernel.isUnknown()) {
      return List.of(node);
    }
    if (node.type().startsWith("Depthwise") && kernel.get(2) == 1) {
      node = new FlatNode(node.name(), "Conv2D", node.inputs(), node.attributes());
    }
    ConvolutionRewriter convolution = new ConvolutionRewriter(node, kernel);
    if (node.type().equals("Conv2DBackpropInput")) {
      convolution.transposed(shapes.apply(node.inputs().get(0)));
    } else {
      convolution.forward(shapes.apply(node.inputs().get(0)));
    }
    return convolution.written.isEmpty() ? List.of(node) : convolution.written;
  }

  private void forward(Shape image) {
    if (isStridedPoint()) {
      boolean explicit = text("padding").equals("EXPLICIT");
      String padded = explicit ? padded(new long[strides.size()]) : node.inputs().get(0);
      String zeros = constant("zeros", new int[strides.size()]);
      String steps = constant("steps", strides.stream().mapToInt(Long::intValue).toArray());
      String pixels = add("pixels", "StridedSlice", List.of(padded, zeros, zeros, steps), masks());
      addDense(node.name(), List.of(pixels, node.inputs().get(1)), Map.of("strides", ones()));
      return;
    }
    int width = first + axes() - 1;
    // A depthwise one has one stride for both axes; its values are right, and so is its gradient.
    if (node.type().startsWith("Depthwise")
        || strides.get(width) == 1
        || !isKnown(image)
        || outputs(image, width) > 1) {
      return;
    }
    long[] missing = new long[strides.size()];
    for (int axis = first; axis < first + axes(); axis++) {
      missing[axis] =
          text("padding").equals("SAME")
              ? Math.max(
                  (outputs(image, axis) - 1) * strides.get(axis) + window(axis) - image.get(axis),
                  0)
              : 0;
    }
    int[] sizes = new int[strides.size()];
    Arrays.fill(sizes, -1);
    sizes[width] = (int) window(width);
    String window =
        add(
            "window",
            "Slice",
            List.of(
                padded(missing),
                constant("zeros", new int[sizes.length]),
                constant("sizes", sizes)),
            Map.of("T", attribute("T"), "Index", INT32));
    List<Long> others = new ArrayList<>(strides);
    others.set(width, 1L);
    addDense(
        node.name(),
        List.of(window, node.inputs().get(1)),
        Map.of("strides", list(others), "dilations", list(dilations())));
  }

  private void transposed(Shape sizes) {
    if (!isStridedPoint() || text("padding").equals("EXPLICIT") || !sizes.equals(Shape.of(4))) {
      return;
    }
    String turned =
        add(
            "turned",
            "Transpose",
            List.of(node.inputs().get(1), constant("order", 0, 1, 3, 2)),
            Map.of("T", attribute("T"), "Tperm", INT32));
    String pixels =
        addDense(
            node.name() + "/pixels",
            List.of(node.inputs().get(2), turned),
            Map.of("strides", ones()));
    String zeros = constant("zeros", new int[4]);
    String steps = constant("steps", strides.stream().mapToInt(Long::intValue).toArray());
    written.add(
        new FlatNode(
            node.name(),
            "StridedSliceGrad",
            List.of(node.inputs().get(0), zeros, zeros, steps, pixels),
            masks()));
  }

  private boolean isStridedPoint() {
    for (int axis = 0; axis < axes(); axis++) {
      if (kernel.get(axis) != 1) {
        return false;
      }
    }
    return strides.stream().anyMatch(stride -> stride > 1);
  }

  private int axes() {
    return strides.size() - 2;
  }

  private boolean isKnown(Shape image) {
    if (image.isUnknown()) {
      return false;
    }
    for (int axis = 0; axis < axes(); axis++) {
      if (image.get(first + axis) < 0 || kernel.get(axis) < 0) {
        return false;
      }
    }
    return true;
  }

  /** Number of pixels that the kernel spans. */
  private long window(int axis) {
    return (kernel.get(axis - first) - 1) * dilations().get(axis) + 1;
  }

  private long outputs(Shape image, int axis) {
    long size = image.get(axis);
    if (text("padding").equals("SAME")) {
      return (size + strides.get(axis) - 1) / strides.get(axis);
    }
    for (long padding : paddings(axis)) {
      size += padding;
    }
    return (size - window(axis)) / strides.get(axis) + 1;
  }

  private List<Long> paddings(int axis) {
    return text("padding").equals("EXPLICIT")
        ? integers("explicit_paddings").subList(2 * axis, 2 * axis + 2)
        : List.of();
  }

  private List<Long> dilations() {
    List<Long> given = integers("dilations");
    return given.isEmpty() ? strides.stream().map(stride -> 1L).toList() : given;
  }

  /** The images padded with the zeros that attributes give, or that are missing. */
  private String padded(long[] missing) {
    int[] around = new int[2 * missing.length];
    for (int axis = 0; axis < missing.length; axis++) {
      List<Long> given = paddings(axis);
      around[2 * axis] = (int) (given.isEmpty() ? missing[axis] / 2 : given.get(0));
      around[2 * axis + 1] =
          (int) (given.isEmpty() ? missing[axis] - missing[axis] / 2 : given.get(1));
    }
    String image = node.inputs().get(0);
    return Arrays.stream(around).allMatch(padding -> padding == 0)
        ? image
        : add(
            "padded",
            "Pad",
            List.of(image, constant("around", Shape.of(missing.length, 2), around)),
            Map.of("T", attribute("T"), "Tpaddings", INT32));
  }

  private String addDense(String name, List<String> inputs, Map<String, AttrValue> attributes) {
    Map<String, AttrValue> all = new HashMap<>(attributes);
    all.put("T", attribute("T"));
    all.put("padding", AttrValue.newBuilder().setS(bytes("VALID")).build());
    if (node.attributes().containsKey("data_format")) {
      all.put("data_format", attribute("data_format"));
    }
    FlatNode dense = new FlatNode(name, node.type().replace("BackpropInput", ""), inputs, all);
    written.add(dense);
    return dense.output(0);
  }

  private String add(
      String part, String type, List<String> inputs, Map<String, AttrValue> attributes) {
    FlatNode added = new FlatNode(node.name() + "/" + part, type, inputs, attributes);
    written.add(added);
    return added.output(0);
  }

  private String constant(String part, int... values) {
    return constant(part, Shape.of(values.length), values);
  }

  private String constant(String part, Shape shape, int... values) {
    TensorProto.Builder tensor =
        TensorProto.newBuilder().setDtype(DataType.DT_INT32).setTensorShape(sizes(shape));
    Arrays.stream(values).forEach(tensor::addIntVal);
    return add(
        part,
        "Const",
        List.of(),
        Map.of("dtype", INT32, "value", AttrValue.newBuilder().setTensor(tensor).build()));
  }

  private static TensorShapeProto sizes(Shape shape) {
    TensorShapeProto.Builder builder = TensorShapeProto.newBuilder();
    for (long size : shape.asArray()) {
      builder.addDim(TensorShapeProto.Dim.newBuilder().setSize(size));
    }
    return builder.build();
  }

  /** Of a slice that begins and ends where its axes do. */
  private Map<String, AttrValue> masks() {
    AttrValue all = AttrValue.newBuilder().setI((1 << strides.size()) - 1).build();
    return Map.of("T", attribute("T"), "Index", INT32, "begin_mask", all, "end_mask", all);
  }

  private AttrValue ones() {
    return list(strides.stream().map(stride -> 1L).toList());
  }

  private AttrValue attribute(String name) {
    return node.attributes().get(name);
  }

  private List<Long> integers(String name) {
    return node.attributes()
        .getOrDefault(name, AttrValue.getDefaultInstance())
        .getList()
        .getIList();
  }

  private String text(String name) {
    return node.attributes()
        .getOrDefault(name, AttrValue.getDefaultInstance())
        .getS()
        .toStringUtf8();
  }

  private static AttrValue list(List<Long> values) {
    return AttrValue.newBuilder().setList(AttrValue.ListValue.newBuilder().addAllI(values)).build();
  }

  private static AttrValue type(DataType type) {
    return AttrValue.newBuilder().setType(type).build();
  }

  private static ByteString bytes(String text) {
    return ByteString.copyFromUtf8(text);
  }
}
