package org.marginsoftmax.savedmodel;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import org.tensorflow.proto.AttrValue;

/**
 * The elements of lists of tensors, which loops read from and write to. Where all that a list does
 * is known in advance, what is read from it is the tensor that was written.
 */
final class TensorLists {
  private final FlatGraph flat;
  private final StaticValues values;

  /** Outputs that give the elements, by handle; null for an element that was never set. */
  private final Map<String, List<String>> elements = new HashMap<>();

  TensorLists(FlatGraph flat, StaticValues values) {
    this.flat = flat;
    this.values = values;
  }

  /**
   * The output to use in place of that of an operation on a list, which is in the graph already;
   * null if there is none.
   */
  String replaced(FlatNode node) {
    List<String> inputs = node.inputs();
    switch (node.type()) {
      case "TensorListReserve" -> {
        int length = inRange(values.number(inputs.get(1)), LoopUnroller.MOST_STEPS);
        if (length >= 0) {
          elements.put(node.output(0), Arrays.asList(new String[length]));
        }
      }
      case "TensorListFromTensor" -> {
        int length = inRange(values.length(inputs.get(0)), LoopUnroller.MOST_STEPS);
        if (length > 0) {
          elements.put(node.output(0), unstacked(node, length));
        }
      }
      case "TensorListSetItem" -> {
        List<String> list = of(inputs.get(0));
        int index = list == null ? -1 : inRange(values.number(inputs.get(1)), list.size() - 1);
        if (index >= 0) {
          List<String> changed = new ArrayList<>(list);
          changed.set(index, inputs.get(2));
          elements.put(node.output(0), changed);
        }
      }
      case "TensorListGetItem" -> {
        List<String> list = of(inputs.get(0));
        int index = list == null ? -1 : inRange(values.number(inputs.get(1)), list.size() - 1);
        return index < 0 ? null : list.get(index);
      }
      case "TensorListStack" -> {
        List<String> list = of(inputs.get(0));
        return list == null || list.isEmpty() || list.contains(null) ? null : stacked(node, list);
      }
      default -> {}
    }
    return null;
  }

  private List<String> of(String handle) {
    return elements.get(flat.origin(handle));
  }

  /** The number; -1 if it is not known or not in 0..most. */
  private static int inRange(OptionalLong number, int most) {
    long value = number.orElse(-1);
    return value > most ? -1 : (int) Math.max(-1, value);
  }

  private List<String> unstacked(FlatNode list, int length) {
    FlatNode node =
        new FlatNode(
            list.name() + "/unstacked",
            "Unpack",
            List.of(list.inputs().get(0)),
            Map.of(
                "T",
                list.attributes().get("element_dtype"),
                "num",
                count(length),
                "axis",
                count(0)));
    flat.add(node);
    return IntStream.range(0, length).mapToObj(node::output).toList();
  }

  private String stacked(FlatNode list, List<String> all) {
    FlatNode node =
        new FlatNode(
            list.name() + "/stacked",
            "Pack",
            all,
            Map.of(
                "T",
                list.attributes().get("element_dtype"),
                "N",
                count(all.size()),
                "axis",
                count(0)));
    flat.add(node);
    return node.output(0);
  }

  private static AttrValue count(long value) {
    return AttrValue.newBuilder().setI(value).build();
  }
}
