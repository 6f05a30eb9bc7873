package org.marginsoftmax.export;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.Message;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.LongStream;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.data.Folders;
import org.marginsoftmax.data.ImageShape;
import org.marginsoftmax.image.ImageForm;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Session;
import org.tensorflow.TensorFlow;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.SavedModel;
import org.tensorflow.proto.SignatureDef;
import org.tensorflow.proto.TensorInfo;
import org.tensorflow.proto.TensorShapeProto;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TString;
import org.tensorflow.types.TUint8;
import org.tensorflow.types.family.TNumber;

/**
 * A network ready for serving: a graph of constants with three signatures, and its model card.
 *
 * <pre>
 * serving_default  images  uint8 [N, H, W, channels]  to  embedding  float32 [N, D], of norm 1
 * classify         images                             to  labels     strings [N, k], best first
 *                                                         scores     float32 [N, k]
 * encoded          bytes   strings [N], PNG or JPEG   to  embedding
 * </pre>
 *
 * <p>A model trained on arrays takes them as {@code features}, float32 [N, ...], instead of {@code
 * images}, and has no {@code encoded}.
 *
 * @param graph with its signatures
 * @param card describes the model
 */
public record ServedModel(MetaGraphDef graph, ModelCard card) {
  /** Name of the signature from images or arrays to embeddings. */
  public static final String EMBED = "serving_default";

  /** Name of the signature from images or arrays to the best classes. */
  public static final String CLASSIFY = "classify";

  private static final String ENCODED = "encoded";
  private static final String TAG = "serve";
  private static final String PREDICT = "tensorflow/serving/predict";
  private static final Path CARD = Path.of("assets.extra", "model-card.json");

  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .enable(SerializationFeature.INDENT_OUTPUT)
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .build();

  /**
   * The inputs and outputs of a graph that is served.
   *
   * @param bytes encoded images, [N]; null for a network that takes arrays
   * @param elements images, uint8 [N, H, W, channels], decoded from {@code bytes} unless fed; or
   *     arrays, float32 [N, ...]
   * @param embedding float32 [N, D]
   * @param labels class names, [N, k]
   * @param scores float32 [N, k]
   */
  public record Outputs(
      Operand<TString> bytes,
      Operand<? extends TNumber> elements,
      Operand<TFloat32> embedding,
      Operand<TString> labels,
      Operand<TFloat32> scores) {
    private List<String> names() {
      List<String> names = new ArrayList<>();
      for (Operand<?> operand : Arrays.asList(bytes, elements, embedding, labels, scores)) {
        if (operand != null) {
          names.add(operand.asOutput().op().name());
        }
      }
      return names;
    }
  }

  /**
   * The input for images, which are decoded from {@code bytes} unless they are fed directly.
   *
   * @param bytes encoded images, [N]
   * @param form shape of the images, and how the encoded ones are brought to it
   * @return uint8 [N, H, W, channels]
   */
  public static Operand<TUint8> images(Ops tf, Operand<TString> bytes, ImageForm form) {
    ImageShape shape = form.shape();
    return tf.withName("images")
        .placeholderWithDefault(
            ImageDecoding.images(tf, bytes, form),
            Shape.of(Shape.UNKNOWN_SIZE, shape.height(), shape.width(), shape.channels()));
  }

