package org.marginsoftmax.savedmodel;

import java.util.List;
import java.util.Map;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.OpDef;

/** How many tensors an argument of an operation stands for. */
final class Arity {
  /** Not to be told before the function is called with types. */
  static final int UNKNOWN = -1;

  /** An operation of more outputs costs TensorFlow memory before it runs. */
  static final int MOST = 1 << 16;

  private Arity() {}

  /**
   * Tensors of one argument; {@link #UNKNOWN} where that depends on the caller, {@link #MOST} + 1
   * for any more than that.
   */
  static int of(OpDef.ArgDef argument, OpDef definition, Map<String, AttrValue> attributes) {
    String name =
        argument.getNumberAttr().isEmpty() ? argument.getTypeListAttr() : argument.getNumberAttr();
    if (name.isEmpty()) {
      return 1;
    }
    AttrValue value = Operations.attribute(definition, attributes, name);
    return switch (value.getValueCase()) {
      case I -> value.getI() < 0 || value.getI() > MOST ? MOST + 1 : (int) value.getI();
      case LIST -> Math.min(value.getList().getTypeCount(), MOST + 1);
      default -> UNKNOWN;
    };
  }

  /** Of all arguments together. */
  static int of(List<OpDef.ArgDef> arguments, OpDef definition, NodeDef node) {
    int sum = 0;
    for (OpDef.ArgDef argument : arguments) {
      int arity = of(argument, definition, node.getAttrMap());
      if (arity == UNKNOWN) {
        return UNKNOWN;
      }
      sum = Math.min(sum + arity, MOST + 1);
    }
    return sum;
  }
}
