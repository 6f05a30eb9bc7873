package org.marginsoftmax.savedmodel;

import java.util.List;
import org.tensorflow.proto.NodeDef;

/**
 * A tensor as graphs name it: {@code node} and {@code node:1} in the main graph, {@code argument},
 * {@code argument:0}, {@code node:output} and {@code node:output:0} in functions. What a node waits
 * for only is {@code ^node}, a control edge.
 *
 * @param node that it comes from, or argument of the function
 * @param output of the node's definition; null where the text names none
 * @param index among the node's outputs, or among those of the named one; -1 where the text gives
 *     none
 */
public record TensorName(String node, String output, int index) {
  /** Splits a name; a part that should be a number, and is none, is the name of an output. */
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

  /** The index; that of the first output where the text gives none. */
  public int indexOrFirst() {
    return Math.max(0, index);
  }

  /** The node alone. */
  public static String nodeOf(String text) {
    int start = isControl(text) ? 1 : 0;
    int colon = text.indexOf(':');
    return text.substring(start, colon < 0 ? text.length() : colon);
  }

  /** Whether a node's input is something that it only waits for. */
  static boolean isControl(String input) {
    return input.startsWith("^");
  }

  /** The inputs of a node that are tensors. */
  public static List<String> inputs(NodeDef node) {
    return node.getInputList().stream().filter(input -> !isControl(input)).toList();
  }
}
