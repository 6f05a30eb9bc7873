package org.marginsoftmax.savedmodel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.marginsoftmax.savedmodel.Models.function;
import static org.marginsoftmax.savedmodel.Models.node;
import static org.marginsoftmax.savedmodel.Models.placeholder;
import static org.marginsoftmax.savedmodel.Models.type;

import java.util.List;
import java.util.Map;
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

/**
 * Loops over i from 0 on, while i lies below n, that negate x; recurrent layers are held against
 * Python.
 */
class LoopUnrollerTest {
  private static final List<DataType> STATE =
      List.of(DataType.DT_INT32, DataType.DT_INT32, DataType.DT_FLOAT);

  /** A function of i, n and x. */
  private static FunctionDef.Builder of(String name, DataType... results) {
    OpDef.Builder signature = OpDef.newBuilder().setName(name);
    List<String> arguments = List.of("i", "n", "x");
    for (int k = 0; k < STATE.size(); k++) {
      signature.addInputArg(
          OpDef.ArgDef.newBuilder().setName(arguments.get(k)).setType(STATE.get(k)));
    }
    for (int k = 0; k < results.length; k++) {
      signature.addOutputArg(OpDef.ArgDef.newBuilder().setName("out" + k).setType(results[k]));
    }
    return FunctionDef.newBuilder().setSignature(signature);
  }

  private static FunctionDefLibrary library() {
    AttrValue number = type(DataType.DT_INT32);
    return FunctionDefLibrary.newBuilder()
        .addFunction(
            of("goes_on", DataType.DT_BOOL)
                .addNodeDef(node("less", "Less", "i", "n").putAttr("T", number))
                .putRet("out0", "less:z:0"))
        .addFunction(
            of("step", STATE.toArray(DataType[]::new))
                .addNodeDef(whole("one", 1))
                .addNodeDef(node("next", "AddV2", "i", "one:output:0").putAttr("T", number))
                .addNodeDef(node("turned", "Neg", "x").putAttr("T", type(DataType.DT_FLOAT)))
                .putRet("out0", "next:z:0")
                .putRet("out1", "n")
                .putRet("out2", "turned:y:0"))
        .build();
  }

  /** A constant int32 of some sizes. */
  private static NodeDef.Builder whole(String name, int value, long... sizes) {
    TensorProto tensor =
        TensorProto.newBuilder()
            .setDtype(DataType.DT_INT32)
            .setTensorShape(Models.shape(sizes))
            .addIntVal(value)
            .build();
    return node(name, "Const")
        .putAttr("dtype", type(DataType.DT_INT32))
        .putAttr("value", AttrValue.newBuilder().setTensor(tensor).build());
  }

  private static NodeDef.Builder size(String name, String axis, String next) {
    return node(name, "StridedSlice", "shape", axis, next, "one")
        .putAttr("T", type(DataType.DT_INT32))
        .putAttr("Index", type(DataType.DT_INT32))
        .putAttr("shrink_axis_mask", AttrValue.newBuilder().setI(1).build());
  }

  @ParameterizedTest
  @CsvSource({
    "three, 3",
    "none, 0",
    "columns, 5",
    "rows, loop",
    "fed, loop",
    "many, loop",
  })
  void stepsThatAreKnownAreWritten(String limit, String expected) {
    AttrValue.ListValue.Builder types = AttrValue.ListValue.newBuilder().addAllType(STATE);
    GraphDef.Builder graph =
        GraphDef.newBuilder()
            .addNode(placeholder("x", DataType.DT_FLOAT, -1, 5))
            .addNode(placeholder("fed", DataType.DT_INT32))
            .addNode(whole("zero", 0))
            .addNode(whole("none", 0))
            .addNode(whole("three", 3))
            .addNode(whole("many", LoopUnroller.MOST_STEPS + 1))
            .addNode(whole("first", 0, 1))
            .addNode(whole("one", 1, 1))
            .addNode(whole("two", 2, 1))
            .addNode(node("shape", "Shape", "x").putAttr("T", type(DataType.DT_FLOAT)))
            .addNode(size("rows", "first", "one"))
            .addNode(size("columns", "one", "two"))
            .addNode(
                node("loop", "StatelessWhile", "zero", limit, "x")
                    .putAttr("cond", function("goes_on"))
                    .putAttr("body", function("step"))
                    .putAttr("T", AttrValue.newBuilder().setList(types).build()))
            .setLibrary(library());
    MetaGraphDef model = MetaGraphDef.newBuilder().setGraphDef(graph).build();
    try (Inliner inliner = new Inliner(model, Map.of(), true)) {
      List<FlatNode> needed = inliner.graph().needed(List.of(inliner.output("loop:2")));
      boolean loops = needed.stream().anyMatch(node -> node.type().equals("StatelessWhile"));
      long turns = needed.stream().filter(node -> node.type().equals("Neg")).count();
      assertEquals(expected, loops ? "loop" : String.valueOf(turns));
    }
  }
}
