package org.marginsoftmax.keras;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.marginsoftmax.savedmodel.FlatNode;
import org.marginsoftmax.savedmodel.GraphVariables;
import org.marginsoftmax.savedmodel.ModelVariable;
import org.marginsoftmax.savedmodel.ModelVariables;
import org.marginsoftmax.savedmodel.Operations;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.FunctionDef;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.NameAttrList;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.OpDef;
import org.tensorflow.proto.SavedObjectGraphOuterClass.SavedBareConcreteFunction;
import org.tensorflow.proto.SavedObjectGraphOuterClass.SavedConcreteFunction;
import org.tensorflow.proto.SavedObjectGraphOuterClass.SavedObject;
import org.tensorflow.proto.SavedObjectGraphOuterClass.SavedObjectGraph;
import org.tensorflow.proto.SignatureDef;
import org.tensorflow.proto.Struct.DictValue;
import org.tensorflow.proto.Struct.StructuredValue;
import org.tensorflow.proto.Struct.TensorSpecProto;
import org.tensorflow.proto.Struct.TupleValue;
import org.tensorflow.proto.TensorInfo;
import org.tensorflow.proto.TensorShapeProto;
import org.tensorflow.proto.TrackableObjectGraphOuterClass.TrackableObjectGraph.TrackableObject.ObjectReference;

/**
 * A signature whose output is an inner layer, added to a model beside its own: a function of the
 * nodes that lead from images there, a call of it in the main graph for those who run signatures by
 * the graph, and an object for Python, which loads signatures by the objects.
 */
final class FeaturesSignature {
  /** Name of the signature and of its output. */
  static final String NAME = "features";

  private static final String IMAGES = "margin_softmax_images";
  private static final String VARIABLE = "margin_softmax_variable_";
  private static final String RESULT = "margin_softmax_features";

  private final MetaGraphDef model;
  private final SignatureDef original;
  private final String signature;
  private final String input;
  private final FeatureGraph part;
  private final ModelVariables variables;
  private final TensorShapeProto shape;
  private final String name;
  private final List<ModelVariable> captured;

  private FeaturesSignature(
      MetaGraphDef model,
      String signature,
      String input,
      FeatureGraph part,
      ModelVariables variables,
      TensorShapeProto shape) {
    this.model = model;
    this.signature = signature;
    this.original = model.getSignatureDefOrThrow(signature);
    this.input = input;
    this.part = part;
    this.variables = variables;
    this.shape = shape;
    name =
        IntStream.iterate(0, i -> i + 1)
            .mapToObj(i -> i == 0 ? NAME : NAME + "_" + i)
            .filter(each -> !model.containsSignatureDef(each))
            .findFirst()
            .orElseThrow();
    captured =
        part.needed().stream()
            .filter(node -> variables.isHandle(node.output(0)))
            .map(node -> variables.of(node.output(0)))
            .toList();
  }

  /**
   * The model with the signature.
   *
   * @param signature the one that the features are found below
   * @param input name of the signature's input that the images are
   * @param shape of the features
   */
  static MetaGraphDef added(
      MetaGraphDef model,
      String signature,
      String input,
      FeatureGraph part,
      ModelVariables variables,
      TensorShapeProto shape) {
    return new FeaturesSignature(model, signature, input, part, variables, shape).added();
  }

  private MetaGraphDef added() {
    MetaGraphDef.Builder added = model.toBuilder();
    if (hasRefVariables()) {
      return added.putSignatureDef(name, ofMainGraph()).build();
    }
    added.getGraphDefBuilder().getLibraryBuilder().addFunction(function());
    addCall(added);
    if (model.hasObjectGraphDef()) {
      added.setObjectGraphDef(objects());
    }
    return added.build();
  }

  /** No function takes a variable of TensorFlow 1, but then its graph has no functions either. */
  private boolean hasRefVariables() {
    return GraphVariables.of(model).stream().anyMatch(node -> !node.getOp().equals("VarHandleOp"));
  }

