package org.marginsoftmax.savedmodel;

import com.google.protobuf.ByteString;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.marginsoftmax.InvalidInputException;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.NodeDef;

/** Checks that a checkpoint holds what a graph restores from it. */
final class CheckpointCheck {
  private static final AttrValue NO_VALUE = AttrValue.getDefaultInstance();

  private CheckpointCheck() {}

  /**
   * @throws InvalidInputException that names a missing value
   */
  static void run(Path variables, MetaGraphDef metaGraph, Checkpoint checkpoint) {
    for (Subgraph body : Subgraph.all(metaGraph)) {
      Map<String, NodeDef> nodes = new HashMap<>();
      body.nodes().forEach(node -> nodes.put(node.getName(), node));
      for (NodeDef node : body.nodes()) {
        if (node.getOp().equals("RestoreV2")) {
          for (ByteString key : keys(nodes.get(TensorName.nodeOf(node.getInput(1))))) {
            if (!checkpoint.entries().containsKey(key.toStringUtf8())) {
              throw InvalidModel.at(
                  variables,
                  "a value " + key.toStringUtf8() + ", which the graph restores",
                  "none of that name",
                  "copy the whole folder: variables/ belongs to another saved_model.pb");
            }
          }
        }
      }
    }
  }

  /** The keys, if they are a constant of strings. */
  private static List<ByteString> keys(NodeDef names) {
    return names == null || !names.getOp().equals("Const")
        ? List.of()
        : StringTensor.values(names.getAttrOrDefault("value", NO_VALUE).getTensor())
            .orElse(List.of());
  }
}
