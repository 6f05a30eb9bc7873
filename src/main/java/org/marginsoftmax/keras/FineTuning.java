package org.marginsoftmax.keras;

import java.util.Map;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.backbone.PixelScaling;
import org.marginsoftmax.savedmodel.ModelVariable;

/**
 * Which part of a Keras model is fine-tuned, and how.
 *
 * @param signature whose output is used as the features; null for {@code serving_default}
 * @param output of the signature; null for the only one, or else the only float output of rank 2
 * @param layer an inner layer or operation whose output is used as the features instead; null for
 *     none
 * @param freeze {@code none}, {@code all}, or a regular expression searched for in the names of
 *     variables; those that match keep their values
 * @param batchNorm whether batch norm uses the statistics of the batch and updates its moving
 *     averages; otherwise it keeps its own. Needs a model with a function for training
 * @param dropout whether dropout is active. Needs a model with a function for training
 * @param embedding size of a new embedding layer on top of the features, 2..4096; null for none
 * @param scaling of the pixels; null for what the model's graph shows, or 1/255 if it shows nothing
 * @param rates of the model's own variables
 * @param inputValues numbers, true or false for inputs other than the images, by name
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
    LayerRates rates,
    Map<String, String> inputValues) {
  /**
   * The default: fine-tunes all of the model, with batch norm frozen and dropout off; the features
   * are the output of {@code serving_default}.
   */
  public static FineTuning usual() {
    return new FineTuning(
        null, null, null, "none", false, false, null, null, LayerRates.SAME, Map.of());
  }

  /** A copy with values for inputs other than the images, by name. */
  public FineTuning withInputValues(Map<String, String> values) {
    return new FineTuning(
        signature, output, layer, freeze, batchNorm, dropout, embedding, scaling, rates, values);
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
    requirePattern(freeze);
  }

  /**
   * Requires {@code none}, {@code all}, or a regular expression.
   *
   * @throws InvalidInputException if it is none of these
   */
  public static void requirePattern(String freeze) {
    try {
      // One that is empty is in every name.
      Pattern.compile(freeze == null || freeze.isEmpty() ? "(" : freeze);
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

  /** Whether a variable of the model is trained: Keras trains it, and it is not frozen. */
  boolean trains(ModelVariable variable) {
    return variable.trainable() && !frozen(variable.name());
  }

  /** Whether the model's function for training is needed. */
  boolean training() {
    return batchNorm || dropout;
  }
}
