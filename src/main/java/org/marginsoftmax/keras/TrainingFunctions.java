package org.marginsoftmax.keras;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.SavedObjectGraphOuterClass.SavedConcreteFunction;
import org.tensorflow.proto.SavedObjectGraphOuterClass.SavedObject;
import org.tensorflow.proto.SavedObjectGraphOuterClass.SavedObjectGraph;
import org.tensorflow.proto.Struct.StructuredValue;

/** The functions of a model that were traced with {@code training=True}. */
final class TrainingFunctions {
  private final SavedObjectGraph objects;

  TrainingFunctions(MetaGraphDef model) {
    objects = model.getObjectGraphDef();
  }

  /** The function that calls the whole model, as Keras 2 writes it. */
  Optional<String> ofModel() {
    if (objects.getNodesCount() == 0) {
      return Optional.empty();
    }
    return objects.getNodes(0).getChildrenList().stream()
        .filter(child -> child.getLocalName().equals("__call__"))
        .map(child -> objects.getNodes(child.getNodeId()))
        .flatMap(call -> ofFunction(call).stream())
        .findFirst();
  }

  /** Names of all of them. */
  Set<String> names() {
    Set<String> names = new TreeSet<>();
    objects.getNodesList().forEach(object -> names.addAll(ofFunction(object)));
    return names;
  }

  private List<String> ofFunction(SavedObject object) {
    int at = parameters(object).indexOf("training");
    return object.getFunction().getConcreteFunctionsList().stream()
        .filter(
            name -> {
              SavedConcreteFunction function = objects.getConcreteFunctionsMap().get(name);
              return function != null && isTrue(function.getCanonicalizedInputSignature(), at);
            })
        .toList();
  }

  private static List<String> parameters(SavedObject function) {
    return function
        .getFunction()
        .getFunctionSpec()
        .getFullargspec()
        .getNamedTupleValue()
        .getValuesList()
        .stream()
        .filter(pair -> pair.getKey().equals("args"))
        .flatMap(pair -> pair.getValue().getListValue().getValuesList().stream())
        .map(StructuredValue::getStringValue)
        .toList();
  }

  /** Of a pair of positional and named arguments, whether {@code training} is true. */
  private static boolean isTrue(StructuredValue arguments, int at) {
    if (arguments.getTupleValue().getValuesCount() != 2) {
      return false;
    }
    List<StructuredValue> positional =
        arguments.getTupleValue().getValues(0).getTupleValue().getValuesList();
    StructuredValue named =
        arguments.getTupleValue().getValues(1).getDictValue().getFieldsMap().get("training");
    return at >= 0 && at < positional.size() && positional.get(at).getBoolValue()
        || named != null && named.getBoolValue();
  }
}
