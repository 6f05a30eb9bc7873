package org.marginsoftmax.savedmodel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.marginsoftmax.savedmodel.Models.assertRefused;
import static org.marginsoftmax.savedmodel.Models.node;
import static org.marginsoftmax.savedmodel.Models.small;
import static org.marginsoftmax.savedmodel.Models.text;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.FunctionDef;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.NodeDef;

/** A model that does more than compute is found out, in words; Keras' own are not. */
class AuditTest {
  private static Audit audit(MetaGraphDef graph) {
    return Audit.of(new SavedModelFolder(Path.of("model"), graph));
  }

  @ParameterizedTest
  @MethodSource("org.marginsoftmax.savedmodel.Models#all")
  void kerasModelsOnlyCompute(String name) {
    assertEquals(List.of(), Audit.of(SavedModelFolder.read(Models.keras(name))).findings());
  }

  @ParameterizedTest
  @CsvSource({
    "ReadFile, reads or writes files",
    "WriteFile, reads or writes files",
    "MatchingFiles, reads or writes files",
    "Save, reads or writes files",
    "SaveSlices, reads or writes files",
    "Restore, reads or writes files",
    "SaveV2, reads or writes files outside of the saver",
    "RestoreV2, reads or writes files outside of the saver",
    "MergeV2Checkpoints, reads or writes files outside of the saver",
    "ShardedFilename, reads or writes files outside of the saver",
    "ImmutableConst, maps a region of memory or a file",
    "LoadAndRemapMatrix, reads or writes files",
    "GenerateVocabRemapping, reads or writes files",
    "FixedUnigramCandidateSampler, reads or writes files",
    "DecodeProtoV2, reads or writes files",
    "InitializeTableFromTextFileV2, reads a file that is not in assets/",
    "TFRecordDataset, reads or writes files",
    "TextLineDataset, reads or writes files",
    "FixedLengthRecordDatasetV2, reads or writes files",
    "LoadDataset, reads or writes files",
    "SaveDatasetV2, reads or writes files",
    "CacheDatasetV2, reads or writes files",
    "SqlDataset, reads or writes files",
    "WholeFileReaderV2, reads or writes files",
    "CreateSummaryFileWriter, reads or writes files",
    "RpcClient, talks to other processes or machines",
    "RpcCall, talks to other processes or machines",
    "DataServiceDatasetV4, talks to other processes or machines",
    "CollectiveReduceV2, talks to other processes or machines",
    "DebugIdentityV3, talks to other processes or machines",
    "_Send, talks to other processes or machines",
    "_Recv, talks to other processes or machines",
    "RemoteCall, talks to other processes or machines",
    "PyFunc, calls Python code",
    "EagerPyFunc, calls Python code",
    "PyFuncStateless, calls Python code",
    "XlaLaunch, runs code that another compiler made or loads",
    "XlaCustomCallV2, runs code that another compiler made or loads",
    "MlirPassthroughOp, runs code that another compiler made or loads",
    "Abort, ends the process",
    "QueueDequeueV2, may wait for ever",
    "Unstage, may wait for ever",
    "MutexLock, may wait for ever",
    "RangeDataset, runs a pipeline of data",
    "IteratorGetNext, runs a pipeline of data",
    "Timestamp, is not on the list of pure computation"
  })
  void refusesWhatDoesMore(String op, String why) {
    MetaGraphDef.Builder main = small();
    // Whatever it takes: the audit does not ask.
    main.getGraphDefBuilder().addNode(node("bad", op, "x", "x"));
    main.getGraphDefBuilder().getNodeBuilder(1).addInput("^bad");
    assertEquals(
        List.of(new Audit.Finding(op, "bad", "the main graph", why)),
        audit(main.build()).findings());
    MetaGraphDef.Builder inside = small();
    inside
        .getGraphDefBuilder()
        .getLibraryBuilder()
        .getFunctionBuilder(0)
        .addNodeDef(node("bad", op, "a", "a"));
    assertEquals(
        List.of(new Audit.Finding(op, "bad", "function twice", why)),
        audit(inside.build()).findings());
    assertRefused(
        () -> Audit.require(new SavedModelFolder(Path.of("model"), inside.build())),
        op + " (bad in function twice), which " + why,
        "`trust`");
  }