  /**
   * Freezes a graph and folds batch norm into its weights.
   *
   * @param session on the graph, with the values of its variables
   * @throws InvalidInputException if the graph would be larger than 2 GB, or a loop reads variables
   */
  public static ServedModel of(Graph graph, Session session, Outputs outputs, ModelCard card) {
    GraphDef frozen = FrozenGraph.of(graph, session, outputs.names());
    GraphDef folded = BatchNormFolding.fold(frozen, outputs.names());
    MetaGraphDef.Builder meta =
        MetaGraphDef.newBuilder().setGraphDef(EuclideanNorms.writtenOut(folded));
    meta.getMetaInfoDefBuilder().addTags(TAG).setTensorflowVersion(TensorFlow.version());
    String input = inputName(card);
    meta.putSignatureDef(
        EMBED,
        signature(Map.of(input, outputs.elements()), Map.of("embedding", outputs.embedding())));
    meta.putSignatureDef(
        CLASSIFY,
        signature(
            Map.of(input, outputs.elements()),
            Map.of("labels", outputs.labels(), "scores", outputs.scores())));
    if (outputs.bytes() != null) {
      meta.putSignatureDef(
          ENCODED,
          signature(Map.of("bytes", outputs.bytes()), Map.of("embedding", outputs.embedding())));
    }
    return new ServedModel(meta.build(), card);
  }

  private static SignatureDef signature(
      Map<String, Operand<?>> inputs, Map<String, Operand<?>> outputs) {
    SignatureDef.Builder signature = SignatureDef.newBuilder().setMethodName(PREDICT);
    inputs.forEach((name, operand) -> signature.putInputs(name, info(operand)));
    outputs.forEach((name, operand) -> signature.putOutputs(name, info(operand)));
    return signature.build();
  }

  private static TensorInfo info(Operand<?> operand) {
    TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
    for (long size : operand.shape().asArray()) {
      shape.addDim(TensorShapeProto.Dim.newBuilder().setSize(size));
    }
    return TensorInfo.newBuilder()
        .setName(operand.asOutput().op().name() + ":" + operand.asOutput().index())
        .setDtype(operand.asOutput().dataType())
        .setTensorShape(shape)
        .build();
  }

  private static String inputName(ModelCard card) {
    return card.element() instanceof ImageShape ? "images" : "features";
  }

  /**
   * Writes a SavedModel folder with the card in {@code assets.extra/}, under a temporary name
   * first. The same model always gives the same bytes.
   *
   * @param folder that does not exist, or is empty
   */
  public void write(Path folder) {
    Folders.write(
        folder,
        aside -> {
          Files.createDirectories(aside.resolve(CARD).getParent());
          SavedModel model =
              SavedModel.newBuilder().setSavedModelSchemaVersion(1).addMetaGraphs(graph).build();
          write(aside.resolve("saved_model.pb"), model);
          JSON.writeValue(aside.resolve(CARD).toFile(), card);
        });
  }

  /** Maps of a message are written in the order of their keys. */
  private static void write(Path file, Message message) throws IOException {
    try (OutputStream out = Files.newOutputStream(file)) {
      CodedOutputStream coded = CodedOutputStream.newInstance(out);
      coded.useDeterministicSerialization();
      message.writeTo(coded);
      coded.flush();
    }
  }

  /**
   * Reads a folder that {@link #write} wrote. Nothing is run, but the model is a program that will
   * be: read only models from a source you trust.
   *
   * @throws InvalidInputException if the folder is not such a model
   */
  public static ServedModel read(Path folder) {
    Path file = folder.resolve("saved_model.pb");
    if (!Files.isRegularFile(file) || !Files.isRegularFile(folder.resolve(CARD))) {
      throw refused(
          folder, "no " + (Files.isRegularFile(file) ? CARD : file.getFileName()) + " in it");
    }
    try (InputStream in = Files.newInputStream(file)) {
      SavedModel model = SavedModel.parseFrom(in);
      ModelCard card = JSON.readValue(folder.resolve(CARD).toFile(), ModelCard.class);
      checkCard(folder, card);
      if (model.getMetaGraphsCount() != 1) {
        throw refused(folder, model.getMetaGraphsCount() + " graphs");
      }
      ServedModel read = new ServedModel(model.getMetaGraphs(0), card);
      read.check(folder);
      return read;
    } catch (IOException e) {
      throw damaged(folder, e);
    }
  }

  private static InvalidInputException damaged(Path folder, IOException e) {
    // A value that one of our records refuses is said in that record's words.
    String why = e.getCause() instanceof InvalidInputException c ? c.getMessage() : e.getMessage();
    return refused(folder, "a damaged file: " + why.lines().findFirst().orElse(""));
  }

