package org.marginsoftmax.savedmodel;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.marginsoftmax.InvalidInputException;
import org.tensorflow.proto.SignatureDef;
import org.tensorflow.proto.TensorInfo;

/**
 * A signature: a function of a model that users call by name.
 *
 * @param name usually {@code serving_default}
 * @param inputs in the order of their names
 * @param outputs in the order of their names
 */
public record SignatureSpec(String name, List<TensorSpec> inputs, List<TensorSpec> outputs) {
  /** Name of the signature that TensorFlow Serving and other callers use if none is named. */
  public static final String DEFAULT = "serving_default";

  private static final String NONE =
      "save it from Python with one: tf.saved_model.save(model, \"DIR\", signatures="
          + "tf.function(model).get_concrete_function(tf.TensorSpec([None, 28, 28, 1], tf.float32)))"
          + ", with the shape of its images";

  /** The signatures of a folder: the default first, the others by name. */
  public static List<SignatureSpec> all(SavedModelFolder folder) {
    return folder.metaGraph().getSignatureDefMap().entrySet().stream()
        .filter(e -> EntryPoints.isSignature(e.getKey()))
        .map(e -> of(e.getKey(), e.getValue()))
        .sorted(
            Comparator.comparing((SignatureSpec s) -> !s.name.equals(DEFAULT))
                .thenComparing(SignatureSpec::name))
        .toList();
  }

  /**
   * Finds a signature of a folder.
   *
   * @param name null for {@link #DEFAULT}, or else the only one
   * @throws InvalidInputException that lists the signatures if there is no such one
   */
  public static SignatureSpec of(SavedModelFolder folder, String name) {
    List<SignatureSpec> all = all(folder);
    if (name == null && all.size() == 1) {
      return all.get(0);
    }
    String wanted = name == null ? DEFAULT : name;
    return all.stream()
        .filter(s -> s.name.equals(wanted))
        .findFirst()
        .orElseThrow(
            () ->
                InvalidModel.at(
                    folder.path(),
                    "a signature " + wanted,
                    all.isEmpty() ? "none at all" : "only " + names(all),
                    all.isEmpty() ? NONE : "choose one with `signature`"));
  }

  private static String names(List<SignatureSpec> signatures) {
    return String.join(", ", signatures.stream().map(SignatureSpec::name).toList());
  }

  private static SignatureSpec of(String name, SignatureDef definition) {
    return new SignatureSpec(
        name, tensors(definition.getInputsMap()), tensors(definition.getOutputsMap()));
  }

  private static List<TensorSpec> tensors(Map<String, TensorInfo> tensors) {
    return tensors.entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .map(e -> TensorSpec.of(e.getKey(), e.getValue()))
        .toList();
  }
}
