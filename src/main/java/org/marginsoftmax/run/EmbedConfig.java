package org.marginsoftmax.run;

import java.nio.file.Path;
import java.util.Map;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.image.ImageFit;

/**
 * What to run through a model.
 *
 * @param model a SavedModel folder, or the folder of a run, for the model in it
 * @param inputs NPY files by input name of the signature; an empty name stands for its only input;
 *     empty if {@code data} is given
 * @param data fashion-mnist, a folder of images or IDX files, or arrays, whose test samples are run
 *     in order; of a folder of images without class folders, all are run; null if {@code inputs}
 *     are given
 * @param output NPY file to write; with {@code data} also NPZ, which holds the labels too
 * @param signature null for {@code serving_default}, or else the only one
 * @param outputName null for the only output, or else the only float output [N, D]; for a run, its
 *     embedding
 * @param batchSize rows per batch, at least 1; a model with a fixed batch size overrides it
 * @param imageFit what happens to images of other proportions than the model's; null for what a run
 *     or an exported model keeps, else stretched
 * @param input what becomes of pixels; usual for what the model's graph shows
 * @param inputValues numbers, true or false for inputs with one value for all rows, by name
 * @param trust whether to skip the audit and the trial of the model
 */
public record EmbedConfig(
    Path model,
    Map<String, Path> inputs,
    String data,
    Path output,
    String signature,
    String outputName,
    int batchSize,
    String imageFit,
    InputConfig input,
    Map<String, String> inputValues,
    boolean trust) {
  /**
   * @throws InvalidInputException if not exactly one of inputs and data is given, if arrays are to
   *     be scaled, if there is no such fit, or if the batch size is below 1
   */
  public EmbedConfig {
    if (inputs.isEmpty() == (data == null)) {
      throw new InvalidInputException(
          "embed: expected `input` or `data`, found %s; give one of them"
              .formatted(data == null ? "neither" : "both"));
    }
    if (imageFit != null) {
      ImageFit.parse(imageFit);
    }
    if (data == null && !input.equals(InputConfig.usual())) {
      throw new InvalidInputException(
          "embed: expected `pixels`, `input-scale`, `input-offset` and `channel-order` with `data`,"
              + " found `input`; arrays are taken as they are, scale them before");
    }
    if (batchSize < 1) {
      throw new InvalidInputException(
          "batch size: expected 1 or more, found " + batchSize + "; 128 is usual");
    }
  }
}