  /** The card of a model that {@link #write} wrote; empty for any other folder. */
  public static Optional<ModelCard> card(Path folder) {
    Path file = folder.resolve(CARD);
    if (!Files.isRegularFile(file)) {
      return Optional.empty();
    }
    try {
      ModelCard card = JSON.readValue(file.toFile(), ModelCard.class);
      checkCard(folder, card);
      return Optional.of(card);
    } catch (IOException e) {
      throw damaged(folder, e);
    }
  }

  private static void checkCard(Path folder, ModelCard card) {
    boolean whole =
        card != null
            && (card.image() != null
                ? card.image().matches("[1-9]\\d{0,8}x[1-9]\\d{0,8}x[1-9]\\d{0,8}")
                : card.array() != null && card.array().stream().allMatch(Objects::nonNull))
            && card.classNames() != null
            && card.embedding() > 0
            && card.top() > 0
            && (card.calibration() == null
                || card.calibration().thresholds() != null
                    && card.calibration().thresholds().stream().allMatch(Objects::nonNull));
    if (!whole) {
      throw refused(folder, "a card without image, classes or sizes");
    }
  }

  private void check(Path folder) {
    Map<String, SignatureDef> signatures = graph.getSignatureDefMap();
    if (!signatures.containsKey(EMBED)
        || !signatures.containsKey(CLASSIFY)
        || card.element() instanceof ImageShape && !signatures.containsKey(ENCODED)) {
      throw refused(folder, "signatures " + signatures.keySet().stream().sorted().toList());
    }
    TensorInfo elements = input(EMBED);
    TensorInfo embedding = output(EMBED, "embedding");
    List<Long> sizes = sizes(elements);
    List<Long> wanted =
        LongStream.concat(
                LongStream.of(-1), card.element().sizes().stream().mapToLong(size -> size))
            .boxed()
            .toList();
    boolean images = card.element() instanceof ImageShape;
    if (elements.getDtype() != (images ? DataType.DT_UINT8 : DataType.DT_FLOAT)
        || !sizes.equals(wanted)
        || embedding.getDtype() != DataType.DT_FLOAT
        || !sizes(embedding).equals(List.of(-1L, (long) card.embedding()))) {
      throw refused(
          folder, "%s %s and embedding %s".formatted(inputName(card), sizes, sizes(embedding)));
    }
    List<Long> scores = sizes(output(CLASSIFY, "scores"));
    if (!scores.equals(List.of(-1L, (long) card.top()))) {
      throw refused(folder, "scores %s where its card ranks %d".formatted(scores, card.top()));
    }
  }

  /**
   * The images or arrays that a signature takes.
   *
   * @param signature {@link #EMBED} or {@link #CLASSIFY}
   */
  public TensorInfo input(String signature) {
    return graph.getSignatureDefOrThrow(signature).getInputsOrDefault(inputName(card), none());
  }

  /**
   * An output of a signature.
   *
   * @param signature {@link #EMBED} or {@link #CLASSIFY}
   * @param name {@code embedding} of the former, {@code labels} or {@code scores} of the latter
   */
  public TensorInfo output(String signature, String name) {
    return graph.getSignatureDefOrThrow(signature).getOutputsOrDefault(name, none());
  }

  private static TensorInfo none() {
    return TensorInfo.getDefaultInstance();
  }

  private static List<Long> sizes(TensorInfo tensor) {
    return tensor.getTensorShape().getDimList().stream()
        .map(TensorShapeProto.Dim::getSize)
        .toList();
  }

  private static InvalidInputException refused(Path folder, String found) {
    return new InvalidInputException(
        "model %s: expected a folder that export wrote, with signatures %s, %s and %s, found %s; export the run anew"
            .formatted(folder, EMBED, CLASSIFY, ENCODED, found));
  }
}
