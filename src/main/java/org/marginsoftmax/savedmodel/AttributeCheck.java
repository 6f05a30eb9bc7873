package org.marginsoftmax.savedmodel;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.marginsoftmax.InvalidInputException;
import org.tensorflow.TensorFlow;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NameAttrList;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.OpDef;
import org.tensorflow.proto.TensorProto;
import org.tensorflow.proto.TensorShapeProto;

/**
 * Checks that attributes have the types that their operations declare, and that shapes and
 * constants are valid and not too large.
 */
final class AttributeCheck {
  /**
   * Limit over all constants on the memory that a few bytes of shape can claim; values written out
   * in the file are bounded by its size.
   */
  private static final long MOST_CLAIMED_BYTES = 512L << 20;

  private static final int HIGHEST_RANK = 254;

  private final Path folder;
  private final Map<String, Map<String, OpDef.AttrDef>> declared = new HashMap<>();
  private long claimedBytes;

  AttributeCheck(Path folder) {
    this.folder = folder;
  }

  void check(Subgraph body) {
    for (NodeDef node : body.nodes()) {
      String where = "%s %s in %s".formatted(node.getOp(), node.getName(), body.place());
      OpDef definition = Operations.all().get(node.getOp());
      if (definition != null) {
        checkDeclared(definition, node, where);
      }
      for (Map.Entry<String, AttrValue> attribute : node.getAttrMap().entrySet()) {
        check(attribute.getValue(), "%s of %s".formatted(attribute.getKey(), where));
      }
    }
    body.function()
        .ifPresent(
            f ->
                f.getAttrMap()
                    .forEach(
                        (name, value) -> check(value, "%s of %s".formatted(name, body.place()))));
  }

  private void checkDeclared(OpDef definition, NodeDef node, String where) {
    Map<String, OpDef.AttrDef> attributes =
        declared.computeIfAbsent(definition.getName(), k -> byName(definition));
    for (OpDef.AttrDef attribute : attributes.values()) {
      AttrValue value = node.getAttrMap().get(attribute.getName());
      if (value == null) {
        if (!attribute.hasDefaultValue()) {
          throw wrong("an attribute %s of %s".formatted(attribute.getName(), where), "none");
        }
      } else if (!isOf(attribute.getType(), value)) {
        throw wrong(
            "attribute %s of %s as %s".formatted(attribute.getName(), where, attribute.getType()),
            value.getValueCase().name().toLowerCase(Locale.ROOT));
      }
    }
    for (String name : node.getAttrMap().keySet()) {
      // Names with an underscore are notes that no operation declares.
      if (!name.startsWith("_") && !attributes.containsKey(name)) {
        throw InvalidModel.at(
            folder,
            "attributes of %s that TensorFlow %s has".formatted(where, TensorFlow.version()),
            name,
            "export the model with that version or an older one");
      }
    }
  }

  private static Map<String, OpDef.AttrDef> byName(OpDef definition) {
    Map<String, OpDef.AttrDef> attributes = new HashMap<>();
    definition.getAttrList().forEach(a -> attributes.put(a.getName(), a));
    return attributes;
  }

  private static boolean isOf(String type, AttrValue value) {
    AttrValue.ListValue list = value.getList();
    return switch (value.getValueCase()) {
      // To be filled in by the caller of the function.
      case PLACEHOLDER -> true;
      case S -> type.equals("string");
      case I -> type.equals("int");
      case F -> type.equals("float");
      case B -> type.equals("bool");
      case TYPE -> type.equals("type");
      case SHAPE -> type.equals("shape");
      case TENSOR -> type.equals("tensor");
      case FUNC -> type.equals("func");
      case LIST ->
          type.startsWith("list(")
              && ofOther(list, type.substring("list(".length(), type.length() - 1)) == 0;
      case VALUE_NOT_SET -> false;
    };
  }

  /** Number of elements that have another type than the declared one. */
  private static int ofOther(AttrValue.ListValue list, String type) {
    Map<String, Integer> counts =
        Map.of(
            "string", list.getSCount(),
            "int", list.getICount(),
            "float", list.getFCount(),
            "bool", list.getBCount(),
            "type", list.getTypeCount(),
            "shape", list.getShapeCount(),
            "tensor", list.getTensorCount(),
            "func", list.getFuncCount());
    return counts.entrySet().stream()
        .filter(e -> !e.getKey().equals(type))
        .mapToInt(Map.Entry::getValue)
        .sum();
  }

