package org.marginsoftmax.savedmodel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.marginsoftmax.savedmodel.Models.assertRefused;
import static org.marginsoftmax.savedmodel.Models.call;
import static org.marginsoftmax.savedmodel.Models.constant;
import static org.marginsoftmax.savedmodel.Models.node;
import static org.marginsoftmax.savedmodel.Models.placeholder;
import static org.marginsoftmax.savedmodel.Models.shape;
import static org.marginsoftmax.savedmodel.Models.small;
import static org.marginsoftmax.savedmodel.Models.type;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.function.Consumer;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.FunctionDef;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.OpDef;
import org.tensorflow.proto.TensorProto;

/** Whatever is no SavedModel is refused in one line; what is one is read. */
class SavedModelFolderTest {
  @TempDir Path dir;

  private static MetaGraphDef read(Path folder) {
    return SavedModelFolder.read(folder).metaGraph();
  }

  @ParameterizedTest
  @MethodSource("org.marginsoftmax.savedmodel.Models#all")
  void readsWhatKerasWrote(String name) {
    assertEquals(Models.read(Models.keras(name)), read(Models.keras(name)));
  }

  @Test
  void readsASmallModel() {
    assertEquals(small().build(), read(Models.write(dir.resolve("m"), small().build())));
  }

  @Test
  void tellsKerasFilesByContentAndName() throws IOException {
    Path hdf5 = dir.resolve("renamed.model");
    Files.write(hdf5, HexFormat.of().parseHex("894844460d0a1a0a0000"));
    assertRefused(
        () -> read(hdf5), "HDF5", "keras.models.load_model(\"" + hdf5 + "\").export(\"DIR\")");
    Path keras = dir.resolve("renamed.zip");
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(keras))) {
      zip.putNextEntry(new ZipEntry("metadata.json"));
      zip.putNextEntry(new ZipEntry("config.json"));
    }
    assertRefused(
        () -> read(keras), ".keras", "keras.models.load_model(\"" + keras + "\").export(\"DIR\")");
    Path other = dir.resolve("other.zip");
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(other))) {
      zip.putNextEntry(new ZipEntry("readme.txt"));
    }
    assertRefused(() -> read(other), "a file");
    Path damaged = Files.write(dir.resolve("damaged.h5"), new byte[] {1, 2});
    assertRefused(() -> read(damaged), "damaged .h5", "0102");
  }

  @Test
  void refusesFoldersThatAreNone() throws IOException {
    assertRefused(() -> read(dir.resolve("nowhere")), "none");
    assertRefused(() -> read(dir), "saved_model.pb");
    Files.createFile(dir.resolve("saved_model.pbtxt"));
    assertRefused(() -> read(dir), "saved_model.pbtxt");
    Files.write(dir.resolve("saved_model.pb"), new byte[0]);
    assertRefused(() -> read(dir), "graphs tagged []");
    assertRefused(() -> read(dir.resolve("saved_model.pb")), "the folder it is in");
  }

  @Test
  void refusesAFolderInsideItself() throws IOException {
    Path model = Models.write(dir.resolve("m"), small().build());
    Files.createSymbolicLink(model.resolve("assets"), model);
    assertTimeoutPreemptively(
        Duration.ofSeconds(10), () -> assertRefused(() -> read(model), "a link to a folder"));
  }

  @Test
  void refusesAGraphTooLargeToRead() throws IOException {
    Path model = Models.write(dir.resolve("m"), small().build());
    try (var file = new java.io.RandomAccessFile(model.resolve("saved_model.pb").toFile(), "rw")) {
      file.setLength(3L << 30);
    }
    assertRefused(() -> read(model), "at most 2 GB", "3072 MB");
    try (var file = new java.io.RandomAccessFile(model.resolve("saved_model.pb").toFile(), "rw")) {
      file.setLength(Math.min(Runtime.getRuntime().maxMemory() / 2, Integer.MAX_VALUE));
    }
    assertRefused(() -> read(model), "a third of the JVM's memory", "-Xmx");
  }

  @Test
  void refusesOtherTagsAndTwoGraphs() {
    MetaGraphDef.Builder other = small();
    other.getMetaInfoDefBuilder().clearTags().addTags("train");
    assertRefused(() -> read(Models.write(dir.resolve("a"), other.build())), "[train]");
    assertRefused(
        () -> read(Models.write(dir.resolve("b"), small().build(), small().build())), "2 of them");
  }

  @Test
  void everyTruncationOfASmallModelIsRefusedOrRead() throws IOException {
    Path model = Models.write(dir.resolve("m"), small().build());
    byte[] bytes = Files.readAllBytes(model.resolve("saved_model.pb"));
    for (int length = 0; length < bytes.length; length++) {
      Files.write(model.resolve("saved_model.pb"), Arrays.copyOf(bytes, length));
      assertRefused(() -> read(model));
    }
  }

  static Stream<Arguments> damages() {
    return Stream.of(
        damage("two named 'x'", g -> g.addNode(placeholder("x", DataType.DT_FLOAT))),
        damage("two named ''", g -> g.addNode(placeholder("", DataType.DT_FLOAT))),
        damage("ArgMaxer (z in the main graph", g -> g.addNode(node("z", "ArgMaxer"))),
        damage("none named q", g -> g.getNodeBuilder(1).setInput(0, "q")),
        damage("none named x:1", g -> g.getNodeBuilder(1).setInput(0, "x:1")),
        damage("none named ^q", g -> g.getNodeBuilder(1).addInput("^q")),
        damage("1 inputs of PartitionedCall y", g -> g.getNodeBuilder(1).addInput("x")),
        damage("one around", g -> g.getNodeBuilder(1).setInput(0, "y")),
        damage(
            "a function gone, which y in the main graph calls",
            g -> g.getNodeBuilder(1).putAttr("f", Models.function("gone"))),
        damage("an attribute f of PartitionedCall y", g -> g.getNodeBuilder(1).removeAttr("f")),
        damage(
            "attribute f of PartitionedCall y in the main graph as func, found type",
            g -> g.getNodeBuilder(1).putAttr("f", type(DataType.DT_FLOAT))),
        damage(
            "found weight;", g -> g.getNodeBuilder(1).putAttr("weight", type(DataType.DT_FLOAT))),
        damage("DT_INVALID", g -> g.getNodeBuilder(0).putAttr("dtype", type(DataType.DT_INVALID))),
        damage(
            "[?, ?]",
            g ->
                g.getNodeBuilder(0)
                    .putAttr("shape", AttrValue.newBuilder().setShape(shape(-1, -7)).build())),
        damage(
            "constants that claim together at most 512 MB",
            g -> g.addNode(constant("c", 1L << 40))),
        damage(
            "constants that claim together at most 512 MB",
            g -> g.addNode(constant("c", Long.MAX_VALUE, Long.MAX_VALUE))),
        damage("a whole shape", g -> g.addNode(constant("c", -1))),
        damage(
            "2 values of type float32",
            g -> g.addNode(tensor(t -> t.setTensorContent(ByteString.copyFrom(new byte[7]))))),
        damage(
            "2 values of type float32",
            g -> g.addNode(tensor(t -> t.addFloatVal(1).addFloatVal(2).addFloatVal(3)))),
        damage(
            "a constant of type resource",
            g -> g.addNode(tensor(t -> t.setDtype(DataType.DT_RESOURCE)))),
        damage(
            "arguments of function twice as y in the main graph says: [float32, float32], found [float32]",
            g -> g.setNode(1, call("y", "twice", "x", "x"))),
        damage(
            "results of function twice as y in the main graph says: [int64], found [float32]",
            g ->
                g.getNodeBuilder(1)
                    .putAttr(
                        "Tout",
                        AttrValue.newBuilder()
                            .setList(AttrValue.ListValue.newBuilder().addType(DataType.DT_INT64))
                            .build())),
        damage(
            "functions that do not call themselves, found a loop: twice calls twice",
            g -> function(g).addNodeDef(call("again", "twice", "a"))),
        damage("none named add:z:1", g -> function(g).putRet("b", "add:z:1")),
        damage("a result b", g -> function(g).removeRet("b")),
        damage("none named add", g -> function(g).putRet("b", "add")),
        damage("two named 'a'", g -> function(g).addNodeDef(constant("a"))),
        damage("two named 'twice'", g -> g.getLibraryBuilder().addFunction(function(g).build())),
        damage("a function MatMul", g -> function(g).getSignatureBuilder().setName("MatMul")),
        damage(
            "at most 65536 outputs",
            g ->
                g.addNode(
                    node("u", "Unpack", "x")
                        .putAttr("num", AttrValue.newBuilder().setI(1L << 40).build())
                        .putAttr("T", type(DataType.DT_FLOAT)))));
  }

  private static Arguments damage(String found, Consumer<GraphDef.Builder> change) {
    return Arguments.of(found, change);
  }

  private static FunctionDef.Builder function(GraphDef.Builder graph) {
    return graph.getLibraryBuilder().getFunctionBuilder(0);
  }

  private static org.tensorflow.proto.NodeDef.Builder tensor(Consumer<TensorProto.Builder> change) {
    TensorProto.Builder tensor =
        TensorProto.newBuilder().setDtype(DataType.DT_FLOAT).setTensorShape(shape(2));
    change.accept(tensor);
    return node("c", "Const")
        .putAttr("dtype", type(tensor.getDtype()))
        .putAttr("value", AttrValue.newBuilder().setTensor(tensor).build());
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("damages")
  void refusesDamagedGraphs(String found, Consumer<GraphDef.Builder> change) {
    MetaGraphDef.Builder graph = small();
    change.accept(graph.getGraphDefBuilder());
    assertRefused(() -> read(Models.write(dir.resolve("m"), graph.build())), found);
  }

  @Test
  void refusesSignaturesOfWhatIsNotThere() {
    MetaGraphDef.Builder graph = small();
    graph.putSignatureDef(
        "other",
        graph.getSignatureDefOrThrow("serving_default").toBuilder()
            .putOutputs("z", Models.tensor("z:0", DataType.DT_FLOAT))
            .build());
    assertRefused(
        () -> read(Models.write(dir.resolve("m"), graph.build())),
        "output z of signature other",
        "no z:0");
  }

  /** Each function calls the next one twice: 2^60 operations if written out. */
  @Test
  void refusesCallsWithoutEndInBoundedTime() {
    FunctionDef.Builder[] functions = new FunctionDef.Builder[60];
    for (int i = 0; i < functions.length; i++) {
      functions[i] =
          FunctionDef.newBuilder()
              .setSignature(
                  OpDef.newBuilder()
                      .setName("f" + i)
                      .addInputArg(
                          OpDef.ArgDef.newBuilder().setName("a").setType(DataType.DT_FLOAT))
                      .addOutputArg(
                          OpDef.ArgDef.newBuilder().setName("b").setType(DataType.DT_FLOAT)))
              .putRet("b", i == functions.length - 1 ? "a" : "two:output:0");
      if (i < functions.length - 1) {
        functions[i]
            .addNodeDef(call("one", "f" + (i + 1), "a"))
            .addNodeDef(call("two", "f" + (i + 1), "one:output:0"));
      }
    }
    MetaGraphDef graph = small(functions).build();
    assertTimeoutPreemptively(
        Duration.ofSeconds(10),
        () ->
            assertRefused(
                () -> read(Models.write(dir.resolve("m"), graph)), "found more operations"));
  }

  /** The message must not obey the model: no line of its own, no colours of the terminal. */
  @Test
  void messagesStayOneLine() {
    MetaGraphDef.Builder graph = small();
    graph.getGraphDefBuilder().addNode(node("a\n\u001b[31mb\u2028" + "c".repeat(5000), "No\r\nOp"));
    assertRefused(() -> read(Models.write(dir.resolve("m"), graph.build())), "a [31mb cc");
  }

  private Path model() {
    return Models.copy(Models.keras("softmax-0-4"), dir.resolve("model"));
  }

  private static final String INDEX = "variables/variables.index";
  private static final String DATA = "variables/variables.data-00000-of-00001";

  @Test
  void refusesMissingVariables() throws IOException {
    Path model = model();
    Files.delete(model.resolve(DATA));
    assertRefused(() -> read(model), DATA, "none");
    Files.delete(model.resolve(INDEX));
    assertRefused(() -> read(model), INDEX, "none");
  }

  @Test
  void refusesTruncatedVariables() throws IOException {
    Path model = model();
    byte[] data = Files.readAllBytes(model.resolve(DATA));
    byte[] index = Files.readAllBytes(model.resolve(INDEX));
    Files.write(model.resolve(DATA), Arrays.copyOf(data, data.length - 1));
    assertRefused(() -> read(model), "a file of " + (data.length - 1) + " bytes");
    Files.write(model.resolve(DATA), new byte[0]);
    assertRefused(() -> read(model), "a file of 0 bytes");
    Files.write(model.resolve(DATA), data);
    for (int length = 0; length < index.length; length += 17) {
      Files.write(model.resolve(INDEX), Arrays.copyOf(index, length));
      assertRefused(() -> read(model), INDEX);
    }
  }

  /** The index has a checksum on every block, so that each flip but those of the footer shows. */
  @Test
  void refusesFlippedBitsInTheIndex() throws IOException {
    Path model = model();
    byte[] index = Files.readAllBytes(model.resolve(INDEX));
    for (int i = 0; i < index.length - 60; i += 29) {
      byte[] flipped = index.clone();
      flipped[i] ^= (byte) (1 << i % 8);
      Files.write(model.resolve(INDEX), flipped);
      assertRefused(() -> read(model), INDEX);
    }
  }

  @Test
  void refusesVariablesOfAnotherModel() throws IOException {
    Path model = model();
    Path other = Models.keras("mobilenet-v2-keras2");
    for (String file : new String[] {INDEX, DATA}) {
      Files.copy(
          other.resolve(file),
          model.resolve(file),
          java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    }
    assertRefused(() -> read(model), "which the graph restores");
  }

  /** A few bytes that claim a table of keys of gigabytes. */
  @Test
  void tablesDoNotGrowBeyondTheirFile() throws IOException {
    Path index = dir.resolve("x.index");
    try (OutputStream out = Files.newOutputStream(index)) {
      out.write(new byte[40]);
      out.write(
          ByteBuffer.allocate(8)
              .order(java.nio.ByteOrder.LITTLE_ENDIAN)
              .putLong(0xdb4775248b80fb57L)
              .array());
    }
    assertRefused(() -> LevelDbTable.read(index, Files.readAllBytes(index)), "a block");
  }
}
