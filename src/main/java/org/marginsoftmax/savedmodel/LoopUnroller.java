package org.marginsoftmax.savedmodel;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorProto;
import org.tensorflow.proto.TensorShapeProto;

/**
 * Writes a loop as its steps, one after another, if their number is known in advance, as for
 * recurrent layers over sequences of one length. Gradients can then be taken through it.
 */
final class LoopUnroller {
  /** Most steps of all loops of a model; with more the graph would take too long to build. */
  static final int MOST_STEPS = 2000;

  private final FlatGraph flat;
  private final StaticValues values;
  private int left = MOST_STEPS;

  /** Flattens calls of functions. */
  interface Calls {
    /**
     * The results of a function as outputs of the flat graph.
     *
     * @param path prefix for the names of its nodes
     */
    List<String> of(String function, List<String> arguments, String path);
  }

  LoopUnroller(FlatGraph flat, StaticValues values) {
    this.flat = flat;
    this.values = values;
  }

  /**
   * The results of a loop.
   *
   * @param loop a {@code While} or {@code StatelessWhile}
   * @param inputs outputs of the flat graph
   * @param name of the loop in the flat graph
   * @return outputs of the flat graph; null if the number of steps is not known or too large
   */
  List<String> unrolled(NodeDef loop, List<String> inputs, String name, Calls calls) {
    List<DataType> types = loop.getAttrOrThrow("T").getList().getTypeList();
    String condition = loop.getAttrOrThrow("cond").getFunc().getName();
    String body = loop.getAttrOrThrow("body").getFunc().getName();
    List<String> state = inputs;
    for (int step = 0; left > 0; step++, left--) {
      String path = name + "/step_" + step;
      state = counted(state, types, path);
      OptionalLong goesOn = values.number(calls.of(condition, state, path + "/condition").get(0));
      if (goesOn.isEmpty()) {
        return null;
      }
      if (goesOn.getAsLong() == 0) {
        return state;
      }
      state = calls.of(body, state, path);
    }
    return null;
  }

  /** The state with constants for counters, so that those of late steps stay as easy to follow. */
  private List<String> counted(List<String> state, List<DataType> types, String path) {
    List<String> counted = new ArrayList<>();
    for (int i = 0; i < state.size(); i++) {
      OptionalLong number =
          types.get(i) == DataType.DT_INT32 && !flat.of(state.get(i)).type().equals("Const")
              ? values.number(state.get(i))
              : OptionalLong.empty();
      counted.add(
          number.isEmpty()
              ? state.get(i)
              : constant((int) number.getAsLong(), path + "/state_" + i));
    }
    return counted;
  }

  private String constant(int value, String name) {
    TensorProto tensor =
        TensorProto.newBuilder()
            .setDtype(DataType.DT_INT32)
            .setTensorShape(TensorShapeProto.getDefaultInstance())
            .addIntVal(value)
            .build();
    FlatNode node =
        new FlatNode(
            name,
            "Const",
            List.of(),
            Map.of(
                "dtype",
                AttrValue.newBuilder().setType(DataType.DT_INT32).build(),
                "value",
                AttrValue.newBuilder().setTensor(tensor).build()));
    flat.add(node);
    return node.output(0);
  }
}
