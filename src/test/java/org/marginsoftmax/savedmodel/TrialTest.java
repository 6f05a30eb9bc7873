package org.marginsoftmax.savedmodel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.marginsoftmax.savedmodel.Models.assertRefused;
import static org.marginsoftmax.savedmodel.Models.node;
import static org.marginsoftmax.savedmodel.Models.type;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.CollectionDef;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.FunctionDef;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.OpDef;
import org.tensorflow.proto.TensorProto;

/** What would take this process down, or never come back, is found out in another one. */
class TrialTest {
  @TempDir Path dir;

  private SavedModelFolder folder(MetaGraphDef.Builder graph) {
    return SavedModelFolder.read(
        Models.write(dir.resolve("model-" + System.nanoTime()), graph.build()));
  }

  /** The function is a loop whose condition is always true. */
  private static MetaGraphDef.Builder endless() {
    OpDef.ArgDef in = OpDef.ArgDef.newBuilder().setName("a").setType(DataType.DT_FLOAT).build();
    OpDef.ArgDef out = OpDef.ArgDef.newBuilder().setName("b").setType(DataType.DT_FLOAT).build();
    AttrValue floats =
        AttrValue.newBuilder()
            .setList(AttrValue.ListValue.newBuilder().addType(DataType.DT_FLOAT))
            .build();
    FunctionDef.Builder loop =
        FunctionDef.newBuilder()
            .setSignature(OpDef.newBuilder().setName("loop").addInputArg(in).addOutputArg(out))
            .addNodeDef(
                node("while", "StatelessWhile", "a")
                    .putAttr("T", floats)
                    .putAttr("cond", Models.function("always"))
                    .putAttr("body", Models.function("same")))
            .putRet("b", "while:output:0");
    FunctionDef.Builder always =
        FunctionDef.newBuilder()
            .setSignature(
                OpDef.newBuilder()
                    .setName("always")
                    .addInputArg(in)
                    .addOutputArg(out.toBuilder().setType(DataType.DT_BOOL)))
            .addNodeDef(
                node("true", "Const")
                    .putAttr("dtype", type(DataType.DT_BOOL))
                    .putAttr(
                        "value",
                        AttrValue.newBuilder()
                            .setTensor(
                                TensorProto.newBuilder()
                                    .setDtype(DataType.DT_BOOL)
                                    .setTensorShape(Models.shape())
                                    .addBoolVal(true))
                            .build()))
            .putRet("b", "true:output:0");
    FunctionDef.Builder same =
        FunctionDef.newBuilder()
            .setSignature(OpDef.newBuilder().setName("same").addInputArg(in).addOutputArg(out))
            .addNodeDef(node("twice", "AddV2", "a", "a").putAttr("T", type(DataType.DT_FLOAT)))
            .putRet("b", "twice:z:0");
    return Models.small(loop, always, same);
  }

  /** A tensor of 16 GB: one constant spread over a shape that another one gives. */
  private static MetaGraphDef.Builder huge() {
    MetaGraphDef.Builder graph = Models.small();
    graph
        .getGraphDefBuilder()
        .addNode(
            node("sizes", "Const")
                .putAttr("dtype", type(DataType.DT_INT64))
                .putAttr(
                    "value",
                    AttrValue.newBuilder()
                        .setTensor(
                            TensorProto.newBuilder()
                                .setDtype(DataType.DT_INT64)
                                .setTensorShape(Models.shape(2))
                                .addInt64Val(1 << 16)
                                .addInt64Val(1 << 16))
                        .build()))
        .addNode(Models.constant("one"))
        .addNode(
            node("huge", "Fill", "sizes", "one")
                .putAttr("T", type(DataType.DT_FLOAT))
                .putAttr("index_type", type(DataType.DT_INT64)));
    return graph.putSignatureDef(
        "serving_default",
        graph.getSignatureDefOrThrow("serving_default").toBuilder()
            .putOutputs("huge", Models.tensor("huge:0", DataType.DT_FLOAT, -1, -1))
            .build());
  }

  /** Not on the list, and just right for a test: it ends the process that loads it. */
  private static MetaGraphDef.Builder aborting() {
    MetaGraphDef.Builder graph = Models.small();
    graph.getGraphDefBuilder().addNode(node("end", "Abort"));
    return graph.putCollectionDef(
        "saved_model_main_op",
        CollectionDef.newBuilder()
            .setNodeList(CollectionDef.NodeList.newBuilder().addValue("end"))
            .build());
  }

  /** A machine that is busy with other work is no fault of a model's. */
  @ParameterizedTest
  @CsvSource({"11, 11, true", "11, 2, false", "59, 9, false", "61, 2, true", "61, 0, true"})
  void whatAProcessTookOfTheProcessorsCounts(int passed, int processor, boolean over) {
    assertEquals(
        over,
        TrialProcess.isOver(
            Duration.ofSeconds(passed), Duration.ofSeconds(processor), Duration.ofSeconds(10)));
  }

  @Test
  void oneTrialOutlivesModelsThatEndTheirProcess() {
    try (Trial trial = new Trial()) {
      assertEquals(Optional.empty(), trial.attempt(folder(Models.small()), null));
      String ended = trial.attempt(folder(aborting()), null).orElseThrow();
      assertTrue(ended.contains("ending the process"), ended);
      assertEquals(Optional.empty(), trial.attempt(folder(Models.small()), "serving_default"));
      String grown = trial.attempt(folder(huge()), null).orElseThrow();
      assertTrue(grown.contains("MB of memory"), grown);
      assertEquals(Optional.empty(), trial.attempt(folder(Models.small()), null));
    }
  }

  /** What a model has to pass, by who made it: a run's own copy has not to be tried again. */
  @Test
  void trustSaysWhatAModelHasToPass() {
    SavedModelFolder growing = folder(huge());
    SavedModelFolder writing = folder(aborting());
    assertRefused(() -> Trust.NONE.admit(growing, null), "MB of memory");
    Trust.TRIED.admit(growing, null);
    for (Trust trust : List.of(Trust.NONE, Trust.TRIED)) {
      assertRefused(() -> trust.admit(writing, null), "Abort");
    }
    Trust.FULL.admit(writing, null);
  }

  @Test
  void endsWhatDoesNotEnd() {
    SavedModelFolder endless = folder(endless());
    assertTrue(Audit.of(endless).isPure());
    assertTimeoutPreemptively(
        Duration.ofSeconds(150),
        () -> assertRefused(() -> Trial.require(endless, null), "no answer within ", "`trust`"));
  }

  @Test
  void triesKerasModelsWithEverySignature() {
    try (Trial trial = new Trial()) {
      for (String name : new String[] {"mobilenet-v2-keras3-train", "article-keras2-tf2.21"}) {
        assertEquals(
            Optional.empty(), trial.attempt(SavedModelFolder.read(Models.keras(name)), null));
      }
    }
  }

  /** What TensorFlow refuses to load is said once, in the words of the child. */
  @Test
  void saysWhatCannotBeLoaded() {
    MetaGraphDef.Builder graph = Models.small();
    graph.getGraphDefBuilder().setNode(0, Models.placeholder("x", DataType.DT_INT64));
    assertRefused(() -> Trial.require(folder(graph), null), "a model that TensorFlow loads");
  }
}
