package org.marginsoftmax.savedmodel;

import java.util.List;
import java.util.Map;
import org.tensorflow.proto.AttrValue;

/**
 * A node of a {@link FlatGraph}.
 *
 * @param name unique; a path through the calls that led to it
 * @param type of the operation
 * @param inputs outputs of other nodes, {@code name:index} each; control edges are left out
 * @param attributes by name
 */
public record FlatNode(
    String name, String type, List<String> inputs, Map<String, AttrValue> attributes) {
  /** Name of the node that an output belongs to. */
  public static String nodeOf(String output) {
    return TensorName.nodeOf(output);
  }

  /** Index of an output among those of its node. */
  public static int indexOf(String output) {
    return TensorName.parse(output).index();
  }

  /** One of this node's outputs. */
  public String output(int index) {
    return name + ":" + index;
  }

  /** Name without the calls that led to it. */
  public String lastName() {
    return name.substring(name.lastIndexOf('/') + 1);
  }
}
