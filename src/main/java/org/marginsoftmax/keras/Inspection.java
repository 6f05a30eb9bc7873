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
 * What a SavedModel holds, told from its files alone.
 *
 * @param path of the folder
 * @param bytes of all its files
 * @param maker what wrote it
 * @param signatures functions to call, the default first
 * @param variables in the order of the graph
 * @param parameters numbers in the variables that signatures read
 * @param trainedParameters those of them that are recorded as trained; null where nothing is
 * @param otherParameters numbers in all other variables: an optimizer's, copies, counters
 * @param functions of the library
 * @param operations how often each type occurs, the most frequent first
 * @param findings operations that do more than compute
 * @param obstacles what stands in the way of fine-tuning; empty where nothing does
 * @param warnings what makes features depend on chance or on the batch, and gradients that are not
 *     taken; empty where nothing does
 * @param pixels what becomes of pixels for fine-tuning; null where the model cannot be followed
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
   * What becomes of pixels of 0..255.
   *
   * @param range 0..255, 0..1, -1..1, 0..65535 or unknown
   * @param scale what they are multiplied by; null where the range is unknown
   * @param offset what is added then; null where the range is unknown
   * @param assumed whether nothing in the model shows the range
   * @param reason in words
   */
  public record Pixels(String range, Double scale, Double offset, boolean assumed, String reason) {
    private static Pixels of(PixelRange range) {
      return new Pixels(
          range.range(),
          range.scaling() == null ? null : range.scaling().factor(),
          range.scaling() == null ? null : range.scaling().offset(),
          range.assumed(),
          range.reason());
    }
  }

  /**
   * A function to call.
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
   * An input or output.
   *
   * @param type as numpy calls it
   * @param shape sizes, null where unknown; null where the rank is unknown
   */
  public record Tensor(String name, String type, List<Long> shape) {
    private static Tensor of(TensorSpec spec) {
      return new Tensor(spec.name(), Shapes.name(spec.type()), nullable(spec.shape()));
    }
  }

  /**
   * A variable.
   *
   * @param type as numpy calls it
   * @param shape sizes, null where unknown; null where the rank is unknown
   * @param parameters how many numbers; null where the shape is unknown
   * @param trained whether training changes it; null where that is not recorded
   * @param used whether a signature reads it
   */
  public record Variable(
      String name, String type, List<Long> shape, Long parameters, Boolean trained, boolean used) {}

  /**
   * A function of the library.
   *
   * @param operations in its body
   * @param training whether it was traced with {@code training=True}
   */
  public record Function(String name, int operations, boolean training) {}

  /** Looks at a folder; nothing is loaded. */
  public static Inspection of(SavedModelFolder folder) {
    return of(folder, Map.of());
  }

  /** Looks at a folder as training would with these values for inputs beside the images. */
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
