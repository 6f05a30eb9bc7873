package org.marginsoftmax.savedmodel;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.marginsoftmax.InvalidInputException;
import org.tensorflow.Operand;
import org.tensorflow.TensorFlow;
import org.tensorflow.op.Ops;
import org.tensorflow.op.Scope;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.OpDef;

/**
 * The inputs, outputs and attributes of TensorFlow's operations, as defined by the loaded runtime.
 */
public final class Operations {
  private static final Map<String, OpDef> DEFINITIONS =
      TensorFlow.registeredOpList().getOpList().stream()
          .collect(Collectors.toUnmodifiableMap(OpDef::getName, Function.identity()));

  /** A number of tensors that is not known until the function is called with types. */
  static final int UNKNOWN = -1;

  /** Most outputs of an operation; more would cost TensorFlow memory before it runs. */
  static final int MOST_TENSORS = 1 << 16;

  private Operations() {}

  /** All definitions, by type. */
  static Map<String, OpDef> all() {
    return DEFINITIONS;
  }

  /**
   * The definition of an operation.
   *
   * @param place where the operation is used, for the message
   * @throws InvalidInputException if this version of TensorFlow has no such operation
   */
  public static OpDef definition(String type, String place) {
    OpDef definition = DEFINITIONS.get(type);
    if (definition == null) {
      throw new InvalidInputException(
          "model: expected operations of TensorFlow %s, found %s at %s; export it with that version"
              .formatted(TensorFlow.version(), type, place));
    }
    return definition;
  }

  /**
   * For each output argument of an operation the index of its first output; under the empty name
   * the total number of outputs.
   */
  public static Map<String, Integer> outputs(OpDef definition, Map<String, AttrValue> attributes) {
    Map<String, Integer> first = new LinkedHashMap<>();
    int next = 0;
    for (OpDef.ArgDef argument : definition.getOutputArgList()) {
      first.put(argument.getName(), next);
      next += count(argument, definition, attributes);
    }
    first.put("", next);
    return first;
  }

  /** The type of each output of an operation, {@code DT_INVALID} if it is not given. */
  public static List<DataType> outputTypes(OpDef definition, Map<String, AttrValue> attributes) {
    List<DataType> types = new ArrayList<>();
    for (OpDef.ArgDef argument : definition.getOutputArgList()) {
      if (argument.getTypeListAttr().isEmpty()) {
        DataType type =
            argument.getTypeAttr().isEmpty()
                ? argument.getType()
                : attribute(definition, attributes, argument.getTypeAttr()).getType();
        types.addAll(
            Collections.nCopies(Math.max(0, count(argument, definition, attributes)), type));
      } else {
        types.addAll(
            attribute(definition, attributes, argument.getTypeListAttr()).getList().getTypeList());
      }
    }
    return types;
  }

  /** The value of an attribute; its default if the node does not set it. */
  public static AttrValue attribute(
      OpDef definition, Map<String, AttrValue> attributes, String name) {
    AttrValue value = attributes.get(name);
    return value != null
        ? value
        : definition.getAttrList().stream()
            .filter(a -> a.getName().equals(name))
            .findFirst()
            .map(OpDef.AttrDef::getDefaultValue)
            .orElse(AttrValue.getDefaultInstance());
  }

  /** Number of tensors in each input argument; -1 for an argument that is not a list. */
  static List<Integer> inputs(OpDef definition, Map<String, AttrValue> attributes) {
    return definition.getInputArgList().stream()
        .map(a -> isList(a) ? count(a, definition, attributes) : -1)
        .toList();
  }

  /** Adds a cast of a tensor to another number type. */
  public static Operand<?> cast(Ops tf, Operand<?> value, DataType type) {
    Scope scope = tf.scope();
    return scope
        .env()
        .opBuilder("Cast", scope.makeOpName("Cast"), scope)
        .addInput(value.asOutput())
        .setAttr("DstT", type)
        .build()
        .output(0);
  }

  /**
   * Number of tensors in an argument; {@link #UNKNOWN} if it depends on the caller, {@link
   * #MOST_TENSORS} + 1 for any number above that.
   */
  static int count(OpDef.ArgDef argument, OpDef definition, Map<String, AttrValue> attributes) {
    String name =
        argument.getNumberAttr().isEmpty() ? argument.getTypeListAttr() : argument.getNumberAttr();
    if (name.isEmpty()) {
      return 1;
    }
    AttrValue value = attribute(definition, attributes, name);
    return switch (value.getValueCase()) {
      case I ->
          value.getI() < 0 || value.getI() > MOST_TENSORS ? MOST_TENSORS + 1 : (int) value.getI();
      case LIST -> Math.min(value.getList().getTypeCount(), MOST_TENSORS + 1);
      default -> UNKNOWN;
    };
  }

  /** Tensors that all arguments of a node stand for together. */
  static int count(List<OpDef.ArgDef> arguments, OpDef definition, NodeDef node) {
    int sum = 0;
    for (OpDef.ArgDef argument : arguments) {
      int count = count(argument, definition, node.getAttrMap());
      if (count == UNKNOWN) {
        return UNKNOWN;
      }
      sum = Math.min(sum + count, MOST_TENSORS + 1);
    }
    return sum;
  }

  private static boolean isList(OpDef.ArgDef argument) {
    return !argument.getNumberAttr().isEmpty() || !argument.getTypeListAttr().isEmpty();
  }
}
