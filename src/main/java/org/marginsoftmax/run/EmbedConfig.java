package org.marginsoftmax.run;

import java.nio.file.Path;
import java.util.Map;
import org.marginsoftmax.InvalidInputException;

/**
 * What to run through a model.
 *
 * @param model a SavedModel folder, or the folder of a run, whose model is meant
 * @param inputs NPY files by the names of the signature's inputs; under the empty name the only
 *     one; empty where data are named
 * @param data fashion-mnist or a folder of images or IDX files, of which the test samples are taken
 *     in their order; null where inputs are given
 * @param output NPY file to write
 * @param signature null for {@code serving_default}, or the only one
 * @param outputName null for the only output, or the only one of floats [N, D]; of a run, its
 *     embedding
 * @param batchSize rows at once, at least 1; as many as the model takes where it takes a fixed
 *     number
 * @param inputScale what pixels of data are multiplied by; null for 1 where the model takes
 *     integers or scales its input itself, else 1/255
 * @param inputOffset what is added then; null for 0
 * @param inputValues numbers, true or false for inputs that are the same for every row, by name
 * @param trust whether to run the model without audit and trial
 */
public record EmbedConfig(
    Path model,
    Map<String, Path> inputs,
    String data,
    Path output,
    String signature,
    String outputName,
    int batchSize,
    Double inputScale,
    Double inputOffset,
    Map<String, String> inputValues,
    boolean trust) {
  /**
   * @throws InvalidInputException for a combination that means nothing
   */
  public EmbedConfig {
    if (inputs.isEmpty() == (data == null)) {
      throw new InvalidInputException(
          "embed: expected `input` or `data`, found %s; give one of them"
              .formatted(data == null ? "neither" : "both"));
    }
    if (data == null && (inputScale != null || inputOffset != null)) {
      throw new InvalidInputException(
          "embed: expected `input-scale` and `input-offset` with `data`, found `input`; arrays are"
              + " taken as they are, scale them before");
    }
    if (batchSize < 1) {
      throw new InvalidInputException(
          "batch size: expected 1 or more, found " + batchSize + "; 128 is usual");
    }
  }
}
