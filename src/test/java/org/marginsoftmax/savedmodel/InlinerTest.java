package org.marginsoftmax.savedmodel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.marginsoftmax.savedmodel.Models.function;
import static org.marginsoftmax.savedmodel.Models.node;
import static org.marginsoftmax.savedmodel.Models.placeholder;
import static org.marginsoftmax.savedmodel.Models.type;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.FunctionDef;
import org.tensorflow.proto.FunctionDefLibrary;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.OpDef;
import org.tensorflow.proto.TensorProto;

/** Calls and conditions inlined. */
class InlinerTest {
  private static final AttrValue FLOATS =
      AttrValue.newBuilder()
          .setList(AttrValue.ListValue.newBuilder().addType(DataType.DT_FLOAT))
          .build();

  private static NodeDef.Builder constant(String name, boolean value) {
    TensorProto tensor =
        TensorProto.newBuilder().setDtype(DataType.DT_BOOL).addBoolVal(value).build();
    return node(name, "Const").putAttr("value", AttrValue.newBuilder().setTensor(tensor).build());
  }

  private static FunctionDef branch(String name, String result, NodeDef.Builder... nodes) {
    FunctionDef.Builder function = FunctionDef.newBuilder().putRet("b", result);
    function.setSignature(
        OpDef.newBuilder()
            .setName(name)
            .addInputArg(OpDef.ArgDef.newBuilder().setName("a").setType(DataType.DT_FLOAT))
            .addOutputArg(OpDef.ArgDef.newBuilder().setName("b").setType(DataType.DT_FLOAT)));
    for (NodeDef.Builder each : nodes) {
      function.addNodeDef(each);
    }
    return function.build();
  }

  /** A branch that draws is not run for nothing, as RandomCrop of Keras 2 has it. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "All | no image | Neg",
        "All | image no | Neg",
        "All | yes yes | RandomUniform",
        "All | yes image | If",
        "LogicalAnd | image no | Neg",
        "LogicalAnd | yes yes | RandomUniform",
        "LogicalAnd | yes image | If"
      })
  void takesTheBranchThatAlwaysIs(String type, String predicates, String left) {
    String[] parts = predicates.split(" ");
    GraphDef.Builder graph =
        GraphDef.newBuilder()
            .addNode(placeholder("x", DataType.DT_FLOAT, -1, 2))
            .addNode(placeholder("image", DataType.DT_BOOL))
            .addNode(constant("yes", true))
            .addNode(constant("no", false))
            .addNode(node("joined", "Pack", parts))
            .addNode(Models.constant("axes", 1))
            .addNode(
                type.equals("All") ? node("p", type, "joined", "axes") : node("p", type, parts))
            .addNode(
                node("y", "If", "p", "x")
                    .putAttr("then_branch", function("draw"))
                    .putAttr("else_branch", function("turn"))
                    .putAttr("Tin", FLOATS)
                    .putAttr("Tout", FLOATS))
            .setLibrary(
                FunctionDefLibrary.newBuilder()
                    .addFunction(
                        branch(
                            "draw",
                            "random:output:0",
                            node("shape", "Shape", "a").putAttr("T", type(DataType.DT_FLOAT)),
                            node("random", "RandomUniform", "shape:output:0")))
                    .addFunction(
                        branch(
                            "turn",
                            "turned:y:0",
                            node("turned", "Neg", "a").putAttr("T", type(DataType.DT_FLOAT)))));
    Inliner inliner = new Inliner(MetaGraphDef.newBuilder().setGraphDef(graph).build());
    FlatGraph flat = inliner.graph();
    String y = inliner.output("y:0");
    List<FlatNode> needed = flat.needed(List.of(y));
    assertEquals(left, needed.get(needed.size() - 1).type());
  }
}
