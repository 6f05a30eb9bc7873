package org.marginsoftmax.keras;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.marginsoftmax.savedmodel.Audit;
import org.marginsoftmax.savedmodel.EntryPoints;
import org.marginsoftmax.savedmodel.GraphVariables;
import org.marginsoftmax.savedmodel.InvalidModel;
import org.marginsoftmax.savedmodel.ModelFiles;
import org.marginsoftmax.savedmodel.SavedModelFolder;
import org.marginsoftmax.savedmodel.Shapes;
import org.marginsoftmax.savedmodel.SignatureSpec;
import org.marginsoftmax.savedmodel.Subgraph;
import org.marginsoftmax.savedmodel.TensorSpec;
import org.marginsoftmax.savedmodel.TrainableVariables;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.FunctionDef;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorShapeProto;

/**
 * What a SavedModel holds, found by reading its files without loading it.
 *
 * @param path of the folder
 * @param bytes of all its files
 * @param maker the program that wrote it
 * @param signatures functions that callers can run, the default first
 * @param variables in the order of the graph
 * @param parameters number of elements in the variables that signatures read
 * @param trainedParameters how many of those are recorded as trainable; null if nothing is recorded
 * @param otherParameters number of elements in all other variables: optimizer state, copies,
 *     counters
 * @param functions in the function library
 * @param operations number of operations of each type, the most frequent first
 * @param findings operations that do more than compute
 * @param obstacles reasons why the model cannot be fine-tuned; empty if it can
 * @param warnings reasons why features depend on chance or on the batch, and gradients of the
 *     model's own that training does not use; empty if there are none
 * @param pixels how fine-tuning would scale pixels; null if the graph cannot be followed
 */
