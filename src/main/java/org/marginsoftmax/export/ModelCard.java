package org.marginsoftmax.export;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.data.ArrayShape;
import org.marginsoftmax.data.ElementSpec;
import org.marginsoftmax.data.ImageShape;
import org.marginsoftmax.eval.Verification;

/**
 * What a served model is, {@code assets.extra/model-card.json}.
 *
 * @param image shape of the images, as in 28x28x1; null of a model of arrays
 * @param array shape of the arrays, as in [128]; null of a model of images
 * @param embedding D, the size of the embedding
 * @param top k, how many classes {@code classify} ranks
 * @param scores how its scores are computed
 * @param preprocessing what the graph does to pixels; null of a model of arrays
 * @param classNames by label
 * @param originalClasses the data's own number of each label
 * @param calibration thresholds for "the same class"; null without enough samples
 * @param dataHash of the samples trained on, tested on and held out
 * @param configuration of the run
 * @param versions of what trained it and of what exported it
 */
public record ModelCard(
    @JsonInclude(JsonInclude.Include.NON_NULL) String image,
    @JsonInclude(JsonInclude.Include.NON_NULL) List<Integer> array,
    int embedding,
    int top,
    String scores,
    @JsonInclude(JsonInclude.Include.NON_NULL) Preprocessing preprocessing,
    List<String> classNames,
    List<Integer> originalClasses,
    Calibration calibration,
    String dataHash,
    JsonNode configuration,
    Map<String, Map<String, String>> versions) {

  /** What the model takes. */
  public ElementSpec element() {
    return image == null ? new ArrayShape(array) : ImageShape.parse(image);
  }

  /**
   * The cosine from which two embeddings are taken for one class.
   *
   * @param far share of impostor pairs that may be accepted, one of those that it was calibrated
   *     for
   * @throws InvalidInputException for another, or where nothing was calibrated
   */
  public double threshold(double far) {
    if (calibration == null || calibration.thresholds().isEmpty()) {
      throw new InvalidInputException(
          "far: expected a model with thresholds, found none in its card; export the run with its data there, two samples a class and more classes or samples");
    }
    return calibration.thresholds().stream()
        .filter(threshold -> threshold.targetFar() == far)
        .mapToDouble(Threshold::threshold)
        .findFirst()
        .orElseThrow(
            () ->
                new InvalidInputException(
                    "far: expected one of %s, which the model was calibrated for, found %s; choose one"
                        .formatted(
                            calibration.thresholds().stream()
                                .map(threshold -> Verification.written(threshold.targetFar()))
                                .toList(),
                            Verification.written(far))));
  }

  /**
   * What the graph does to pixels.
   *
   * @param factor pixels of 0..255 are multiplied by
   * @param offset then added
   * @param resize how encoded images come to the model's size
   * @param color how they come to its channels
   */
  public record Preprocessing(double factor, double offset, String resize, String color) {}

  /**
   * Thresholds of the cosine between two embeddings, from all pairs of some samples.
   *
   * @param samples of the run
   * @param trainedOn whether they were trained on, for want of samples held out: of new ones more
   *     impostor pairs reach the thresholds
   * @param genuinePairs of one class
   * @param impostorPairs of two classes
   * @param thresholds one for each FAR that so many impostor pairs can show, and that a cosine of
   *     at most 1 keeps
   */
  public record Calibration(
      int samples,
      boolean trainedOn,
      int genuinePairs,
      int impostorPairs,
      List<Threshold> thresholds) {}

  /**
   * Pairs with a cosine of at least the threshold are taken for one class.
   *
   * @param targetFar share of impostor pairs that may be accepted
   * @param threshold a cosine, -1 to 1
   * @param far share of impostor pairs accepted of those samples
   * @param tar share of genuine pairs accepted of them
   */
  public record Threshold(double targetFar, double threshold, double far, double tar) {
    /** Refuses what is no cosine. */
    public Threshold {
      Verification.checkThreshold(threshold);
    }
  }
}
