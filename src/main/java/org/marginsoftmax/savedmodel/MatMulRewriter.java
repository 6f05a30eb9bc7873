package org.marginsoftmax.savedmodel;

import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.AttrValue;

/**
 * Rewrites matrix products in which one operand is broadcast along the other's batch, because
 * oneDNN's kernel for them gives wrong numbers or aborts the process (TensorFlow 2.18 and 2.21,
 * AVX-512). They become an {@code Einsum} in which each batch axis has a label of its own, and an
 * axis that only one operand has becomes one more axis of its matrices: the same function, as one
 * product instead of many.
 */
final class MatMulRewriter {
  private static final String ELLIPSIS = "...";
  private static final Set<String> MATRICES = Set.of("BatchMatMulV2", "BatchMatMulV3");

  private final FlatNode node;
  private final List<Shape> shapes;
  private final List<FlatNode> written = new ArrayList<>();

  private MatMulRewriter(FlatNode node, List<Shape> shapes) {
    this.node = node;
    this.shapes = shapes;
  }

  /** Whether a node may have to be rewritten. */
  static boolean isOne(FlatNode node) {
    return node.inputs().size() == 2
        && (MATRICES.contains(node.type()) || node.type().equals("Einsum"));
  }

  /**
   * The nodes to write in place of a node: in most cases the node itself.
   *
   * @param shapes of what is written for an input
   * @return in order; the last one replaces the node
   */
  static List<FlatNode> of(FlatNode node, Function<String, Shape> shapes) {
    String equation = equation(node);
    String[] sides = equation.replace(" ", "").split("->", -1);
    List<Shape> operands = node.inputs().stream().map(shapes).toList();
    if (sides.length != 2
        || !sides[1].contains(ELLIPSIS)
        || operands.stream().anyMatch(Shape::isUnknown)) {
      return List.of(node);
    }
    MatMulRewriter products = new MatMulRewriter(node, operands);
    products.write(sides[0].split(",", -1), sides[1]);
    return products.written.isEmpty() ? List.of(node) : products.written;
  }

  private static String equation(FlatNode node) {
    if (node.type().equals("Einsum")) {
      return node.attributes().get("equation").getS().toStringUtf8();
    }
    boolean sameType =
        !node.attributes().containsKey("Tout")
            || node.attributes().get("Ta").equals(node.attributes().get("Tout"))
                && node.attributes().get("Tb").equals(node.attributes().get("Tout"));
    // An adjoint is more than a transposition where numbers are complex, which are not oneDNN's.
    return !sameType || type(node).getType().name().startsWith("DT_COMPLEX")
        ? ""
        : "...%s,...%s->...mn"
            .formatted(flag(node, "adj_x") ? "km" : "mk", flag(node, "adj_y") ? "nk" : "kn");
  }

  private static AttrValue type(FlatNode node) {
    return node.attributes().getOrDefault("T", node.attributes().get("Tout"));
  }

  private static boolean flag(FlatNode node, String name) {
    return node.attributes().getOrDefault(name, AttrValue.getDefaultInstance()).getB();
  }

  private void write(String[] operands, String result) {
    List<List<Long>> batches =
        IntStream.range(0, 2).mapToObj(i -> batch(operands[i], shapes.get(i))).toList();
    if (batches.get(0).equals(batches.get(1))) {
      return;
    }
    int axes = Math.max(batches.get(0).size(), batches.get(1).size());
    String labels = unused(String.join("", operands) + result, axes);
    List<String> inputs = new ArrayList<>();
    List<String> sides = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      List<Long> own = batches.get(i);
      List<Long> other = batches.get(1 - i);
      StringBuilder kept = new StringBuilder();
      List<Long> dropped = new ArrayList<>();
      for (int axis = axes - own.size(); axis < axes; axis++) {
        if (size(own, axis, axes) == 1 && size(other, axis, axes) != 1) {
          dropped.add((long) Math.max(operands[i].indexOf('.'), 0) + axis - (axes - own.size()));
        } else {
          kept.append(labels.charAt(axis));
        }
      }
      inputs.add(dropped.isEmpty() ? node.inputs().get(i) : without(i, dropped));
      sides.add(operands[i].replace(ELLIPSIS, kept));
    }
    String equation = String.join(",", sides) + "->" + result.replace(ELLIPSIS, labels);
    written.add(
        new FlatNode(
            node.name(),
            "Einsum",
            inputs,
            Map.of(
                "T",
                type(node),
                "N",
                AttrValue.newBuilder().setI(2).build(),
                "equation",
                AttrValue.newBuilder().setS(ByteString.copyFromUtf8(equation)).build())));
  }

  /** Sizes of the axes that an ellipsis stands for. */
  private static List<Long> batch(String labels, Shape shape) {
    int at = labels.indexOf(ELLIPSIS);
    if (at < 0) {
      return List.of();
    }
    int behind = labels.length() - at - ELLIPSIS.length();
    return IntStream.range(at, shape.numDimensions() - behind).mapToObj(shape::get).toList();
  }

  /** Size of an axis of the result in one operand's batch; 1 if the operand does not have it. */
  private static long size(List<Long> batch, int axis, int axes) {
    int own = axis - (axes - batch.size());
    return own < 0 ? 1 : batch.get(own);
  }

  private static String unused(String labels, int count) {
    return "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
        .chars()
        .filter(label -> labels.indexOf(label) < 0)
        .limit(count)
        .mapToObj(Character::toString)
        .collect(Collectors.joining());
  }

  /** An operand without axes of size 1. */
  private String without(int operand, List<Long> axes) {
    AttrValue list =
        AttrValue.newBuilder().setList(AttrValue.ListValue.newBuilder().addAllI(axes)).build();
    FlatNode squeezed =
        new FlatNode(
            node.name() + "/operand_" + operand,
            "Squeeze",
            List.of(node.inputs().get(operand)),
            Map.of("T", type(node), "squeeze_dims", list));
    written.add(squeezed);
    return squeezed.output(0);
  }
}
