package org.marginsoftmax.savedmodel;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.marginsoftmax.InvalidInputException;
import org.tensorflow.TensorFlow;
import org.tensorflow.proto.AssetFileDef;
import org.tensorflow.proto.CollectionDef;
import org.tensorflow.proto.FunctionDef;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.OpDef;
import org.tensorflow.proto.SaverDef;
import org.tensorflow.proto.SignatureDef;
import org.tensorflow.proto.TensorInfo;

/**
 * Checks that a graph is consistent: names are unique, every operation is known, every input
 * exists, every attribute has its type, no function calls itself, and no size is invalid. Some of
 * this TensorFlow would check too, but only with long messages or none.
 *
 * <p>Takes time and memory in proportion to the file.
 */
final class GraphCheck {
  private static final int MOST_NODES = 1_000_000;
  private static final String DAMAGED = "export the model anew";

  private final Path folder;
  private final MetaGraphDef metaGraph;
  private final Map<String, OpDef> library = new HashMap<>();

  private GraphCheck(Path folder, MetaGraphDef metaGraph) {
    this.folder = folder;
    this.metaGraph = metaGraph;
  }

  /**
   * @throws InvalidInputException for the first thing found wrong, with its node and place
   */
  static void run(Path folder, MetaGraphDef metaGraph) {
    new GraphCheck(folder, metaGraph).check();
  }

  private void check() {
    for (FunctionDef function : metaGraph.getGraphDef().getLibrary().getFunctionList()) {
      String name = function.getSignature().getName();
      if (name.isEmpty() || library.put(name, function.getSignature()) != null) {
        throw wrong("functions of different names", "two named '" + name + "'");
      }
      if (Operations.all().containsKey(name)) {
        throw wrong("functions named unlike operations", "a function " + name);
      }
    }
    long nodes = Subgraph.all(metaGraph).stream().mapToLong(body -> body.nodes().size()).sum();
    if (nodes > MOST_NODES) {
      throw wrong("at most " + MOST_NODES + " operations", String.valueOf(nodes));
    }
    AttributeCheck attributes = new AttributeCheck(folder);
    Map<String, NodeDef> main = Map.of();
    for (Subgraph body : Subgraph.all(metaGraph)) {
      Map<String, NodeDef> named = named(body);
      attributes.check(body);
      InputCheck inputs = new InputCheck(folder, body, named, this::definition);
      inputs.check();
      if (body.function().isEmpty()) {
        main = named;
      }
    }
    CallCheck.run(folder, metaGraph, library.keySet());
    checkSignatures(main);
    checkEntries(main);
  }

  private OpDef definition(String op) {
    OpDef known = Operations.all().get(op);
    return known == null ? library.get(op) : known;
  }

  private Map<String, NodeDef> named(Subgraph body) {
    Map<String, NodeDef> named = new HashMap<>();
    Set<String> arguments = new HashSet<>();
    body.function()
        .ifPresent(
            f -> f.getSignature().getInputArgList().forEach(a -> arguments.add(a.getName())));
    for (NodeDef node : body.nodes()) {
      if (node.getName().isEmpty()
          || named.put(node.getName(), node) != null
          || arguments.contains(node.getName())) {
        throw wrong(
            "operations of different names in " + body.place(),
            "two named '" + node.getName() + "'");
      }
      if (definition(node.getOp()) == null) {
        throw InvalidModel.at(
            folder,
            "operations that TensorFlow " + TensorFlow.version() + " has",
            "%s (%s in %s, written by TensorFlow %s)"
                .formatted(
                    node.getOp(),
                    node.getName(),
                    body.place(),
                    metaGraph.getMetaInfoDef().getTensorflowVersion()),
            "export the model with that version or an older one");
      }
    }
    return named;
  }

  private void checkSignatures(Map<String, NodeDef> main) {
    for (Map.Entry<String, SignatureDef> signature : metaGraph.getSignatureDefMap().entrySet()) {
      checkTensors(main, "input", signature.getKey(), signature.getValue().getInputsMap());
      checkTensors(main, "output", signature.getKey(), signature.getValue().getOutputsMap());
    }
  }

  private void checkTensors(
      Map<String, NodeDef> main, String role, String signature, Map<String, TensorInfo> tensors) {
    for (Map.Entry<String, TensorInfo> tensor : tensors.entrySet()) {
      String what = "%s %s of signature %s".formatted(role, tensor.getKey(), signature);
      TensorInfo info = tensor.getValue();
      if (!Shapes.isValid(info.getTensorShape())) {
        throw wrong("a shape for " + what, Shapes.text(Shapes.sizes(info.getTensorShape())));
      }
      // Sparse and composite tensors have other encodings; they are refused where they are used.
      if (info.getEncodingCase() == TensorInfo.EncodingCase.NAME) {
        checkTensor(main, what, info.getName());
      }
    }
  }

  /** Checks what the loader and the saver run or feed. */
  private void checkEntries(Map<String, NodeDef> main) {
    SaverDef saver = metaGraph.getSaverDef();
    for (String name :
        new String[] {
          saver.getFilenameTensorName(), saver.getSaveTensorName(), saver.getRestoreOpName()
        }) {
      if (!name.isEmpty()) {
        checkTensor(main, "the saver's operation", name);
      }
    }
    for (String name : EntryPoints.initializers(metaGraph)) {
      checkTensor(main, "the initializer", name);
    }
    for (AssetFileDef asset : metaGraph.getAssetFileDefList()) {
      checkTensor(main, "the asset " + asset.getFilename(), asset.getTensorInfo().getName());
    }
    for (Map.Entry<String, CollectionDef> collection : metaGraph.getCollectionDefMap().entrySet()) {
      if (EntryPoints.LOADED.contains(collection.getKey()) && collection.getValue().hasAnyList()) {
        throw wrong("names in collection " + collection.getKey(), "packed messages");
      }
    }
  }

  private void checkTensor(Map<String, NodeDef> main, String what, String tensor) {
    TensorName name = TensorName.parse(tensor);
    NodeDef node = main.get(name.node());
    if (node == null || name.output() != null) {
      throw wrong(what + " in the graph", "no " + tensor);
    }
    OpDef definition = definition(node.getOp());
    int outputs = Operations.count(definition.getOutputArgList(), definition, node);
    if (outputs != Operations.UNKNOWN && name.index() >= outputs) {
      throw wrong(what + " in the graph", "no output " + tensor);
    }
  }

  private InvalidInputException wrong(String expected, String found) {
    return InvalidModel.at(folder, expected, found, DAMAGED);
  }
}
