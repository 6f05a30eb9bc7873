package org.marginsoftmax.savedmodel;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.CollectionDef;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.SavedObjectGraphOuterClass.SavedConcreteFunction;
import org.tensorflow.proto.SavedObjectGraphOuterClass.SavedObject;
import org.tensorflow.proto.SavedObjectGraphOuterClass.SavedObjectGraph;
import org.tensorflow.proto.SavedObjectGraphOuterClass.SavedVariable;
import org.tensorflow.proto.Struct.StructuredValue;
import org.tensorflow.proto.VariableDef;

/**
 * What is told of a model beside its graph: which variables are trained, by TensorFlow 2's objects
 * or TensorFlow 1's collections, and which functions are the model in training.
 */
public final class RecordedObjects {
  private static final AttrValue NONE = AttrValue.getDefaultInstance();
  private static final String VARIABLES = "variables";
  private static final String TRAINED = "trainable_variables";

  /** What averages are called, by Keras, TensorFlow and this library. */
  private static final Pattern AVERAGE =
      Pattern.compile("(.*/)?((moving_)?(mean|variance)|ExponentialMovingAverage)(_\\d+)?");

  private final SavedObjectGraph graph;

  /** Of the main graph's variable nodes, as far as they can be told. */
  private final Map<String, SavedVariable> variables = new HashMap<>();

  /** Nodes that TensorFlow 1 trains; null where it does not say. */
  private final Set<String> collected;

  public RecordedObjects(MetaGraphDef metaGraph) {
    this.graph = metaGraph.getObjectGraphDef();
    this.collected = collected(metaGraph);
    Set<Integer> used = matchCaptures(metaGraph.getGraphDef().getNodeList());
    matchNames(metaGraph.getGraphDef().getNodeList(), used);
  }

  /**
   * A function's captured tensors are its last inputs, in the order of the objects bound to it.
   * Keras 3 gives two variables one name; this tells them apart.
   */
  private Set<Integer> matchCaptures(List<NodeDef> nodes) {
    Set<Integer> used = new HashSet<>();
    for (NodeDef node : nodes) {
      SavedConcreteFunction function =
          graph
              .getConcreteFunctionsMap()
              .get(node.getAttrMap().getOrDefault("f", NONE).getFunc().getName());
      if (function == null) {
        continue;
      }
      List<String> inputs = node.getInputList().stream().filter(i -> !i.startsWith("^")).toList();
      int first = inputs.size() - function.getBoundInputsCount();
      for (int i = Math.max(0, -first); i < function.getBoundInputsCount(); i++) {
        int id = function.getBoundInputs(i);
        Optional<SavedVariable> variable = variable(id);
        if (variable.isPresent()) {
          used.add(id);
          variables.putIfAbsent(Inputs.source(inputs.get(first + i)), variable.get());
        }
      }
    }
    return used;
  }

  private void matchNames(List<NodeDef> nodes, Set<Integer> used) {
    Map<String, SavedVariable> byName = new HashMap<>();
    for (int id = 0; id < graph.getNodesCount(); id++) {
      if (!used.contains(id)) {
        variable(id).ifPresent(v -> byName.putIfAbsent(v.getName(), v));
      }
    }
    for (NodeDef node : nodes) {
      SavedVariable variable = byName.get(GraphVariables.name(node));
      if (variable != null && CheckpointCheck.isVariable(node.getOp())) {
        variables.putIfAbsent(node.getName(), variable);
      }
    }
  }

  private Optional<SavedVariable> variable(int id) {
    if (id < 0 || id >= graph.getNodesCount()) {
      return Optional.empty();
    }
    SavedObject object = graph.getNodes(id);
    return object.hasVariable() ? Optional.of(object.getVariable()) : Optional.empty();
  }

  /**
   * Variables in the collection of those that are trained. A graph without it, but with that of all
   * variables, trains none: empty collections are not written.
   */
  private static Set<String> collected(MetaGraphDef metaGraph) {
    if (!metaGraph.containsCollectionDef(VARIABLES) && !metaGraph.containsCollectionDef(TRAINED)) {
      return null;
    }
    Set<String> nodes = new HashSet<>();
    try {
      for (ByteString variable :
          metaGraph
              .getCollectionDefOrDefault(TRAINED, CollectionDef.getDefaultInstance())
              .getBytesList()
              .getValueList()) {
        nodes.add(TensorName.parse(VariableDef.parseFrom(variable).getVariableName()).node());
      }
      return nodes;
    } catch (InvalidProtocolBufferException e) {
      // Older than variables that describe themselves.
      return null;
    }
  }

  /**
   * Whether a variable node is trained, where that is recorded. In a graph of TensorFlow 1 whose
   * collections were left out, averages are told by their names.
   */
  public Optional<Boolean> trained(String node) {
    if (variables.containsKey(node)) {
      return Optional.of(variables.get(node).getTrainable());
    }
    if (graph.getNodesCount() > 0) {
      return Optional.empty();
    }
    return Optional.of(
        collected == null ? !AVERAGE.matcher(node).matches() : collected.contains(node));
  }

  /** Names of functions traced with {@code training=True}. */
  public Set<String> inTraining() {
    Set<String> names = new TreeSet<>();
    for (SavedObject object : graph.getNodesList()) {
      int at = parameters(object).indexOf("training");
      for (String name : object.getFunction().getConcreteFunctionsList()) {
        SavedConcreteFunction function = graph.getConcreteFunctionsMap().get(name);
        if (function != null && isTrue(function.getCanonicalizedInputSignature(), at)) {
          names.add(name);
        }
      }
    }
    return names;
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
