package org.marginsoftmax.savedmodel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.function.Executable;
import org.marginsoftmax.InvalidInputException;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.FunctionDef;
import org.tensorflow.proto.FunctionDefLibrary;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.NameAttrList;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.OpDef;
import org.tensorflow.proto.SavedModel;
import org.tensorflow.proto.SignatureDef;
import org.tensorflow.proto.TensorInfo;
import org.tensorflow.proto.TensorProto;
import org.tensorflow.proto.TensorShapeProto;

/** SavedModels for tests: Keras' own, and small ones written by hand. */
public final class Models {
  private Models() {}

  /** One that Keras made. */
  public static Path keras(String name) {
    return Path.of("saved-models", name, "model");
  }

  /** All that Keras made. */
  public static List<String> all() {
    try (Stream<Path> folders = Files.list(Path.of("saved-models"))) {
      return folders
          .filter(folder -> Files.exists(folder.resolve("model")))
          .map(folder -> folder.getFileName().toString())
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public static Path copy(Path model, Path to) {
    try (Stream<Path> files = Files.walk(model)) {
      for (Path file : files.toList()) {
        Path copy = to.resolve(model.relativize(file).toString());
        if (Files.isDirectory(file)) {
          Files.createDirectories(copy);
        } else {
          Files.copy(file, copy);
        }
      }
      return to;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public static MetaGraphDef read(Path model) {
    try {
      return SavedModel.parseFrom(Files.readAllBytes(model.resolve("saved_model.pb")))
          .getMetaGraphs(0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public static Path write(Path folder, MetaGraphDef... graphs) {
    try {
      Files.createDirectories(folder);
      SavedModel model = SavedModel.newBuilder().addAllMetaGraphs(List.of(graphs)).build();
      Files.write(folder.resolve("saved_model.pb"), model.toByteArray());
      return folder;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Twice its input: x float32 [?, 2] to y, by the function {@code twice}. */
  public static MetaGraphDef.Builder small() {
    return small(
        FunctionDef.newBuilder()
            .setSignature(
                OpDef.newBuilder()
                    .setName("twice")
                    .addInputArg(OpDef.ArgDef.newBuilder().setName("a").setType(DataType.DT_FLOAT))
                    .addOutputArg(
                        OpDef.ArgDef.newBuilder().setName("b").setType(DataType.DT_FLOAT)))
            .addNodeDef(node("add", "AddV2", "a", "a").putAttr("T", type(DataType.DT_FLOAT)))
            .putRet("b", "add:z:0"));
  }

  public static MetaGraphDef.Builder small(FunctionDef.Builder... functions) {
    FunctionDefLibrary.Builder library = FunctionDefLibrary.newBuilder();
    for (FunctionDef.Builder function : functions) {
      library.addFunction(function);
    }
    MetaGraphDef.Builder graph =
        MetaGraphDef.newBuilder()
            .setGraphDef(
                GraphDef.newBuilder()
                    .addNode(placeholder("x", DataType.DT_FLOAT, -1, 2))
                    .addNode(call("y", functions[0].getSignature().getName(), "x"))
                    .setLibrary(library))
            .putSignatureDef(
                "serving_default",
                SignatureDef.newBuilder()
                    .putInputs("x", tensor("x:0", DataType.DT_FLOAT, -1, 2))
                    .putOutputs("y", tensor("y:0", DataType.DT_FLOAT, -1, 2))
                    .build());
    graph.getMetaInfoDefBuilder().addTags("serve").setTensorflowVersion("2.18.0");
    return graph;
  }

  public static NodeDef.Builder node(String name, String op, String... inputs) {
    return NodeDef.newBuilder().setName(name).setOp(op).addAllInput(List.of(inputs));
  }

  public static NodeDef.Builder placeholder(String name, DataType type, long... sizes) {
    return node(name, "Placeholder")
        .putAttr("dtype", type(type))
        .putAttr("shape", AttrValue.newBuilder().setShape(shape(sizes)).build());
  }

  public static NodeDef.Builder call(String name, String function, String... inputs) {
    AttrValue.Builder types = AttrValue.newBuilder();
    for (int i = 0; i < inputs.length; i++) {
      types.getListBuilder().addType(DataType.DT_FLOAT);
    }
    return node(name, "PartitionedCall", inputs)
        .putAttr("Tin", types.build())
        .putAttr(
            "Tout",
            AttrValue.newBuilder()
                .setList(AttrValue.ListValue.newBuilder().addType(DataType.DT_FLOAT))
                .build())
        .putAttr("f", function(function));
  }

  public static AttrValue function(String name) {
    return AttrValue.newBuilder().setFunc(NameAttrList.newBuilder().setName(name)).build();
  }

  /** A constant of one string. */
  public static NodeDef.Builder text(String name, String value) {
    return node(name, "Const")
        .putAttr("dtype", type(DataType.DT_STRING))
        .putAttr(
            "value",
            AttrValue.newBuilder()
                .setTensor(
                    TensorProto.newBuilder()
                        .setDtype(DataType.DT_STRING)
                        .setTensorShape(shape())
                        .addStringVal(ByteString.copyFromUtf8(value)))
                .build());
  }

  /** A float constant, its one value repeated. */
  public static NodeDef.Builder constant(String name, long... sizes) {
    return node(name, "Const")
        .putAttr("dtype", type(DataType.DT_FLOAT))
        .putAttr(
            "value",
            AttrValue.newBuilder()
                .setTensor(
                    TensorProto.newBuilder()
                        .setDtype(DataType.DT_FLOAT)
                        .setTensorShape(shape(sizes))
                        .addFloatVal(1))
                .build());
  }

  public static AttrValue type(DataType type) {
    return AttrValue.newBuilder().setType(type).build();
  }

  public static TensorShapeProto shape(long... sizes) {
    TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
    for (long size : sizes) {
      shape.addDim(TensorShapeProto.Dim.newBuilder().setSize(size));
    }
    return shape.build();
  }

  public static TensorInfo tensor(String operand, DataType type, long... sizes) {
    return TensorInfo.newBuilder()
        .setName(operand)
        .setDtype(type)
        .setTensorShape(shape(sizes))
        .build();
  }

  /** One line of ours that says each of the words. */
  public static void assertRefused(Executable action, String... words) {
    InvalidInputException refusal = assertThrows(InvalidInputException.class, action);
    String message = refusal.getMessage();
    assertEquals(1, message.lines().count(), message);
    for (String part : new String[] {"expected ", ", found ", "; "}) {
      assertTrue(message.contains(part), message);
    }
    for (String word : words) {
      assertTrue(message.contains(word), message + " has no '" + word + "'");
    }
    assertFalse(message.length() > 2000, message);
  }
}
