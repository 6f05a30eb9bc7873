package org.marginsoftmax.run;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.backbone.PixelScaling;
import org.marginsoftmax.keras.FineTuning;
import org.marginsoftmax.keras.KerasBackbone;
import org.marginsoftmax.keras.LayerRates;
import org.marginsoftmax.savedmodel.SavedModelFolder;
import org.marginsoftmax.savedmodel.Trust;

/**
 * What a run takes from Keras SavedModels.
 *
 * @param from folder of the model to fine-tune; null for none
 * @param signature null for {@code serving_default}
 * @param outputName output of the signature; null if only one is possible
 * @param layer inner layer whose output is used as the features; null for none
 * @param freeze none (the default), all, or a regular expression searched for in the names of
 *     variables
 * @param batchNorm frozen (the default) or train, which needs a model with a function for training
 * @param dropout whether dropout is active; false by default
 * @param learningRate of the model's own variables; null for the optimizer's
 * @param layerDecay learning rate of each layer of the model as a share of that of the layer above
 *     it; null for the same everywhere
 * @param unfreezeEvery number of steps after which one more layer is trained, from the last one
 *     down; null to train all from the start
 * @param initHead folder of a two-input Keras model whose class centers initialize the run's; null
 *     for none
 * @param initHeadVariable name of the kernel in that model; null for the only one of the right
 *     shape
 * @param inputValues values fed to inputs other than the images, by name
 * @param trust whether to skip the audit and the trial of the model
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
    Double layerDecay,
    Integer unfreezeEvery,
    String initHead,
    String initHeadVariable,
    Map<String, String> inputValues,
    boolean trust) {
  /**
   * Checks the options, whether there is a model or not. Input values may be null for none.
   *
   * @throws InvalidInputException if a value is missing or out of range
   */
  public KerasConfig {
    inputValues = inputValues == null ? Map.of() : inputValues;
    AllowedValues.require(
        inputValues.values().stream().noneMatch(Objects::isNull),
        "input value",
        "a value for each name",
        inputValues,
        "give one, as in `input-value` training=false");
    inputValues = Map.copyOf(inputValues);
    FineTuning.requirePattern(freeze);
    AllowedValues.of("batch norm", batchNorm, List.of("frozen", "train"));
    AllowedValues.require(
        learningRate == null || learningRate > 0 && learningRate <= 100,
        "backbone learning rate",
        "above 0, up to 100",
        learningRate,
        "freeze variables that shall not move");
    LayerRates.requireDecay(layerDecay == null ? 1 : layerDecay);
    AllowedValues.require(
        unfreezeEvery == null || unfreezeEvery >= 1,
        "unfreeze every",
        "a number of steps of at least 1",
        unfreezeEvery,
        "leave it out to train all layers from the start");
  }

  /** No Keras model. */
  public static KerasConfig none() {
    return of(null);
  }

  /** Fine-tunes all of a model by default, with batch norm frozen and dropout off. */
  public static KerasConfig of(String from) {
    return new KerasConfig(
        from, null, null, null, "none", "frozen", false, null, null, null, null, null, Map.of(),
        false);
  }

  /**
   * Creates the backbone.
   *
   * @param folder of the model: the run's own copy once there is one
   * @param embedding size of a new embedding layer; null for none
   * @param scaling of the pixels; null for what the graph shows
   * @param optimizerRate learning rate of everything else
   * @param tried whether the model was tried before, as the run's own copy was
   * @throws InvalidInputException if the model cannot be trained like this
   */
  KerasBackbone backbone(
      Path folder, Integer embedding, PixelScaling scaling, double optimizerRate, boolean tried) {
    SavedModelFolder model = SavedModelFolder.read(folder);
    (trust ? Trust.FULL : tried ? Trust.TRIED : Trust.NONE).admit(model, signature);
    return new KerasBackbone(
        model,
        new FineTuning(
            signature,
            outputName,
            layer,
            freeze,
            batchNorm.equals("train"),
            dropout,
            embedding,
            scaling,
            new LayerRates(
                learningRate == null ? 1 : learningRate / optimizerRate,
                layerDecay == null ? 1 : layerDecay,
                unfreezeEvery == null ? 0 : unfreezeEvery),
            inputValues));
  }
}