  private SignatureDef ofMainGraph() {
    TensorInfo features =
        TensorInfo.newBuilder()
            .setName(part.features())
            .setDtype(DataType.DT_FLOAT)
            .setTensorShape(shape)
            .build();
    return original.toBuilder().clearOutputs().putOutputs(NAME, features).build();
  }

  private TensorInfo images() {
    return original.getInputsOrThrow(input);
  }

  private String functionName() {
    return "__inference_signature_wrapper_margin_softmax_" + name;
  }

  private FunctionDef function() {
    Map<String, String> arguments = new LinkedHashMap<>();
    OpDef.Builder head = OpDef.newBuilder().setName(functionName()).setIsStateful(true);
    head.addInputArg(argument(IMAGES, images().getDtype()));
    arguments.put(part.images(), IMAGES);
    for (int i = 0; i < captured.size(); i++) {
      head.addInputArg(argument(VARIABLE + i, DataType.DT_RESOURCE));
      arguments.put(captured.get(i).handle() + ":0", VARIABLE + i);
    }
    head.addOutputArg(argument(NAME, DataType.DT_FLOAT));
    FunctionDef.Builder function = FunctionDef.newBuilder().setSignature(head);
    for (FlatNode node : part.needed()) {
      if (!arguments.containsKey(node.output(0))) {
        function.addNodeDef(node(node, arguments));
      }
    }
    function.addNodeDef(result(arguments));
    return function.putRet(NAME, RESULT + ":y:0").build();
  }

  private static OpDef.ArgDef argument(String name, DataType type) {
    return OpDef.ArgDef.newBuilder().setName(name).setType(type).build();
  }

  private NodeDef node(FlatNode node, Map<String, String> arguments) {
    NodeDef.Builder written = NodeDef.newBuilder().setName(node.name()).setOp(node.type());
    node.inputs().forEach(in -> written.addInput(reference(in, arguments)));
    // Those with an underscore are notes of the function that the node came from.
    node.attributes()
        .forEach(
            (key, value) -> {
              if (!key.startsWith("_")) {
                written.putAttr(key, value);
              }
            });
    return written.build();
  }

  /** Within a function outputs are named by the argument of the definition that they are. */
  private String reference(String output, Map<String, String> arguments) {
    if (arguments.containsKey(output)) {
      return arguments.get(output);
    }
    FlatNode node = part.flat().of(output);
    int index = FlatNode.indexOf(output);
    String argument = null;
    int first = 0;
    for (Map.Entry<String, Integer> each :
        Operations.outputs(definition(node), node.attributes()).entrySet()) {
      if (!each.getKey().isEmpty() && each.getValue() <= index) {
        argument = each.getKey();
        first = each.getValue();
      }
    }
    return "%s:%s:%d".formatted(node.name(), argument, index - first);
  }

  private static OpDef definition(FlatNode node) {
    return Operations.definition(node.type(), node.name());
  }

  /** The features as float32, which the head takes. */
  private NodeDef result(Map<String, String> arguments) {
    FlatNode node = part.flat().of(part.features());
    DataType type =
        Operations.outputTypes(definition(node), node.attributes())
            .get(FlatNode.indexOf(part.features()));
    return NodeDef.newBuilder()
        .setName(RESULT)
        .setOp("Cast")
        .addInput(reference(part.features(), arguments))
        .putAttr("SrcT", type(type))
        .putAttr("DstT", type(DataType.DT_FLOAT))
        .build();
  }

