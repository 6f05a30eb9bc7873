package org.marginsoftmax.savedmodel;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.marginsoftmax.InvalidInputException;
import org.tensorflow.Graph;
import org.tensorflow.GraphOperation;
import org.tensorflow.GraphOperationBuilder;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.exceptions.TensorFlowException;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Gather;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.FunctionDef;
import org.tensorflow.proto.FunctionDefLibrary;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.OpDef;
import org.tensorflow.types.family.TNumber;

/**
 * Copies nodes of a flat graph one by one into another graph, the target. What belongs to the model
 * is replaced by what belongs to the run: placeholders by tensors, variables by variables of the
 * target, and random draws by draws that a resumed run repeats.
 */
public final class FlatGraphWriter {
  /** Draws with a state in the runtime, and their stateless twins. */
  private static final Map<String, String> STATELESS =
      Map.of(
          "RandomUniform", "StatelessRandomUniform",
          "RandomStandardNormal", "StatelessRandomNormal",
          "TruncatedNormal", "StatelessTruncatedNormal");

  /** Operations that read the value of a variable, whatever its type. */
  public static final Set<String> READERS = Set.of("ReadVariableOp", "ResourceGather");

  private final Ops tf;
  private final Graph graph;
  private final String path;
  private final Map<String, Output<?>> written = new HashMap<>();
  private final Map<String, FlatNode> handles = new HashMap<>();
  private final VariableReader variables;
  private final Map<String, FunctionDef> functions;
  private final Set<String> imported = new LinkedHashSet<>();

  /** Supplies replacements for the variables and random draws of the model. */
  public interface VariableReader {
    /**
     * The value of a variable.
     *
     * @param node that reads it
     */
    Operand<?> read(FlatNode node);

    /**
     * The handle of a variable, for a loop that is not unrolled.
     *
     * @param node the variable
     */
    Operand<?> handle(FlatNode node);

    /**
     * The seed of a random draw, int64 [2].
     *
     * @param node that draws
     */
    Operand<?> seed(FlatNode node);
  }

  /**
   * Creates a writer into a graph.
   *
   * @param tf of the target graph
   * @param path prefix for the names of all nodes written
   * @param functions library functions of the model, by name
   * @param variables replacements for the model's variables and draws
   */
  public FlatGraphWriter(
      Ops tf, String path, Map<String, FunctionDef> functions, VariableReader variables) {
    this.tf = tf;
    this.graph = (Graph) tf.scope().env();
    this.path = path;
    this.functions = functions;
    this.variables = variables;
  }

  /** Uses a tensor of the target graph in place of an output of the flat graph. */
  public void replace(String output, Operand<?> ours) {
    written.put(output, ours.asOutput());
  }

  /** Copies all nodes that an output needs and returns the matching output of the target graph. */
  public Output<?> write(FlatGraph flat, String output) {
    for (FlatNode node : flat.needed(List.of(output), written.keySet())) {
      if (!written.containsKey(node.output(0))) {
        write(node);
      }
    }
    return written.get(output);
  }

  private void write(FlatNode node) {
    try {
      switch (node.type()) {
        case "VarHandleOp" -> handles.put(node.output(0), node);
        case "ReadVariableOp" -> written.put(node.output(0), variables.read(node).asOutput());
        case "ResourceGather" -> written.put(node.output(0), gather(node));
        case "PlaceholderWithDefault" -> written.put(node.output(0), input(node.inputs().get(0)));
        case "Placeholder" ->
            throw new InvalidInputException(
                "model: expected features that depend on one input, found that they need %s too; choose another output or layer"
                    .formatted(node.name()));
        default -> {
          String stateless = STATELESS.get(node.type());
          if (stateless != null) {
            put(node, draw(node, stateless));
          } else {
            for (FlatNode each : safe(node)) {
              put(each, operation(each));
            }
          }
        }
      }
    } catch (TensorFlowException | IllegalStateException e) {
      throw new InvalidInputException(
          "model: expected a graph that TensorFlow takes, found %s at %s (%s); export the model anew"
              .formatted(e.getMessage(), node.name(), node.type()),
          e);
    }
  }

