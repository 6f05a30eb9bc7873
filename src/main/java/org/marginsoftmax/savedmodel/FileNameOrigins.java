package org.marginsoftmax.savedmodel;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.tensorflow.proto.AssetFileDef;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.CollectionDef;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.OpDef;

/** Traces where the names of the files that a graph's operations open come from. */
final class FileNameOrigins {
  /** What TensorFlow's own saver appends to the name it is given. */
  private static final Pattern SUFFIX = Pattern.compile("(_temp(_[0-9a-f]{32})?/)?(\\.?part)?");

  private static final int DEEPEST = 50;
  private static final Set<String> CALLS = Set.of("PartitionedCall", "StatefulPartitionedCall");

  /** Further uses of a variable's handle that are allowed. */
  private static final Set<String> HARMLESS = Set.of("ReadVariableOp", "VarIsInitializedOp");

  private enum Origin {
    /** A tensor that the caller feeds. */
    GIVEN,
    /** A harmless ending. */
    SUFFIX,
    /** Anything else. */
    FOREIGN
  }

  private final Roles roles;

  /** Of each place, by name. */
  private final Map<String, Map<String, NodeDef>> nodes = new HashMap<>();

  private final Map<List<Object>, Origin> known = new HashMap<>();
  private final TensorName saver;
  private final Set<TensorName> assets;
  private final Set<String> soleHandles;

  FileNameOrigins(MetaGraphDef metaGraph, Roles roles) {
    this.roles = roles;
    this.soleHandles = soleHandles(metaGraph);
    this.saver = TensorName.parse(metaGraph.getSaverDef().getFilenameTensorName());
    this.assets =
        Stream.concat(metaGraph.getAssetFileDefList().stream(), ofTensorFlow1(metaGraph).stream())
            .filter(asset -> isPlain(asset.getFilename()))
            .map(AssetFileDef::getTensorInfo)
            .map(tensor -> TensorName.parse(tensor.getName()))
            .collect(Collectors.toSet());
  }

  /** Where TensorFlow 1 lists its assets. */
  private static List<AssetFileDef> ofTensorFlow1(MetaGraphDef metaGraph) {
    List<AssetFileDef> assets = new ArrayList<>();
    try {
      for (Any asset :
          metaGraph
              .getCollectionDefOrDefault("saved_model_assets", CollectionDef.getDefaultInstance())
              .getAnyList()
              .getValueList()) {
        assets.add(asset.unpack(AssetFileDef.class));
      }
      return assets;
    } catch (InvalidProtocolBufferException e) {
      // No names of files: whatever reads one is a finding.
      return List.of();
    }
  }

  private static boolean isPlain(String file) {
    return !file.isEmpty()
        && !file.startsWith("/")
        && !List.of(file.split("[/\\\\]")).contains("..");
  }

  /** Whether an input is the name given to the saver, possibly with TensorFlow's own suffixes. */
  boolean isSavers(Subgraph body, NodeDef node, int input) {
    return origin(body, node.getInput(input), Set.of(saver), 0) == Origin.GIVEN;
  }

  /** Whether an input is the name of a file in the folder's assets/. */
  boolean isAsset(Subgraph body, NodeDef node, int input) {
    return origin(body, node.getInput(input), assets, 0) == Origin.GIVEN;
  }

  private Origin origin(Subgraph body, String input, Set<TensorName> given, int depth) {
    // Once for each tensor: a graph may join one with itself over and over.
    List<Object> place = List.of(body.place(), input, given);
    Origin found = known.get(place);
    if (found == null) {
      found = depth > DEEPEST ? Origin.FOREIGN : traced(body, input, given, depth);
      known.put(place, found);
    }
    return found;
  }

  private Origin traced(Subgraph body, String input, Set<TensorName> given, int depth) {
    NodeDef node =
        nodes
            .computeIfAbsent(
                body.place(),
                p -> body.nodes().stream().collect(Collectors.toMap(NodeDef::getName, n -> n)))
            .get(TensorName.nodeOf(input));
    if (node == null) {
      return argument(body, TensorName.nodeOf(input), given, depth);
    }
    if (body.function().isEmpty() && isGiven(input, given)) {
      return Origin.GIVEN;
    }
    return switch (node.getOp()) {
      case "Const" -> constant(node);
      case "Identity", "ShardedFilename" -> origin(body, node.getInput(0), given, depth + 1);
      case "Select", "SelectV2" ->
          both(
              origin(body, node.getInput(1), given, depth + 1),
              origin(body, node.getInput(2), given, depth + 1));
      case "Pack" -> all(body, node, given, depth);
      case "ReadVariableOp" -> variable(body, node, given, depth);
      case "StringJoin" -> joined(body, node, given, depth);
      default -> Origin.FOREIGN;
    };
  }

