package org.marginsoftmax.savedmodel;

import java.util.List;
import org.tensorflow.proto.NodeDef;

/**
 * The name of a tensor in a graph: {@code node} and {@code node:1} in the main graph, {@code
 * argument}, {@code argument:0}, {@code node:output} and {@code node:output:0} in functions. A
 * control edge, which makes a node wait for another, is written {@code ^node}.
 *
 * @param node whose output the tensor is, or argument of the function
 * @param output name in the node's definition; null if the text names none
 * @param index among the node's outputs, or among those of the named one; -1 if the text gives none
 */
public record TensorName(String node, String output, int index) {
  /** Parses a name. A last part that is not a number is taken for the name of an output. */
  public static TensorName parse(String text) {
    String node = nodeOf(text);
    String rest = text.substring((isControl(text) ? 1 : 0) + node.length());
    int colon = rest.lastIndexOf(':');
    if (colon < 0) {
      return new TensorName(node, null, -1);
    }
    String number = rest.substring(colon + 1);
    boolean indexed = number.matches("\\d{1,9}");
    String output = indexed ? rest.substring(0, colon) : rest;
    return new TensorName(
        node,
        output.isEmpty() ? null : output.substring(1),
        indexed ? Integer.parseInt(number) : -1);
  }

  /** The index, or 0 if the text gives none. */
  public int indexOrFirst() {
    return Math.max(0, index);
  }

  /** The name of the node, without output and index. */
  public static String nodeOf(String text) {
    int start = isControl(text) ? 1 : 0;
    int colon = text.indexOf(':');
    return text.substring(start, colon < 0 ? text.length() : colon);
  }

  /** Whether an input is a control edge, which the node only waits for. */
  static boolean isControl(String input) {
    return input.startsWith("^");
  }

  /** The inputs of a node that are tensors, without control edges. */
  public static List<String> inputs(NodeDef node) {
    return node.getInputList().stream().filter(input -> !isControl(input)).toList();
  }
}