  /** The nodes to write for a node, so that no oneDNN kernel computes it wrong. */
  private List<FlatNode> safe(FlatNode node) {
    Function<String, Shape> shapes = input -> written.get(input).shape();
    return MatMulRewriter.isOne(node)
        ? MatMulRewriter.of(node, shapes)
        : ConvolutionRewriter.of(node, shapes);
  }

  private void put(FlatNode node, GraphOperation operation) {
    for (int i = 0; i < operation.numOutputs(); i++) {
      written.put(node.output(i), operation.output(i));
    }
  }

  private GraphOperation operation(FlatNode node) {
    OpDef definition = Operations.definition(node.type(), node.name());
    GraphOperationBuilder builder = builder(node.type(), node.name());
    int next = 0;
    for (int length : Operations.inputs(definition, node.attributes())) {
      if (length < 0) {
        builder.addInput(input(node.inputs().get(next++)));
      } else {
        List<Output<?>> list = new ArrayList<>();
        for (int i = 0; i < length; i++) {
          list.add(input(node.inputs().get(next++)));
        }
        builder.addInputList(list.toArray(Output<?>[]::new));
      }
    }
    // A newer TensorFlow writes attributes that this one does not have.
    Set<String> known =
        definition.getAttrList().stream().map(OpDef.AttrDef::getName).collect(Collectors.toSet());
    node.attributes()
        .forEach(
            (name, value) -> {
              if (known.contains(name)) {
                importFunctions(value);
                builder.setAttr(name, value);
              }
            });
    return builder.build();
  }

  /**
   * The tensor of the target graph for an input; a variable's handle only if a loop or conditional
   * takes it.
   */
  private Output<?> input(String output) {
    FlatNode handle = handles.get(output);
    return handle == null ? written.get(output) : variables.handle(handle).asOutput();
  }

  /** From the value, which what is no float32 has only as a constant. */
  private Output<?> gather(FlatNode node) {
    FlatNode read = new FlatNode(node.name() + "/read", "ReadVariableOp", node.inputs(), Map.of());
    AttrValue shared = node.attributes().get("batch_dims");
    int batchAxes = shared == null ? 0 : (int) shared.getI();
    return tf.gather(
            variables.read(read),
            number(written.get(node.inputs().get(1))),
            tf.constant(batchAxes),
            Gather.batchDims((long) batchAxes))
        .asOutput();
  }

  @SuppressWarnings("unchecked")
  private static Operand<? extends TNumber> number(Output<?> output) {
    return (Operand<? extends TNumber>) (Operand<?>) output;
  }

  private GraphOperation draw(FlatNode node, String type) {
    GraphOperationBuilder builder = builder(type, node.name());
    builder.addInput(written.get(node.inputs().get(0)));
    builder.addInput(variables.seed(node).asOutput());
    builder.setAttr("dtype", node.attributes().get("dtype"));
    builder.setAttr("T", node.attributes().get("T"));
    return builder.build();
  }

  private GraphOperationBuilder builder(String type, String name) {
    return graph.opBuilder(type, path + name, tf.scope());
  }

  /**
   * Copies the functions of a loop that stays a loop into the target graph, with all that they
   * call.
   */
  private void importFunctions(AttrValue value) {
    if (!value.hasFunc() || imported.contains(value.getFunc().getName())) {
      return;
    }
    FunctionDefLibrary.Builder library = FunctionDefLibrary.newBuilder();
    collect(value.getFunc().getName(), library);
    graph.importGraphDef(GraphDef.newBuilder().setLibrary(library).build());
  }

  private void collect(String name, FunctionDefLibrary.Builder library) {
    FunctionDef function = functions.get(name);
    if (function == null || !imported.add(name)) {
      return;
    }
    library.addFunction(function);
    function
        .getNodeDefList()
        .forEach(
            node ->
                node.getAttrMap()
                    .values()
                    .forEach(
                        attribute -> {
                          if (attribute.hasFunc()) {
                            collect(attribute.getFunc().getName(), library);
                          }
                        }));
  }
}
