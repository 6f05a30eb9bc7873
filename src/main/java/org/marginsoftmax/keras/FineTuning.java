package org.marginsoftmax.keras;

import java.util.Map;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.backbone.PixelScaling;

/**
 * What of a Keras model is trained further, and how.
 *
 * @param signature whose output makes the features; null for {@code serving_default}
 * @param output of the signature; null for the only one, or the only float one of rank 2
 * @param layer an inner layer, or operation, whose output makes the features instead; null for none
 * @param freeze {@code none}, {@code all}, or a regular expression found in the names of the
 *     variables that keep their values
 * @param batchNorm whether batch norm uses and moves the statistics of the batch; else it keeps its
 *     own. Needs a model with a function for training
 * @param dropout whether dropout draws. Needs a model with a function for training
 * @param embedding size of a new embedding layer above the features; null for none
 * @param scaling of the pixels; null for what the model shows, or 1/255 where it shows nothing
 * @param rate share of the learning rate at which the model's own variables move, above 0
 * @param inputValues numbers, true or false, for inputs beside the images, by their names
 */
public record FineTuning(
    String signature,
    String output,
    String layer,
    String freeze,
    boolean batchNorm,
    boolean dropout,
    Integer embedding,
    PixelScaling scaling,
    double rate,
    Map<String, String> inputValues) {
  /** All of the model but for batch norm's statistics, features as {@code serving_default} has. */
  public static FineTuning usual() {
    return new FineTuning(null, null, null, "none", false, false, null, null, 1, Map.of());
  }

  /** This fine-tuning with values for inputs beside the images, by their names. */
  public FineTuning withInputValues(Map<String, String> values) {
    return new FineTuning(
        signature, output, layer, freeze, batchNorm, dropout, embedding, scaling, rate, values);
  }

  /**
   * @throws InvalidInputException if a value is out of range
   */
  public FineTuning {
    inputValues = Map.copyOf(inputValues);
    if (embedding != null && (embedding < 2 || embedding > 4096)) {
      throw new InvalidInputException(
          "embedding: expected a size in 2..4096, found " + embedding + "; 128 suits most sets");
    }
    if (!(rate > 0 && rate <= 1e6)) {
      throw new InvalidInputException(
          "backbone learning rate: expected a rate above 0, found a share of "
              + rate
              + " of the learning rate; freeze variables that shall not move");
    }
    try {
      Pattern.compile(freeze);
    } catch (PatternSyntaxException e) {
      throw new InvalidInputException(
          "freeze: expected none, all or a regular expression, found '"
              + freeze
              + "'; conv2d.* freezes variables with conv2d in their names");
    }
  }

  /** Whether a variable keeps its value. */
  boolean frozen(String variable) {
    return switch (freeze) {
      case "none" -> false;
      case "all" -> true;
      default -> Pattern.compile(freeze).matcher(variable).find();
    };
  }

  /** Whether the model's function for training is needed. */
  boolean training() {
    return batchNorm || dropout;
  }
}
