package org.marginsoftmax.run;

import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.backbone.PixelScaling;
import org.marginsoftmax.keras.KerasBackbone;
import org.marginsoftmax.keras.KerasHead;
import org.marginsoftmax.savedmodel.Audit;
import org.marginsoftmax.savedmodel.SavedModelFolder;
import org.marginsoftmax.savedmodel.SignatureSpec;
import org.marginsoftmax.savedmodel.Trial;
import org.marginsoftmax.train.Network;

/**
 * What a run takes from Keras models: its backbone, what that wants images to be, first centres.
 */
final class FromKeras {
  private FromKeras() {}

  /**
   * The configuration with what the model says of its input: size and colour of images of a folder
   * where they were left open, and the scaling of the pixels.
   *
   * @throws InvalidInputException if the model is none that can be trained so
   */
  static TrainConfig input(TrainConfig config, RunFolder folder) {
    KerasConfig keras = config.keras();
    if (keras.initHead() == null && keras.initHeadVariable() != null) {
      throw new InvalidInputException(
          "init head variable: expected a model to find it in, found none for '%s'; name its folder with --init-head"
              .formatted(keras.initHeadVariable()));
    }
    if (keras.from() == null) {
      refuseWithout(keras);
      return config;
    }
    if (!config.backbone().name().equals(BackboneConfig.KERAS)) {
      throw new InvalidInputException(
          "backbone: expected that of the Keras model, found '%s' besides; leave --backbone or --from-keras out"
              .formatted(config.backbone().name()));
    }
    // The run's own copy was tried before it was taken.
    if (!keras.trust() && !folder.keepsKeras()) {
      SavedModelFolder model = SavedModelFolder.read(folder.savedModel(keras));
      Audit.require(model);
      Trial.require(model, SignatureSpec.of(model, keras.signature()).name());
    }
    KerasBackbone backbone = backbone(config, folder);
    backbone.checkFeatures();
    return config
        .withData(config.data().fitting(backbone.input().shape()))
        .withKeras(keras.withScaling(backbone.pixels()));
  }

  /**
   * The configuration with what the first head's layer is named to have, where nothing was asked.
   */
  static TrainConfig head(TrainConfig config, RunFolder folder, int classes) {
    if (config.keras().initHead() == null) {
      return config;
    }
    KerasHead first = firstHead(config.keras(), folder, classes);
    HeadConfig head = config.head();
    if (!head.options().containsKey("margin") && first.margin().isPresent()) {
      head = head.withMargin(first.margin().getAsDouble());
    }
    if (!head.options().containsKey("scale") && first.scale().isPresent()) {
      head = head.with("scale", first.scale().getAsDouble());
    }
    return config.withHead(head);
  }

  /** The network with the class centres that a run begins with. */
  static Network withFirstCenters(Network network, KerasConfig keras, RunFolder folder) {
    if (keras.initHead() == null) {
      return network;
    }
    KerasHead first = firstHead(keras, folder, network.classes());
    int dimension = network.dimension();
    if (first.dimension() != dimension || network.head().subcenters() != 1) {
      throw new InvalidInputException(
          "init head: expected class centres of size %d, one a class, found %s of size %d for %d a class; choose features that fit, or leave --init-head out"
              .formatted(
                  dimension, first.variable(), first.dimension(), network.head().subcenters()));
    }
    return network.withCenters(first.centers());
  }

  static KerasBackbone backbone(TrainConfig config, RunFolder folder) {
    return config
        .keras()
        .backbone(
            folder.savedModel(config.keras()),
            config.backbone().embedding(),
            config.optimizer().learningRate());
  }

  /** Says what the model takes and what of it is trained. */
  static void say(TrainConfig config, Network network, PrintStream progress) {
    if (!(network.backbone() instanceof KerasBackbone backbone)) {
      return;
    }
    PixelScaling scaling = backbone.pixels();
    progress.printf(
        Locale.ROOT,
        "from %s: input %s, pixels in %s; pixels of 0..255 times %.6g plus %.6g; features of size %d; %s%n",
        config.keras().from(),
        backbone.input(),
        backbone.input().range(),
        scaling.factor(),
        scaling.offset(),
        network.dimension(),
        backbone.trained());
    backbone.warnings().forEach(warning -> progress.println("warning: " + warning));
  }

  private static KerasHead firstHead(KerasConfig keras, RunFolder folder, int classes) {
    return KerasHead.of(
        SavedModelFolder.read(folder.firstHead(keras)), keras.initHeadVariable(), classes);
  }

  /** Options of a model without a model are a mistake. */
  private static void refuseWithout(KerasConfig keras) {
    KerasConfig none = KerasConfig.none();
    List<?> given =
        Stream.of(
                keras.signature(),
                keras.outputName(),
                keras.layer(),
                keras.learningRate(),
                keras.inputScale(),
                keras.inputOffset(),
                keras.freeze().equals(none.freeze()) ? null : "freeze " + keras.freeze(),
                keras.batchNorm().equals(none.batchNorm()) ? null : keras.batchNorm(),
                keras.inputValues().isEmpty() ? null : keras.inputValues(),
                keras.dropout() ? "dropout" : null)
            .filter(value -> value != null)
            .toList();
    if (!given.isEmpty()) {
      throw new InvalidInputException(
          "fine-tuning: expected a Keras model, found none for %s; name its folder with --from-keras"
              .formatted(given));
    }
  }
}
