package org.marginsoftmax.cli;

import java.util.Map;
import picocli.CommandLine.Option;

/** What is fed to inputs of a SavedModel beside its images. */
final class InputValueOption {
  @Option(
      names = "--input-value",
      descriptionKey = "keras.input_values",
      paramLabel = "NAME=VALUE",
      description =
          "value for an input of the SavedModel beside the images, the same for all of them: a"
              + " number, true or false, as in training=false; repeatable")
  private Map<String, String> values;

  /** By the names of inputs; empty where none was given. */
  Map<String, String> all() {
    return values == null ? Map.of() : values;
  }
}
