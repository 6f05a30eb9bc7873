package org.marginsoftmax.savedmodel;

import java.util.List;
import java.util.Map;
import org.tensorflow.proto.AttrValue;

/**
 * A node of a {@link FlatGraph}.
 *
 * @param name unique; begins with the calls that led to the node
 * @param type of the operation
 * @param inputs outputs of other nodes, each as {@code name:index}; without control edges
 * @param attributes by name
 */
public record FlatNode(
    String name, String type, List<String> inputs, Map<String, AttrValue> attributes) {
  /** Name of the node that an output belongs to. */
  public static String nodeOf(String output) {
    return TensorName.nodeOf(output);
  }

  /** Index of an output among the outputs of its node. */
  public static int indexOf(String output) {
    return TensorName.parse(output).index();
  }

  /** Name of one of this node's outputs. */
  public String output(int index) {
    return name + ":" + index;
  }

  /** The last part of the name, without scopes and calls. */
  public String lastName() {
    return name.substring(name.lastIndexOf('/') + 1);
  }
}