  private void check(AttrValue value, String what) {
    switch (value.getValueCase()) {
      case TYPE -> checkType(value.getType(), what);
      case SHAPE -> checkShape(value.getShape(), what);
      case TENSOR -> checkTensor(value.getTensor(), what);
      case FUNC -> checkFunction(value.getFunc(), what);
      case LIST -> {
        AttrValue.ListValue list = value.getList();
        list.getTypeList().forEach(type -> checkType(type, what));
        list.getShapeList().forEach(shape -> checkShape(shape, what));
        list.getTensorList().forEach(tensor -> checkTensor(tensor, what));
        list.getFuncList().forEach(function -> checkFunction(function, what));
      }
      default -> {}
    }
  }

  private void checkFunction(NameAttrList function, String what) {
    function.getAttrMap().values().forEach(value -> check(value, what));
  }

  private void checkType(DataType type, String what) {
    if (type == DataType.UNRECOGNIZED || type == DataType.DT_INVALID) {
      throw wrong("a type as " + what, type.name());
    }
  }

  private void checkShape(TensorShapeProto shape, String what) {
    if (!Shapes.isValid(shape) || shape.getDimCount() > HIGHEST_RANK) {
      throw wrong("a shape as " + what, Shapes.text(Shapes.sizes(shape)));
    }
  }

  private void checkTensor(TensorProto tensor, String what) {
    DataType type = tensor.getDtype();
    checkType(type, what);
    checkShape(tensor.getTensorShape(), what);
    if (type == DataType.DT_RESOURCE || type == DataType.DT_VARIANT || type.getNumber() > 100) {
      throw wrong("numbers or strings as " + what, "a constant of type " + Shapes.name(type));
    }
    long elements = Shapes.elements(tensor.getTensorShape());
    if (elements < 0) {
      throw wrong("a whole shape as " + what, Shapes.text(Shapes.sizes(tensor.getTensorShape())));
    }
    // A string takes 24 bytes, however short.
    int each = type == DataType.DT_STRING ? 24 : Math.max(1, Shapes.bytes(type));
    int content = tensor.getTensorContent().size();
    if (content == 0 || type == DataType.DT_STRING) {
      claimedBytes += Math.min(elements, MOST_CLAIMED_BYTES) * each;
    }
    if (claimedBytes > MOST_CLAIMED_BYTES) {
      throw wrong(
          "constants that claim together at most %d MB".formatted(MOST_CLAIMED_BYTES >> 20),
          "more with %s, %s".formatted(what, Shapes.text(Shapes.sizes(tensor.getTensorShape()))));
    }
    boolean whole =
        type == DataType.DT_STRING
            ? StringTensor.values(tensor).isPresent()
            : content == 0 || content % each == 0 && content / each == elements;
    if (!whole) {
      throw wrong(
          "%d values of type %s as %s".formatted(elements, Shapes.name(type), what),
          content + " bytes");
    }
    long most = values(tensor);
    if (most > elements) {
      throw wrong(
          "%d values of type %s as %s".formatted(elements, Shapes.name(type), what), most + "");
    }
  }

  /**
   * Number of values given one by one; if there are fewer than elements, the last one is repeated.
   */
  private static long values(TensorProto tensor) {
    return List.of(
            tensor.getHalfValCount(),
            tensor.getFloatValCount(),
            tensor.getDoubleValCount(),
            tensor.getIntValCount(),
            tensor.getStringValCount(),
            tensor.getScomplexValCount() / 2,
            tensor.getInt64ValCount(),
            tensor.getBoolValCount(),
            tensor.getDcomplexValCount() / 2,
            tensor.getUint32ValCount(),
            tensor.getUint64ValCount())
        .stream()
        .mapToInt(Integer::intValue)
        .max()
        .orElse(0);
  }

  private InvalidInputException wrong(String expected, String found) {
    return InvalidModel.at(folder, expected, found, "export the model anew");
  }
}
