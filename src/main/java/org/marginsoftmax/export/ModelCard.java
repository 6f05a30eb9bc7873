package org.marginsoftmax.export;

import static com.fasterxml.jackson.annotation.JsonFormat.Feature.ACCEPT_SINGLE_VALUE_AS_ARRAY;
import static com.fasterxml.jackson.annotation.JsonFormat.Feature.WRITE_SINGLE_ELEM_ARRAYS_UNWRAPPED;

import com.fasterxml.jackson.annotation.JsonFormat;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.data.ArrayShape;
import org.marginsoftmax.data.ElementSpec;
import org.marginsoftmax.data.ImageShape;
import org.marginsoftmax.eval.Verification;
import org.marginsoftmax.image.ImageFit;
import org.marginsoftmax.image.ImageForm;

/**
 * The description of a served model, {@code assets.extra/model-card.json}.
 *
 * @param image shape of the images, as in 28x28x1; null for a model of arrays
 * @param array shape of the arrays, as in [128]; null for a model of images
 * @param embedding D, the size of the embedding
 * @param top k, the number of classes that {@code classify} ranks
 * @param scores how the scores are computed
 * @param preprocessing what the graph does to pixels; null for a model of arrays
 * @param classNames by label
 * @param originalClasses the number that each label's class has in the data
 * @param calibration thresholds for deciding whether two samples are of the same class; null if
 *     there were too few samples
 * @param dataHash of the training, test and validation samples
 * @param configuration of the run
 * @param versions of the software that trained it and that exported it
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

  /** Type and shape of the samples that the model takes. */
  public ElementSpec element() {
    return image == null ? new ArrayShape(array) : ImageShape.parse(image);
  }

  /**
   * How images become the pixels that the model takes.
   *
   * @throws IllegalStateException if the model takes arrays
   */
  public ImageForm form() {
    if (!(element() instanceof ImageShape shape)) {
      throw new IllegalStateException("no images");
    }
    String fit = preprocessing == null ? null : preprocessing.fit();
    return new ImageForm(shape, fit == null ? ImageFit.STRETCH : ImageFit.parse(fit));
  }

  /**
   * The cosine at or above which two embeddings are taken to be of the same class.
   *
   * @param far share of impostor pairs that may be accepted; one of those calibrated for
   * @throws InvalidInputException if there is no threshold for this FAR
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
   * @param order rgb or bgr, in which the backbone takes colours; null in models of older versions,
   *     which take rgb. The pixels that the model is given are in rgb whatever this is
   * @param factor applied to pixels of 0..255, one for all channels or one for each in that order
   * @param offset added afterwards, one for all channels or one for each
   * @param fit stretch, pad or crop, as {@link ImageFit} writes it; null in models of older
   *     versions, which stretch
   * @param resize how encoded images are brought to the model's size, in words
   * @param color how encoded images are brought to the model's channels
   * @param encoded which kinds of files the signature {@code encoded} takes, and which not, in
   *     words; null in models of older versions
   */
  public record Preprocessing(
      String order,
      @JsonFormat(with = {ACCEPT_SINGLE_VALUE_AS_ARRAY, WRITE_SINGLE_ELEM_ARRAYS_UNWRAPPED})
          List<Double> factor,
      @JsonFormat(with = {ACCEPT_SINGLE_VALUE_AS_ARRAY, WRITE_SINGLE_ELEM_ARRAYS_UNWRAPPED})
          List<Double> offset,
      String fit,
      String resize,
      String color,
      String encoded) {}

  /**
   * Cosine thresholds for verification, calibrated on all pairs of a set of samples.
   *
   * @param samples of the run, their number
   * @param trainedOn whether they are training samples, because too few were held out; more
   *     impostor pairs of new samples will then pass the thresholds
   * @param genuinePairs number of pairs of the same class
   * @param impostorPairs number of pairs of different classes
   * @param thresholds one for each FAR that this many impostor pairs can measure, if a cosine of at
   *     most 1 meets it and accepts any genuine pair
   */
  public record Calibration(
      int samples,
      boolean trainedOn,
      int genuinePairs,
      int impostorPairs,
      List<Threshold> thresholds) {}

  /**
   * A threshold: pairs with at least this cosine are taken to be of the same class.
   *
   * @param targetFar share of impostor pairs that may be accepted
   * @param threshold a cosine, -1 to 1
   * @param far share of the calibration's impostor pairs accepted
   * @param tar share of the calibration's genuine pairs accepted
   */
  public record Threshold(double targetFar, double threshold, double far, double tar) {
    /**
     * @throws org.marginsoftmax.InvalidInputException if the threshold is not a cosine
     */
    public Threshold {
      Verification.checkThreshold(threshold);
    }
  }
}