  /** No finding may escape because nothing calls the function. */
  @Test
  void looksIntoFunctionsThatNothingCalls() {
    MetaGraphDef.Builder graph = small();
    FunctionDef.Builder idle =
        graph.getGraphDef().getLibrary().getFunction(0).toBuilder()
            .addNodeDef(node("bad", "SaveV2", "a", "a", "a"));
    idle.getSignatureBuilder().setName("idle");
    graph.getGraphDefBuilder().getLibraryBuilder().addFunction(idle);
    assertEquals("function idle", audit(graph.build()).findings().get(0).place());
  }

  @Test
  void printingIsHarmlessButNotIntoFiles() {
    MetaGraphDef.Builder graph = small();
    NodeDef.Builder print = node("p", "PrintV2", "x");
    graph.getGraphDefBuilder().addNode(print);
    assertTrue(audit(graph.build()).isPure());
    print.putAttr(
        "output_stream",
        AttrValue.newBuilder().setS(ByteString.copyFromUtf8("file:///etc/x")).build());
    graph.getGraphDefBuilder().setNode(2, print);
    assertEquals(1, audit(graph.build()).findings().size());
  }

  /** What Keras' saver looks like, then with one thing wrong. */
  private static List<Audit.Finding> saver(Consumer<MetaGraphDef.Builder> change) {
    MetaGraphDef.Builder graph = small();
    graph
        .getGraphDefBuilder()
        .addNode(Models.placeholder("filename", DataType.DT_STRING))
        .addNode(text("suffix", "_temp/part"))
        .addNode(node("joined", "StringJoin", "filename", "suffix"))
        .addNode(text("names", "a"))
        .addNode(node("save", "SaveV2", "joined", "names", "names", "x"))
        .addNode(node("saved", "Identity", "filename", "^save"))
        .addNode(node("values", "RestoreV2", "filename", "names", "names"))
        .addNode(node("restored", "NoOp", "^values"));
    graph
        .getSaverDefBuilder()
        .setFilenameTensorName("filename:0")
        .setSaveTensorName("saved:0")
        .setRestoreOpName("restored");
    change.accept(graph);
    return audit(graph.build()).findings();
  }