  private static boolean isGiven(String input, Set<TensorName> given) {
    TensorName name = TensorName.parse(input);
    return given.contains(new TensorName(name.node(), null, name.indexOrFirst()));
  }

  private static Origin constant(NodeDef node) {
    boolean suffix =
        StringTensor.values(
                node.getAttrOrDefault("value", AttrValue.getDefaultInstance()).getTensor())
            .filter(
                values -> values.stream().allMatch(s -> SUFFIX.matcher(s.toStringUtf8()).matches()))
            .isPresent();
    return suffix ? Origin.SUFFIX : Origin.FOREIGN;
  }

  /** The origin of a joined name is that of its first part, if only suffixes follow. */
  private Origin joined(Subgraph body, NodeDef node, Set<TensorName> given, int depth) {
    if (!node.getAttrOrDefault("separator", AttrValue.getDefaultInstance()).getS().isEmpty()) {
      return Origin.FOREIGN;
    }
    List<Origin> parts =
        TensorName.inputs(node).stream()
            .map(input -> origin(body, input, given, depth + 1))
            .toList();
    return parts.stream().skip(1).allMatch(part -> part == Origin.SUFFIX)
        ? parts.stream().findFirst().orElse(Origin.FOREIGN)
        : Origin.FOREIGN;
  }

  private Origin all(Subgraph body, NodeDef node, Set<TensorName> given, int depth) {
    Origin all = null;
    for (String input : TensorName.inputs(node)) {
      Origin origin = origin(body, input, given, depth + 1);
      all = all == null ? origin : both(all, origin);
    }
    return all == null ? Origin.FOREIGN : all;
  }

  /**
   * TensorFlow keeps the name of an asset in a variable. It is accepted only if nothing but that
   * name is assigned to the variable, which must have a single handle that no function takes.
   */
  private Origin variable(Subgraph body, NodeDef node, Set<TensorName> given, int depth) {
    String handle = node.getInput(0);
    if (body.function().isPresent() || !soleHandles.contains(handle)) {
      return Origin.FOREIGN;
    }
    Origin all = null;
    for (NodeDef reader : body.nodes()) {
      if (reader.getInputList().contains(handle) && !HARMLESS.contains(reader.getOp())) {
        Origin origin =
            reader.getOp().equals("AssignVariableOp") && reader.getInput(0).equals(handle)
                ? origin(body, reader.getInput(1), given, depth + 1)
                : Origin.FOREIGN;
        all = all == null ? origin : both(all, origin);
      }
    }
    return all == null ? Origin.FOREIGN : all;
  }

  /** Nodes that are the only handle of their variable. */
  private static Set<String> soleHandles(MetaGraphDef metaGraph) {
    Map<String, List<NodeDef>> handles =
        Subgraph.all(metaGraph).stream()
            .flatMap(body -> body.nodes().stream())
            .filter(node -> node.getOp().equals("VarHandleOp"))
            .collect(
                Collectors.groupingBy(
                    node ->
                        node.getAttrOrDefault("shared_name", AttrValue.getDefaultInstance())
                            .getS()
                            .toStringUtf8()));
    return handles.entrySet().stream()
        .filter(e -> !e.getKey().isEmpty() && e.getValue().size() == 1)
        .map(e -> e.getValue().get(0).getName())
        .collect(Collectors.toSet());
  }

  /** The common origin of what all callers of the function pass. */
  private Origin argument(Subgraph body, String name, Set<TensorName> given, int depth) {
    OpDef signature = body.function().orElseThrow().getSignature();
    List<String> names = signature.getInputArgList().stream().map(OpDef.ArgDef::getName).toList();
    Origin all = null;
    for (Roles.Call call : roles.calls(signature.getName())) {
      int at = names.indexOf(name);
      if (!CALLS.contains(call.node().getOp()) || at >= call.node().getInputCount()) {
        return Origin.FOREIGN;
      }
      Origin origin = origin(call.body(), call.node().getInput(at), given, depth + 1);
      all = all == null ? origin : both(all, origin);
    }
    return all == null ? Origin.FOREIGN : all;
  }

  private static Origin both(Origin a, Origin b) {
    return a == b ? a : Origin.FOREIGN;
  }
}
