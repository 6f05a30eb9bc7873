package org.marginsoftmax.keras;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.protobuf.UnknownFieldSet;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.layer.Initializer;
import org.marginsoftmax.savedmodel.CheckpointTensors;
import org.marginsoftmax.savedmodel.ModelVariable;
import org.marginsoftmax.savedmodel.ModelVariables;
import org.marginsoftmax.savedmodel.SavedModelFolder;
import org.tensorflow.Output;
import org.tensorflow.proto.DataType;
import org.tensorflow.types.TFloat32;

/**
 * The head of a Keras model that takes features and labels: its class centers, and the scale and
 * margin of its layer if the model records them.
 *
 * @param variable name of the kernel, which is [D, C] in Keras
 * @param dimension D
 * @param centers the columns of the kernel as rows, [C, D]
 * @param scale s from the layer's configuration; empty for Keras 3 exports, which have none
 * @param margin m from the layer's configuration; empty for Keras 3 exports, which have none
 */
public record KerasHead(
    String variable,
    long dimension,
    Initializer centers,
    OptionalDouble scale,
    OptionalDouble margin) {
  private static final List<String> SCALES = List.of("scale", "s");
  private static final List<String> MARGINS = List.of("margin", "m");

  /** Field of Keras' metadata file that holds its objects, and of those the configuration. */
  private static final int NODES = 1;

  private static final int METADATA = 5;

  /**
   * Finds the head in a model.
   *
   * @param name of its kernel; null for the only trainable variable of shape [D, C]
   * @param classes C
   * @throws InvalidInputException if there is no such variable, or more than one
   */
  public static KerasHead of(SavedModelFolder folder, String name, int classes) {
    List<ModelVariable> all = ModelVariables.of(folder).ofSignatures();
    List<ModelVariable> fitting =
        all.stream()
            .filter(v -> v.type() == DataType.DT_FLOAT && v.trainable())
            .filter(v -> v.shape().numDimensions() == 2 && v.shape().get(1) == classes)
            .filter(v -> name == null || v.name().equals(name) || v.handle().equals(name))
            .toList();
    if (fitting.stream().map(ModelVariable::name).distinct().count() != 1) {
      throw new InvalidInputException(
          "init head: expected one variable of shape [D, %d] in %s, found %s; name one with `init-head-variable`"
              .formatted(
                  classes,
                  folder.path(),
                  fitting.isEmpty()
                      ? "none among " + all.stream().map(v -> v.name() + v.shape()).toList()
                      : fitting.stream().map(ModelVariable::name).toList()));
    }
    ModelVariable kernel = fitting.get(0);
    Optional<JsonNode> layer = layer(folder.path(), kernel.name());
    return new KerasHead(
        kernel.name(),
        kernel.shape().get(0),
        centers(folder, kernel),
        value(layer, SCALES),
        value(layer, MARGINS));
  }

  private static Initializer centers(SavedModelFolder folder, ModelVariable kernel) {
    return (tf, shape, seed, name) -> {
      Output<?> saved =
          CheckpointTensors.restore(tf, folder.variables(), List.of(kernel.saved())).get(0);
      return tf.linalg.transpose(saved.expect(TFloat32.class), tf.constant(new int[] {1, 0}));
    };
  }

  /** The configuration of the layer that a variable belongs to, which Keras 2 writes. */
  private static Optional<JsonNode> layer(Path folder, String variable) {
    Path file = folder.resolve("keras_metadata.pb");
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    String layer = variable.substring(0, Math.max(0, variable.lastIndexOf('/')));
    ObjectMapper json = new ObjectMapper();
    try {
      for (var node :
          UnknownFieldSet.parseFrom(Files.readAllBytes(file))
              .getField(NODES)
              .getLengthDelimitedList()) {
        for (var metadata :
            UnknownFieldSet.parseFrom(node).getField(METADATA).getLengthDelimitedList()) {
          JsonNode object = json.readTree(metadata.toByteArray());
          if (object.path("name").asText().equals(layer)) {
            return Optional.of(object.path("config"));
          }
        }
      }
      return Optional.empty();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static OptionalDouble value(Optional<JsonNode> layer, List<String> names) {
    return names.stream()
        .map(name -> layer.map(config -> config.path(name)))
        .flatMap(Optional::stream)
        .filter(JsonNode::isNumber)
        .mapToDouble(JsonNode::asDouble)
        .findFirst();
  }
}
