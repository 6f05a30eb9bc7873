package org.marginsoftmax.keras;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.tensorflow.Operand;
import org.tensorflow.TensorFlow;
import org.tensorflow.op.Ops;
import org.tensorflow.op.Scope;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.OpDef;

/** What TensorFlow's operations take and give, by the definitions of the runtime that is loaded. */
final class Operations {
  private static final Map<String, OpDef> DEFINITIONS =
      TensorFlow.registeredOpList().getOpList().stream()
          .collect(Collectors.toUnmodifiableMap(OpDef::getName, Function.identity()));

  private Operations() {}

  /**
   * The definition of an operation.
   *
   * @throws IllegalArgumentException if this TensorFlow has no such operation
   */
  static OpDef definition(String type, String place) {
    OpDef definition = DEFINITIONS.get(type);
    if (definition == null) {
      throw new IllegalArgumentException(
          "model: expected operations of TensorFlow %s, found %s at %s; export it with that version"
              .formatted(TensorFlow.version(), type, place));
    }
    return definition;
  }

  /** Index of the first output of each output argument; under the empty name their number. */
  static Map<String, Integer> outputs(OpDef definition, Map<String, AttrValue> attributes) {
    Map<String, Integer> first = new LinkedHashMap<>();
    int next = 0;
    for (OpDef.ArgDef argument : definition.getOutputArgList()) {
      first.put(argument.getName(), next);
      next += length(argument, attributes, definition);
    }
    first.put("", next);
    return first;
  }

  /** How many tensors each input argument takes; -1 for a single one that is no list. */
  static List<Integer> inputs(OpDef definition, Map<String, AttrValue> attributes) {
    return definition.getInputArgList().stream()
        .map(a -> isList(a) ? length(a, attributes, definition) : -1)
        .toList();
  }

  /** A tensor in another number type. */
  static Operand<?> cast(Ops tf, Operand<?> value, DataType type) {
    Scope scope = tf.scope();
    return scope
        .env()
        .opBuilder("Cast", scope.makeOpName("Cast"), scope)
        .addInput(value.asOutput())
        .setAttr("DstT", type)
        .build()
        .output(0);
  }

  private static boolean isList(OpDef.ArgDef argument) {
    return !argument.getNumberAttr().isEmpty() || !argument.getTypeListAttr().isEmpty();
  }

  private static int length(
      OpDef.ArgDef argument, Map<String, AttrValue> attributes, OpDef definition) {
    if (!argument.getNumberAttr().isEmpty()) {
      return (int) attribute(argument.getNumberAttr(), attributes, definition).getI();
    }
    if (!argument.getTypeListAttr().isEmpty()) {
      return attribute(argument.getTypeListAttr(), attributes, definition).getList().getTypeCount();
    }
    return 1;
  }

  /** An attribute, or what it is where a node leaves it out. */
  private static AttrValue attribute(
      String name, Map<String, AttrValue> attributes, OpDef definition) {
    AttrValue given = attributes.get(name);
    if (given != null) {
      return given;
    }
    return definition.getAttrList().stream()
        .filter(a -> a.getName().equals(name))
        .map(OpDef.AttrDef::getDefaultValue)
        .findAny()
        .orElse(AttrValue.getDefaultInstance());
  }
}
