package org.marginsoftmax.run;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.backbone.PixelScaling;
import org.marginsoftmax.keras.FineTuning;
import org.marginsoftmax.keras.KerasBackbone;
import org.marginsoftmax.savedmodel.SavedModelFolder;
import org.marginsoftmax.savedmodel.Trust;

/**
 * What of a Keras SavedModel a run is made from.
 *
 * @param from folder of the model that is trained further; null for none
 * @param signature null for {@code serving_default}
 * @param outputName output of the signature; null for the only one that can be meant
 * @param layer inner layer whose output makes the features; null for none
 * @param freeze none, all, or a regular expression found in the names of variables; none
 * @param batchNorm frozen, or train where the model has a function for training; frozen
 * @param dropout whether dropout draws; false
 * @param learningRate of the model's own variables; null for that of the optimizer
 * @param inputScale what pixels of 0..255 are multiplied by; null for what the model shows
 * @param inputOffset what is added then; 0
 * @param initHead folder of a two-input Keras model whose class centers are the first ones; null
 * @param initHeadVariable name of its kernel; null for the only one of the right shape
 * @param inputValues what is fed to inputs beside the images, by their names
 * @param trust whether operations beyond pure computation are let in
 */
public record KerasConfig(
    String from,
    String signature,
    String outputName,
    String layer,
    String freeze,
    String batchNorm,
    boolean dropout,
    Double learningRate,
    Double inputScale,
    Double inputOffset,
    String initHead,
    String initHeadVariable,
    Map<String, String> inputValues,
    boolean trust) {
  /** Runs of older versions have no values. */
  public KerasConfig {
    inputValues = inputValues == null ? Map.of() : Map.copyOf(inputValues);
  }

  /** Nothing of Keras. */
  public static KerasConfig none() {
    return of(null);
  }

  /** A model to be trained further as is usual: all of it, but for batch norm and dropout. */
  public static KerasConfig of(String from) {
    return new KerasConfig(
        from, null, null, null, "none", "frozen", false, null, null, null, null, null, Map.of(),
        false);
  }

  /**
   * The backbone.
   *
   * @param folder of the model, the run's own copy of it once there is one
   * @param embedding size of a new embedding layer; null for none
   * @param optimizerRate learning rate of everything else
   * @param tried whether the model was tried before, as the run's own copy was
   * @throws InvalidInputException if the model is none that can be trained so
   */
  KerasBackbone backbone(Path folder, Integer embedding, double optimizerRate, boolean tried) {
    SavedModelFolder model = SavedModelFolder.read(folder);
    (trust ? Trust.FULL : tried ? Trust.TRIED : Trust.NONE).admit(model, signature);
    return new KerasBackbone(
        model,
        new FineTuning(
            signature,
            outputName,
            layer,
            freeze,
            AllowedValues.of("batch norm", batchNorm, List.of("frozen", "train")).equals("train"),
            dropout,
            embedding,
            scaling(inputScale, inputOffset),
            learningRate == null ? 1 : learningRate / optimizerRate,
            inputValues));
  }

  /** What was asked for; null for nothing. One given alone leaves the other without effect. */
  static PixelScaling scaling(Double scale, Double offset) {
    if (scale == null && offset == null) {
      return null;
    }
    return new PixelScaling(scale == null ? 1 : scale, offset == null ? 0 : offset);
  }
}
