package org.marginsoftmax.run;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.backbone.PixelScaling;
import org.marginsoftmax.data.ImageShape;
import org.marginsoftmax.data.Samples;
import org.marginsoftmax.gallery.NamedEmbedding;
import org.marginsoftmax.image.ImageFit;
import org.marginsoftmax.keras.FineTuning;
import org.marginsoftmax.keras.KerasBackbone;
import org.marginsoftmax.keras.LayerRates;
import org.marginsoftmax.savedmodel.SavedModelFolder;
import org.marginsoftmax.savedmodel.SignatureSpec;
import org.marginsoftmax.savedmodel.TensorSpec;
import org.marginsoftmax.source.ImageData;
import org.marginsoftmax.source.ImageFolder;
import org.tensorflow.proto.DataType;

/** Samples for a model from any source: which ones, and how their pixels are scaled. */
final class SamplesForModel {
  private SamplesForModel() {}

  /**
   * The test samples of the data, or all images of a folder without class folders.
   *
   * @param fit of images of other proportions than the model's
   */
  static Samples every(String source, ImageFit fit, SignatureSpec signature, PrintStream progress) {
    DataConfig data =
        data(DataConfig.fashionMnist().withSource(source), signature)
            .withImageFit(fit)
            .withAnyUnreadable();
    Path folder = Path.of(source);
    boolean unsorted = !source.equals(DataConfig.FASHION_MNIST) && ImageFolder.isUnsorted(folder);
    if (!unsorted && TrainingData.hasTraining(data)) {
      progress.printf(
          "of %s the samples to test on are embedded, those of its other parts are not%n", source);
    }
    return fitting(
        some(
            unsorted
                ? ImageData.readTest(
                    ImageFolder.openUnsorted(folder, progress::println),
                    TrainingData.images(data, 1),
                    null,
                    progress::println)
                : TrainingData.test(data, null, 1, null, progress),
            source),
        signature,
        source);
  }

  /** A data configuration that reads images in the size and colours that the model takes. */
  static DataConfig data(DataConfig data, SignatureSpec signature) {
    List<TensorSpec> inputs = signature.inputs();
    if (inputs.size() != 1) {
      throw new InvalidInputException(
          "data: expected a model of one input, found %s; say what to feed beside the images with `input-value` NAME=VALUE, or give arrays with `input` NAME=FILE.NPY"
              .formatted(inputs.stream().map(TensorSpec::toString).toList()));
    }
    return data.fitting(inputs.get(0).shape());
  }

  /**
   * Requires samples of the rank that a model takes.
   *
   * @throws InvalidInputException if they are images for a model of arrays, or the reverse
   */
  static Samples fitting(Samples samples, SignatureSpec signature, String source) {
    TensorSpec input = signature.inputs().get(0);
    int rank = samples.element().sizes().size();
    boolean grey = samples.element() instanceof ImageShape image && image.channels() == 1;
    if (input.shape() != null
        && input.shape().size() != rank + 1
        && !(grey && input.shape().size() == 3)) {
      throw new InvalidInputException(
          "data: expected samples for the model's input %s, found %s in %s; give samples of that kind"
              .formatted(
                  input,
                  (samples.element() instanceof ImageShape ? "images of " : "") + samples.element(),
                  source));
    }
    return samples;
  }

  /**
   * Requires test samples.
   *
   * @throws InvalidInputException if there are none
   */
  static Samples some(Samples samples, String source) {
    if (samples.size() == 0) {
      throw new InvalidInputException(
          "data: expected test samples, found none in %s; add some".formatted(source));
    }
    return samples;
  }

  /**
   * Names of the samples, as their source calls them.
   *
   * @throws InvalidInputException for a name that cannot be written to a line of its own
   */
  static List<String> names(Samples samples) {
    List<String> names = IntStream.range(0, samples.size()).mapToObj(samples::name).toList();
    names.forEach(NamedEmbedding::requireName);
    return names;
  }

  /** The scaling of pixels 0..255: the one asked for, else the one that the model's graph shows. */
  static PixelScaling scaling(
      EmbedConfig config, SavedModelFolder folder, SignatureSpec signature, String output) {
    PixelScaling asked = config.input().asked();
    return asked == null
        ? config.input().over(scaling(folder, signature, output, config.inputValues()))
        : asked;
  }

  /** The scaling of pixels 0..255 that the model's graph shows. */
  static PixelScaling scaling(
      SavedModelFolder folder,
      SignatureSpec signature,
      String output,
      Map<String, String> inputValues) {
    FineTuning usual = FineTuning.usual();
    KerasBackbone backbone;
    try {
      backbone =
          new KerasBackbone(
              folder,
              new FineTuning(
                  signature.name(),
                  output,
                  null,
                  "all",
                  usual.batchNorm(),
                  usual.dropout(),
                  null,
                  null,
                  LayerRates.SAME,
                  inputValues));
    } catch (InvalidInputException e) {
      // A graph that cannot be followed shows nothing of its input but the type.
      return signature.inputs().stream().allMatch(input -> input.type() == DataType.DT_FLOAT)
          ? PixelScaling.UNIT
          : PixelScaling.RAW;
    }
    return backbone.pixels();
  }
}
