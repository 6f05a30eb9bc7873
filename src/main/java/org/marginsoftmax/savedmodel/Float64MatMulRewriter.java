package org.marginsoftmax.savedmodel;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.FunctionDef;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.NodeDef;

/**
 * Rewrites a model that is run as it is so that batched matrix products, in which an operand may be
 * broadcast, are computed in float64, for which oneDNN has no kernel. Its kernels for other types
 * give wrong numbers or abort the process ({@link MatMulRewriter}). Functions do not record shapes,
 * so every product that could be affected is rewritten.
 */
final class Float64MatMulRewriter {
  private static final Set<String> MATRICES = Set.of("BatchMatMulV2", "BatchMatMulV3");
  private static final Set<DataType> NARROW =
      Set.of(DataType.DT_FLOAT, DataType.DT_HALF, DataType.DT_BFLOAT16);
  private static final AttrValue DOUBLE =
      AttrValue.newBuilder().setType(DataType.DT_DOUBLE).build();

  private Float64MatMulRewriter() {}

  /** Whether a model has such products. */
  static boolean areIn(MetaGraphDef model) {
    return Subgraph.all(model).stream()
        .flatMap(body -> body.nodes().stream())
        .anyMatch(Float64MatMulRewriter::isOne);
  }

  /** The model with these products rewritten, in functions too. */
  static MetaGraphDef written(MetaGraphDef model) {
    MetaGraphDef.Builder changed = model.toBuilder();
    GraphDef.Builder graph = changed.getGraphDefBuilder();
    List<NodeDef> nodes = written(graph.getNodeList(), false);
    graph.clearNode().addAllNode(nodes);
    for (FunctionDef.Builder function : graph.getLibraryBuilder().getFunctionBuilderList()) {
      List<NodeDef> body = written(function.getNodeDefList(), true);
      function.clearNodeDef().addAllNodeDef(body);
    }
    return changed.build();
  }

  private static boolean isOne(NodeDef node) {
    boolean product =
        MATRICES.contains(node.getOp())
            || node.getOp().equals("Einsum")
                && node.getAttrOrDefault("equation", AttrValue.getDefaultInstance())
                    .getS()
                    .toStringUtf8()
                    .contains("...");
    return product && types(node).allMatch(NARROW::contains);
  }

  private static Stream<DataType> types(NodeDef node) {
    return Stream.of("T", "Ta", "Tb", "Tout")
        .filter(node::containsAttr)
        .map(name -> node.getAttrOrThrow(name).getType());
  }

  private static List<NodeDef> written(List<NodeDef> nodes, boolean inFunction) {
    Set<String> names = new HashSet<>();
    nodes.forEach(node -> names.add(node.getName()));
    List<NodeDef> written = new ArrayList<>();
    for (NodeDef node : nodes) {
      if (isOne(node)) {
        write(node, inFunction, names, written);
      } else {
        written.add(node);
      }
    }
    return written;
  }

  private static void write(
      NodeDef node, boolean inFunction, Set<String> names, List<NodeDef> written) {
    DataType type = types(node).reduce((first, last) -> last).orElseThrow();
    NodeDef.Builder product = node.toBuilder().setName(name(node, "product", names)).clearInput();
    for (String attribute : List.of("T", "Ta", "Tb", "Tout")) {
      if (node.containsAttr(attribute)) {
        product.putAttr(attribute, DOUBLE);
      }
    }
    List<String> operands = new ArrayList<>(node.getInputList());
    for (int i = 0; i < operands.size(); i++) {
      if (!TensorName.isControl(operands.get(i))) {
        String of = i == 0 && node.containsAttr("Ta") ? "Ta" : i == 1 ? "Tb" : "T";
        DataType from = node.getAttrOrDefault(of, node.getAttrOrDefault("T", DOUBLE)).getType();
        NodeDef wide =
            cast(
                node, name(node, "operand_" + i, names), operands.get(i), from, DataType.DT_DOUBLE);
        written.add(wide);
        operands.set(i, output(wide, "y", inFunction));
      }
    }
    product.addAllInput(operands);
    written.add(product.build());
    NodeDef narrow =
        cast(
            node,
            name(node, "narrow", names),
            output(product.build(), "output", inFunction),
            DataType.DT_DOUBLE,
            type);
    written.add(narrow);
    // Whoever reads the product finds it under its own name, whose output is called the same.
    written.add(
        NodeDef.newBuilder()
            .setName(node.getName())
            .setOp("Identity")
            .setDevice(node.getDevice())
            .addInput(output(narrow, "y", inFunction))
            .putAttr("T", AttrValue.newBuilder().setType(type).build())
            .build());
  }

  private static String output(NodeDef node, String argument, boolean inFunction) {
    return inFunction ? node.getName() + ":" + argument + ":0" : node.getName();
  }

  private static NodeDef cast(NodeDef of, String name, String input, DataType from, DataType to) {
    return NodeDef.newBuilder()
        .setName(name)
        .setOp("Cast")
        .setDevice(of.getDevice())
        .addInput(input)
        .putAttr("SrcT", AttrValue.newBuilder().setType(from).build())
        .putAttr("DstT", AttrValue.newBuilder().setType(to).build())
        .build();
  }

  private static String name(NodeDef node, String part, Set<String> names) {
    String name = node.getName() + "/wide_" + part;
    while (!names.add(name)) {
      name += "_";
    }
    return name;
  }
}
