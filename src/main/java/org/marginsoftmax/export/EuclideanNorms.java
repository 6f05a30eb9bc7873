package org.marginsoftmax.export;

import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;

/**
 * Replaces EuclideanNorm by the root of a sum of squares, because converters to ONNX do not support
 * it.
 */
final class EuclideanNorms {
  private EuclideanNorms() {}

  static GraphDef writtenOut(GraphDef graph) {
    GraphDef.Builder written = graph.toBuilder().clearNode();
    for (NodeDef node : graph.getNodeList()) {
      if (!node.getOp().equals("EuclideanNorm")) {
        written.addNode(node);
        continue;
      }
      String square = node.getName() + ".square";
      String sum = node.getName() + ".sum";
      AttrValue type = node.getAttrOrThrow("T");
      written.addNode(
          NodeDef.newBuilder()
              .setName(square)
              .setOp("Square")
              .addInput(node.getInput(0))
              .putAttr("T", type));
      written.addNode(node.toBuilder().setName(sum).setOp("Sum").setInput(0, square));
      written.addNode(
          NodeDef.newBuilder()
              .setName(node.getName())
              .setOp("Sqrt")
              .addInput(sum)
              .putAttr("T", type));
    }
    return written.build();
  }
}