public record Inspection(
    String path,
    long bytes,
    Producer maker,
    List<Signature> signatures,
    List<Variable> variables,
    long parameters,
    Long trainedParameters,
    long otherParameters,
    List<Function> functions,
    Map<String, Integer> operations,
    List<Audit.Finding> findings,
    List<String> obstacles,
    List<String> warnings,
    Pixels pixels) {
  /**
   * How fine-tuning scales pixels of 0..255.
   *
   * @param range 0..255, 0..1, -1..1, 0..65535 or unknown
   * @param scale factor applied; null if the range is unknown
   * @param offset added after scaling; null if the range is unknown
   * @param assumed whether the range is a guess because nothing in the model shows it
   * @param reason in words
   */
  public record Pixels(String range, Double scale, Double offset, boolean assumed, String reason) {
    private static Pixels of(PixelRange range) {
      return new Pixels(
          range.range(),
          range.scaling() == null ? null : range.scaling().factor(0),
          range.scaling() == null ? null : range.scaling().offset(0),
          range.assumed(),
          range.reason());
    }
  }

  /**
   * A signature: a function that callers can run by name.
   *
   * @param inputs by name
   * @param outputs by name
   */
  public record Signature(String name, List<Tensor> inputs, List<Tensor> outputs) {
    private static Signature of(SignatureSpec spec) {
      return new Signature(
          spec.name(),
          spec.inputs().stream().map(Tensor::of).toList(),
          spec.outputs().stream().map(Tensor::of).toList());
    }
  }

  /**
   * An input or output of a signature.
   *
   * @param type numpy's name for it
   * @param shape sizes, null for each unknown one; null if the rank is unknown
   */
  public record Tensor(String name, String type, List<Long> shape) {
    private static Tensor of(TensorSpec spec) {
      return new Tensor(spec.name(), Shapes.name(spec.type()), nullable(spec.shape()));
    }
  }

  /**
   * A variable.
   *
   * @param type numpy's name for it
   * @param shape sizes, null for each unknown one; null if the rank is unknown
   * @param parameters number of elements; null if the shape is unknown
   * @param trained whether it is trainable; null if that is not recorded
   * @param used whether a signature reads it
   */
  public record Variable(
      String name, String type, List<Long> shape, Long parameters, Boolean trained, boolean used) {}

  /**
   * A function in the function library.
   *
   * @param operations number of operations in its body
   * @param training whether it was traced with {@code training=True}
   */
  public record Function(String name, int operations, boolean training) {}

  /** Inspects a folder without loading the model. */
  public static Inspection of(SavedModelFolder folder) {
    return of(folder, Map.of());
  }

  /**
   * Inspects a folder without loading the model, for fine-tuning with these values for inputs other
   * than the images, by name.
   */
  public static Inspection of(SavedModelFolder folder, Map<String, String> inputValues) {
    MetaGraphDef metaGraph = folder.metaGraph();
    List<Variable> variables = variables(metaGraph);
    Audit audit = Audit.of(folder);
    boolean recorded = variables.stream().anyMatch(v -> v.used && v.trained != null);
    FineTuningCheck training = FineTuningCheck.of(folder, audit, inputValues);
    return new Inspection(
        folder.path().toString(),
        ModelFiles.size(folder.path()),
        Producer.of(folder),
        SignatureSpec.all(folder).stream().map(Signature::of).toList(),
        variables,
        sum(variables, true, false),
        recorded ? sum(variables, true, true) : null,
        sum(variables, false, false),
        functions(metaGraph, new TrainingFunctions(metaGraph).names()),
        operations(metaGraph),
        audit.findings(),
        training.obstacles(),
        training.warnings(),
        training.input() == null ? null : Pixels.of(training.input().range()));
  }

  private static List<Variable> variables(MetaGraphDef metaGraph) {
    TrainableVariables trainable = new TrainableVariables(metaGraph);
    Set<String> used = GraphVariables.before(metaGraph, EntryPoints.outputs(metaGraph));
    List<Variable> variables = new ArrayList<>();
    for (NodeDef node : GraphVariables.of(metaGraph)) {
      TensorShapeProto shape =
          node.getAttrOrDefault("shape", AttrValue.getDefaultInstance()).getShape();
      DataType type = node.getAttrOrDefault("dtype", AttrValue.getDefaultInstance()).getType();
      long elements = Shapes.elements(shape);
      variables.add(
          new Variable(
              InvalidModel.line(GraphVariables.name(node)),
              Shapes.name(type),
              nullable(Shapes.sizes(shape)),
              elements < 0 ? null : elements,
              trainable.isTrained(node).orElse(null),
              used.contains(node.getName())));
    }
    return variables;
  }

  private static long sum(List<Variable> variables, boolean used, boolean trainedOnly) {
    return variables.stream()
        .filter(v -> v.used == used && v.parameters != null)
        .filter(v -> !trainedOnly || Boolean.TRUE.equals(v.trained))
        .mapToLong(Variable::parameters)
        .sum();
  }

  private static List<Function> functions(MetaGraphDef metaGraph, Set<String> inTraining) {
    List<Function> functions = new ArrayList<>();
    for (FunctionDef function : metaGraph.getGraphDef().getLibrary().getFunctionList()) {
      String name = function.getSignature().getName();
      functions.add(
          new Function(
              InvalidModel.line(name), function.getNodeDefCount(), inTraining.contains(name)));
    }
    functions.sort(Comparator.comparing(Function::name));
    return functions;
  }

  private static Map<String, Integer> operations(MetaGraphDef metaGraph) {
    Map<String, Integer> counts = new TreeMap<>();
    for (Subgraph body : Subgraph.all(metaGraph)) {
      body.nodes().forEach(node -> counts.merge(node.getOp(), 1, Integer::sum));
    }
    Map<String, Integer> sorted = new LinkedHashMap<>();
    counts.entrySet().stream()
        .sorted(Map.Entry.comparingByValue(Comparator.reverseOrder()))
        .forEach(e -> sorted.put(e.getKey(), e.getValue()));
    return sorted;
  }

  private static List<Long> nullable(List<Long> sizes) {
    return sizes == null ? null : sizes.stream().map(n -> n < 0 ? null : n).toList();
  }
}