  private static NodeDef.Builder byName(MetaGraphDef.Builder graph, String name) {
    return graph.getGraphDefBuilder().getNodeBuilderList().stream()
        .filter(n -> n.getName().equals(name))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void theSaverMaySaveWhereItIsTold() {
    assertEquals(List.of(), saver(graph -> {}));
  }

  @Test
  void theSaverMayNotSaveElsewhere() {
    assertEquals(1, saver(g -> byName(g, "joined").setInput(0, "names")).size());
    assertEquals(
        1,
        saver(
                g ->
                    byName(g, "suffix")
                        .setOp("Const")
                        .putAttr("value", text("t", "/../../x").getAttrOrThrow("value")))
            .size());
    assertEquals(
        1,
        saver(
                g ->
                    byName(g, "joined")
                        .putAttr(
                            "separator",
                            AttrValue.newBuilder().setS(ByteString.copyFromUtf8("/../")).build()))
            .size());
    // The same as TensorFlow Java writes it: the length, then the bytes.
    AttrValue.Builder piece = text("t", "").build().getAttrOrThrow("value").toBuilder();
    piece
        .getTensorBuilder()
        .clearStringVal()
        .setTensorContent(ByteString.copyFromUtf8("\b/../../x"));
    assertEquals(1, saver(g -> byName(g, "suffix").putAttr("value", piece.build())).size());
    assertEquals(1, saver(g -> byName(g, "values").setInput(0, "suffix")).size());
    assertEquals(
        1,
        saver(g -> g.getSaverDefBuilder().setFilenameTensorName("x:0")).stream()
            .filter(f -> f.operation().equals("SaveV2"))
            .count());
  }

  @Test
  void aNameJoinedWithItselfOverAndOverIsFollowedOnce() {
    Consumer<MetaGraphDef.Builder> joins =
        graph -> {
          String last = "filename";
          for (int i = 0; i < 45; i++) {
            graph.getGraphDefBuilder().addNode(node("s" + i, "SelectV2", "x", last, last));
            last = "s" + i;
          }
          byName(graph, "joined").setInput(0, last);
        };

    assertTimeoutPreemptively(Duration.ofSeconds(20), () -> assertEquals(List.of(), saver(joins)));
  }

  @Test
  void theSaverMayNotSaveOnOtherOccasions() {
    // When a signature runs, when the model is loaded, when variables are restored.
    assertEquals(1, saver(g -> byName(g, "y").addInput("^save")).size());
    assertEquals(1, saver(g -> byName(g, "restored").addInput("^save")).size());
    assertEquals(
        1,
        saver(
                g ->
                    g.putCollectionDef(
                        "saved_model_main_op",
                        org.tensorflow.proto.CollectionDef.newBuilder()
                            .setNodeList(
                                org.tensorflow.proto.CollectionDef.NodeList.newBuilder()
                                    .addValue("save"))
                            .build()))
            .size());
  }

  @Test
  void aTableMayBeFilledFromAnAssetOnLoading() {
    MetaGraphDef.Builder graph = small();
    graph
        .getGraphDefBuilder()
        .addNode(Models.placeholder("asset", DataType.DT_STRING))
        .addNode(text("foreign", "/etc/passwd"))
        .addNode(node("table", "HashTableV2"))
        .addNode(node("fill", "InitializeTableFromTextFileV2", "table", "asset"))
        .addNode(node("init", "NoOp", "^fill"));
    graph
        .addAssetFileDef(
            org.tensorflow.proto.AssetFileDef.newBuilder()
                .setFilename("vocabulary.txt")
                .setTensorInfo(Models.tensor("asset:0", DataType.DT_STRING)))
        .putCollectionDef(
            "saved_model_main_op",
            org.tensorflow.proto.CollectionDef.newBuilder()
                .setNodeList(
                    org.tensorflow.proto.CollectionDef.NodeList.newBuilder().addValue("init"))
                .build());
    assertEquals(List.of(), audit(graph.build()).findings());
    MetaGraphDef.Builder foreign = graph.clone();
    byName(foreign, "fill").setInput(1, "foreign");
    assertEquals(1, audit(foreign.build()).findings().size());
    MetaGraphDef.Builder outside = graph.clone();
    outside.getAssetFileDefBuilder(0).setFilename("../secret");
    assertEquals(1, audit(outside.build()).findings().size());
    MetaGraphDef.Builder used = graph.clone();
    byName(used, "y").addInput("^fill");
    assertEquals(1, audit(used.build()).findings().size());
  }

  @Test
  void theListNamesKnownOperationsOnceAndNoneThatHasAFileName() throws IOException {
    Set<String> seen = new HashSet<>();
    Set<String> telling =
        Set.of("filename", "file_pattern", "vocab_file", "descriptor_source", "memory_region_name");
    try (var in = Audit.class.getResourceAsStream("pure-operations.txt")) {
      new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .filter(line -> !line.startsWith("#"))
          .flatMap(line -> Arrays.stream(line.split(" ")))
          .filter(name -> !name.isEmpty())
          .forEach(
              name -> {
                assertTrue(seen.add(name), name);
                var definition = Operations.all().get(name);
                assertTrue(definition != null, name);
                assertTrue(
                    definition.getAttrList().stream().noneMatch(a -> telling.contains(a.getName())),
                    name);
                assertTrue(
                    definition.getInputArgList().stream()
                        .noneMatch(a -> telling.contains(a.getName())),
                    name);
              });
    }
  }
}
