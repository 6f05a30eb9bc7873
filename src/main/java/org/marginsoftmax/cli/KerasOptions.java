package org.marginsoftmax.cli;

import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What is taken from Keras models. */
final class KerasOptions {
  @Option(
      names = "--from-keras",
      descriptionKey = "keras.from",
      paramLabel = "DIR",
      description = "fine-tune a Keras SavedModel, as the backbone")
  private String from;

  @Option(
      names = "--signature",
      descriptionKey = "keras.signature",
      paramLabel = "NAME",
      description = "signature of the Keras model; default serving_default")
  private String signature;

  @Option(
      names = "--output-name",
      descriptionKey = "keras.output_name",
      paramLabel = "NAME",
      description = "output of the signature with the features; default the only one")
  private String outputName;

  @Option(
      names = "--layer",
      descriptionKey = "keras.layer",
      paramLabel = "NAME",
      description = "take the features from this inner layer of the Keras model instead")
  private String layer;

  @Option(
      names = "--freeze",
      descriptionKey = "keras.freeze",
      paramLabel = "WHICH",
      description =
          "variables that are not trained: none (default), all, or a regular expression that"
              + " matches any part of their names")
  private String freeze;

  @Option(
      names = "--batch-norm",
      descriptionKey = "keras.batch_norm",
      paramLabel = "MODE",
      description =
          "mode of the Keras model's batch norm: frozen (default), or train if the model has a"
              + " function for training")
  private String batchNorm;

  @Option(
      names = "--dropout",
      descriptionKey = "keras.dropout",
      description = "enable the Keras model's dropout, if the model has a function for training")
  private Boolean dropout;

  @Option(
      names = "--backbone-lr",
      descriptionKey = "keras.learning_rate",
      paramLabel = "RATE",
      description = "learning rate of the Keras model's own variables; default --lr")
  private Double learningRate;

  @Option(
      names = "--layer-decay",
      descriptionKey = "keras.layer_decay",
      paramLabel = "SHARE",
      description =
          "learning rate of each layer of the Keras model as a share of that of the layer above it,"
              + " above 0, up to 1; default 1")
  private Double layerDecay;

  @Option(
      names = "--unfreeze-every",
      descriptionKey = "keras.unfreeze_every",
      paramLabel = "STEPS",
      description =
          "train the Keras model's last layer first, and one more every so many steps; default all"
              + " from the start")
  private Integer unfreezeEvery;

  @Option(
      names = "--init-head",
      descriptionKey = "keras.init_head",
      paramLabel = "DIR",
      description =
          "start from the class centres of a two-input Keras model, and from its scale and"
              + " margin if it names them")
  private String initHead;

  @Option(
      names = "--init-head-variable",
      descriptionKey = "keras.init_head_variable",
      paramLabel = "NAME",
      description = "that model's kernel [D, C]; default its only variable of that shape")
  private String initHeadVariable;

  @Mixin private InputValueOption inputValues = new InputValueOption();

  @Option(
      names = "--trust",
      descriptionKey = "keras.trust",
      description = "run a Keras model even if its operations do more than compute")
  private Boolean trust;
}