  private void addCall(MetaGraphDef.Builder added) {
    String placeholder = name + "_" + input;
    String call = "StatefulPartitionedCall_" + name;
    AttrValue.ListValue.Builder types = AttrValue.ListValue.newBuilder();
    types.addType(images().getDtype());
    NodeDef.Builder node =
        NodeDef.newBuilder().setName(call).setOp("StatefulPartitionedCall").addInput(placeholder);
    for (ModelVariable variable : captured) {
      node.addInput(variable.handle());
      types.addType(DataType.DT_RESOURCE);
    }
    NameAttrList.Builder function = NameAttrList.newBuilder().setName(functionName());
    node.putAttr("Tin", AttrValue.newBuilder().setList(types).build())
        .putAttr(
            "Tout",
            AttrValue.newBuilder()
                .setList(AttrValue.ListValue.newBuilder().addType(DataType.DT_FLOAT))
                .build())
        .putAttr("f", AttrValue.newBuilder().setFunc(function).build());
    added
        .getGraphDefBuilder()
        .addNode(
            NodeDef.newBuilder()
                .setName(placeholder)
                .setOp("Placeholder")
                .putAttr("dtype", type(images().getDtype()))
                .putAttr(
                    "shape", AttrValue.newBuilder().setShape(images().getTensorShape()).build()))
        .addNode(node);
    added.putSignatureDef(
        name,
        SignatureDef.newBuilder()
            .setMethodName("tensorflow/serving/predict")
            .putInputs(input, images().toBuilder().setName(placeholder + ":0").build())
            .putOutputs(
                NAME,
                TensorInfo.newBuilder()
                    .setName(call + ":0")
                    .setDtype(DataType.DT_FLOAT)
                    .setTensorShape(shape)
                    .build())
            .build());
  }

  private static AttrValue type(DataType type) {
    return AttrValue.newBuilder().setType(type).build();
  }

  /** The objects with the signature among them, made like the one it is found below. */
  private SavedObjectGraph objects() {
    SavedObjectGraph.Builder objects = model.getObjectGraphDef().toBuilder();
    int signatures = child(objects.getNodes(0), "signatures");
    SavedObject like =
        signatures < 0
            ? SavedObject.getDefaultInstance()
            : objects.getNodes(child(objects.getNodes(signatures), signature));
    if (!like.hasBareConcreteFunction()) {
      return model.getObjectGraphDef();
    }
    SavedConcreteFunction.Builder function = SavedConcreteFunction.newBuilder();
    captured.forEach(variable -> function.addBoundInputs(variable.object()));
    StructuredValue.Builder none =
        StructuredValue.newBuilder().setTupleValue(TupleValue.getDefaultInstance());
    function.setCanonicalizedInputSignature(
        StructuredValue.newBuilder()
            .setTupleValue(
                TupleValue.newBuilder()
                    .addValues(none)
                    .addValues(named(input, images().getDtype(), images().getTensorShape()))));
    function.setOutputSignature(named(NAME, DataType.DT_FLOAT, shape));
    objects.putConcreteFunctions(functionName(), function.build());
    int node = objects.getNodesCount();
    SavedObject.Builder object = like.toBuilder();
    SavedBareConcreteFunction.Builder call =
        object.getBareConcreteFunctionBuilder().setConcreteFunctionName(functionName());
    if (original.getInputsCount() > 1) {
      // Keras asks for each argument that is told of here, and there is one only.
      call.clearFunctionSpec()
          .clearArgumentKeywords()
          .addArgumentKeywords(input)
          .setAllowedPositionalArguments(Math.min(call.getAllowedPositionalArguments(), 1));
    }
    objects.addNodes(object);
    objects
        .getNodesBuilder(signatures)
        .addChildren(ObjectReference.newBuilder().setLocalName(name).setNodeId(node));
    return objects.build();
  }

  private static int child(SavedObject object, String name) {
    return object.getChildrenList().stream()
        .filter(child -> child.getLocalName().equals(name))
        .mapToInt(ObjectReference::getNodeId)
        .findFirst()
        .orElse(-1);
  }

  private static StructuredValue.Builder named(String name, DataType type, TensorShapeProto shape) {
    StructuredValue spec =
        StructuredValue.newBuilder()
            .setTensorSpecValue(
                TensorSpecProto.newBuilder().setName(name).setDtype(type).setShape(shape))
            .build();
    return StructuredValue.newBuilder().setDictValue(DictValue.newBuilder().putFields(name, spec));
  }
}
