package org.marginsoftmax.savedmodel;

import com.google.protobuf.ByteString;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.marginsoftmax.InvalidInputException;
import org.tensorflow.Tensor;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.TensorProto;
import org.tensorflow.proto.TensorShapeProto;

/**
 * Values for the inputs of a signature other than the images, such as a keep rate or whether the
 * model is in training: inputs with one given value, and inputs that have a default.
 *
 * @param signature that the inputs belong to
 * @param values by input name
 * @param defaults names of the inputs that use their default; empty if no other input would be left
 */
public record InputValues(
    SignatureSpec signature, Map<String, Numbers> values, Set<String> defaults) {
  /**
   * Parses values.
   *
   * @param texts numbers, or {@code true} and {@code false}, by input name
   * @throws InvalidInputException if there is no such input, its shape is not fixed, or the value
   *     is not valid for it
   */
  public static InputValues of(
      SavedModelFolder folder, SignatureSpec signature, Map<String, String> texts) {
    Map<String, Numbers> values = new LinkedHashMap<>();
    new TreeMap<>(texts)
        .forEach((name, text) -> values.put(name, value(folder, signature, name, text)));
    Set<String> withDefault =
        folder.metaGraph().getGraphDef().getNodeList().stream()
            .filter(node -> node.getOp().equals("PlaceholderWithDefault"))
            .map(node -> node.getName())
            .collect(Collectors.toSet());
    Set<String> defaults =
        signature.inputs().stream()
            .filter(input -> !values.containsKey(input.name()))
            .filter(input -> withDefault.contains(TensorName.parse(input.operand()).node()))
            .map(TensorSpec::name)
            .collect(Collectors.toSet());
    boolean others =
        signature.inputs().stream()
            .anyMatch(i -> !values.containsKey(i.name()) && !defaults.contains(i.name()));
    return new InputValues(signature, values, others ? defaults : Set.of());
  }

  private static Numbers value(
      SavedModelFolder folder, SignatureSpec signature, String name, String text) {
    TensorSpec input =
        signature.inputs().stream()
            .filter(i -> i.name().equals(name))
            .findFirst()
            .orElseThrow(
                () ->
                    InvalidModel.at(
                        folder.path(),
                        "one of the inputs "
                            + signature.inputs().stream()
                                .map(TensorSpec::toString)
                                .collect(Collectors.joining("; "))
                            + " to give a value to",
                        "'" + name + "'",
                        "name it as the signature does: `input-value` NAME=VALUE"));
    List<Long> sizes = input.shape() == null ? List.of() : input.shape();
    if (sizes.stream().anyMatch(size -> size < 0)) {
      throw InvalidModel.at(
          folder.path(),
          "an input of a fixed shape to give one value to",
          "input " + input,
          "give rows with `input` NAME=FILE.NPY to embed, or save the model without that input");
    }
    int[] shape = sizes.stream().mapToInt(Math::toIntExact).toArray();
    double[] all = new double[Arrays.stream(shape).reduce(1, Math::multiplyExact)];
    Arrays.fill(all, number(folder, input, text));
    Numbers numbers = new Numbers(shape, all);
    Tensors.of(folder.path(), input, numbers).close();
    return numbers;
  }

  private static double number(SavedModelFolder folder, TensorSpec input, String text) {
    try {
      if (input.type() == DataType.DT_BOOL && text.matches("true|false")) {
        return text.equals("true") ? 1 : 0;
      }
      return Double.parseDouble(text);
    } catch (NumberFormatException e) {
      throw InvalidModel.at(
          folder.path(),
          "a value for input " + input,
          "'" + text + "'",
          input.type() == DataType.DT_BOOL ? "say true or false" : "give a number");
    }
  }

  /** The signature reduced to the inputs that a caller still has to feed. */
  public SignatureSpec open() {
    return new SignatureSpec(
        signature.name(),
        signature.inputs().stream()
            .filter(i -> !values.containsKey(i.name()) && !defaults.contains(i.name()))
            .toList(),
        signature.outputs());
  }

  /**
   * Text for a message on how the inputs other than the images could be given values; empty if
   * there are fewer than two inputs.
   */
  public String wayOut(Collection<String> inputs) {
    String options =
        signature.inputs().stream()
            .filter(input -> inputs.contains(input.name()))
            .filter(
                input ->
                    input.shape() == null || input.shape().stream().allMatch(size -> size >= 0))
            .map(
                input ->
                    "`input-value` %s=%s"
                        .formatted(
                            input.name(), input.type() == DataType.DT_BOOL ? "false" : "VALUE"))
            .collect(Collectors.joining(" "));
    if (inputs.size() < 2) {
      return "";
    }
    return options.isEmpty()
        ? "an input with a value for each row cannot be fed in training, so save the model with a signature of the images alone, or "
        : "say what to feed beside the images with " + options + ", or ";
  }

  /** The values by the name of the main graph's node that they replace. */
  public Map<String, TensorProto> constants() {
    Map<String, TensorProto> constants = new LinkedHashMap<>();
    signature.inputs().stream()
        .filter(input -> values.containsKey(input.name()))
        .forEach(
            input ->
                constants.put(
                    TensorName.parse(input.operand()).node(),
                    constant(input, values.get(input.name()))));
    return constants;
  }

  private static TensorProto constant(TensorSpec input, Numbers value) {
    try (Tensor tensor = Tensors.of("input " + input.name(), input, value)) {
      byte[] content = new byte[Math.toIntExact(tensor.numBytes())];
      tensor.asRawTensor().data().read(content);
      TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
      for (int size : value.shape()) {
        shape.addDim(TensorShapeProto.Dim.newBuilder().setSize(size));
      }
      return TensorProto.newBuilder()
          .setDtype(input.type())
          .setTensorShape(shape)
          .setTensorContent(ByteString.copyFrom(content))
          .build();
    }
  }
}
