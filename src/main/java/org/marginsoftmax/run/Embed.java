package org.marginsoftmax.run;

import com.fasterxml.jackson.annotation.JsonFormat;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.marginsoftmax.AtomicFile;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.backbone.PixelScaling;
import org.marginsoftmax.data.ImageShape;
import org.marginsoftmax.data.Samples;
import org.marginsoftmax.export.ServedModel;
import org.marginsoftmax.image.ImageFit;
import org.marginsoftmax.npy.NpyFile;
import org.marginsoftmax.npy.NpzFile;
import org.marginsoftmax.savedmodel.InputValues;
import org.marginsoftmax.savedmodel.Numbers;
import org.marginsoftmax.savedmodel.SavedModelFolder;
import org.marginsoftmax.savedmodel.SignatureRunner;
import org.marginsoftmax.savedmodel.SignatureSpec;
import org.marginsoftmax.savedmodel.TensorSpec;
import org.marginsoftmax.savedmodel.Trust;
import org.tensorflow.proto.DataType;

/**
 * Runs arrays or images through a signature of a model and writes the output to an NPY or NPZ file.
 */
public final class Embed {
  static final String RUN_OUTPUT = "embedding";
  private static final String ELSEWHERE = "choose another with `output`";

  private Embed() {}

  /**
   * What was written, and how.
   *
   * @param names text file next to the output with one line per row: the sample that the row
   *     belongs to; null if NPY inputs were given
   * @param shape of the array written
   * @param type of the elements written, by numpy's name; float32 if the model outputs float16
   * @param inputs of the model: name, type and shape
   * @param inputScale factor applied to the pixels, one for all channels or one for each; null for
   *     arrays
   * @param inputOffset added to the pixels after scaling, for all channels or each; null for arrays
   * @param channelOrder rgb or bgr, in which the model was given colours; null for arrays
   * @param batchSize rows per batch
   * @param seconds taken by all rows, not counting the time to load the model
   */
  public record Result(
      Path output,
      @JsonInclude(JsonInclude.Include.NON_NULL) Path names,
      List<Integer> shape,
      String type,
      String signature,
      String outputName,
      List<String> inputs,
      @JsonFormat(with = JsonFormat.Feature.WRITE_SINGLE_ELEM_ARRAYS_UNWRAPPED)
          List<Double> inputScale,
      @JsonFormat(with = JsonFormat.Feature.WRITE_SINGLE_ELEM_ARRAYS_UNWRAPPED)
          List<Double> inputOffset,
      String channelOrder,
      int batchSize,
      double seconds) {}

  /**
   * Runs a model.
   *
   * @param progress gets a line every ten seconds
   * @throws InvalidInputException if the model, the inputs or the output file cannot be used
   */
  public static Result run(EmbedConfig config, PrintStream progress) {
    OutputFolder.requireFile("output", config.output(), ELSEWHERE);
    boolean labelled = NpzFile.isName(config.output());
    if (!labelled && !config.output().toString().toLowerCase(Locale.ROOT).endsWith(".npy")) {
      throw new InvalidInputException(
          "output %s: expected the name of an NPY or NPZ file, found another ending; name a file that ends with .npy, or with .npz for features and labels of `data`"
              .formatted(config.output()));
    }
    if (labelled && config.data() == null) {
      throw new InvalidInputException(
          "output %s: expected an NPY file for rows of arrays, found an NPZ, which has labels too; name a file that ends with .npy, or give `data`"
              .formatted(config.output()));
    }
    Path names = config.data() == null ? null : beside(config.output(), ".names.txt");
    if (names != null) {
      OutputFolder.requireFile("output", names, ELSEWHERE);
    }
    Path model = RunFolder.savedModel(config.model());
    String output =
        config.outputName() == null && !model.equals(config.model())
            ? RUN_OUTPUT
            : config.outputName();
    SavedModelFolder folder = SavedModelFolder.read(model);
    SignatureSpec signature =
        InputValues.of(folder, SignatureSpec.of(folder, config.signature()), config.inputValues())
            .open();
    Samples samples =
        config.data() == null
            ? null
            : SamplesForModel.every(config.data(), fit(config), signature, progress);
    PixelScaling scaling =
        samples != null && samples.element() instanceof ImageShape
            ? SamplesForModel.scaling(config, folder, signature, output)
            : null;
    List<String> lines = samples == null ? null : SamplesForModel.names(samples);
    ModelInputs inputs =
        samples == null
            ? ModelInputs.ofArrays(config.inputs(), signature)
            : ModelInputs.ofSamples(samples, signature, scaling);
    try (SignatureRunner runner =
        SignatureRunner.open(
            folder,
            signature.name(),
            output,
            config.inputValues(),
            config.trust() ? Trust.FULL : Trust.NONE)) {
      long started = System.nanoTime();
      int batch = runner.fixedRows() > 0 ? runner.fixedRows() : config.batchSize();
      Numbers out = ModelBatches.run(runner, inputs, batch, progress);
      double seconds = (System.nanoTime() - started) / 1e9;
      NpyFile.Type type = type(runner.output().type());
      if (labelled) {
        int[] labels = samples.labels();
        NpzFile.write(config.output(), type, out.values(), out.shape(), labels);
        AtomicFile.write(
            beside(config.output(), ".classes.txt"),
            Arrays.stream(labels).sorted().distinct().mapToObj(samples.classNames()::get).toList());
      } else {
        NpyFile.write(config.output(), type, out.values(), out.shape());
      }
      if (samples != null) {
        AtomicFile.write(names, lines);
      }
      return new Result(
          config.output(),
          names,
          Arrays.stream(out.shape()).boxed().toList(),
          type.name().toLowerCase(Locale.ROOT),
          runner.signature().name(),
          runner.output().name(),
          runner.signature().inputs().stream().map(TensorSpec::toString).toList(),
          scaling == null ? null : scaling.factors(),
          scaling == null ? null : scaling.offsets(),
          scaling == null ? null : scaling.order().name().toLowerCase(Locale.ROOT),
          batch,
          seconds);
    }
  }

  /** Where the names go that belong to an array. */
  private static Path beside(Path output, String ending) {
    return output.resolveSibling(
        output.getFileName().toString().replaceFirst("(?i)\\.np[yz]$", "") + ending);
  }

  /** The fit asked for, else that which a run or an exported model was trained with. */
  private static ImageFit fit(EmbedConfig config) {
    return config.imageFit() == null ? fit(config.model()) : ImageFit.parse(config.imageFit());
  }

  /** The fit which a run or an exported model was trained with; others are given stretched ones. */
  static ImageFit fit(Path model) {
    Optional<RunRecord> run = new RunFolder(model).config();
    if (run.isPresent()) {
      return run.get().options().data().imageFit();
    }
    return ServedModel.card(model)
        .filter(card -> card.image() != null)
        .map(card -> card.form().fit())
        .orElse(ImageFit.STRETCH);
  }

  private static NpyFile.Type type(DataType type) {
    return switch (type) {
      case DT_DOUBLE -> NpyFile.Type.FLOAT64;
      case DT_INT32, DT_INT64 -> NpyFile.Type.INT64;
      default -> NpyFile.Type.FLOAT32;
    };
  }
}
