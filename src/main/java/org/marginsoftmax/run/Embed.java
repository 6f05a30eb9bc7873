package org.marginsoftmax.run;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.marginsoftmax.FileTrouble;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.backbone.PixelScaling;
import org.marginsoftmax.data.ImageShape;
import org.marginsoftmax.data.NpyFile;
import org.marginsoftmax.data.NpzFile;
import org.marginsoftmax.data.Samples;
import org.marginsoftmax.eval.Embeddings;
import org.marginsoftmax.savedmodel.InputValues;
import org.marginsoftmax.savedmodel.Numbers;
import org.marginsoftmax.savedmodel.SavedModelFolder;
import org.marginsoftmax.savedmodel.SignatureRunner;
import org.marginsoftmax.savedmodel.SignatureSpec;
import org.marginsoftmax.savedmodel.TensorSpec;
import org.marginsoftmax.savedmodel.Trust;
import org.tensorflow.proto.DataType;

/** Arrays or images through a signature of a model, its output into an NPY file. */
public final class Embed {
  private static final String RUN_OUTPUT = "embedding";
  private static final int USUAL_BATCH = 128;

  private Embed() {}

  /**
   * What was done.
   *
   * @param names text file beside the output: what each row is of, a line a row; null where arrays
   *     were given
   * @param shape of the array written
   * @param type of its elements, as numpy calls it: float32 of a model that gives float16
   * @param inputs what the model took, name, type and shape
   * @param inputScale what pixels were multiplied by; null where arrays were given
   * @param inputOffset what was added then; null where arrays were given
   * @param batchSize rows at once
   * @param seconds of all rows through the model, once it is loaded
   */
  public record Result(
      Path output,
      @JsonInclude(JsonInclude.Include.NON_NULL) Path names,
      List<Integer> shape,
      String type,
      String signature,
      String outputName,
      List<String> inputs,
      Double inputScale,
      Double inputOffset,
      int batchSize,
      double seconds) {}

  /**
   * Runs a model.
   *
   * @param progress a line every ten seconds goes there
   * @throws InvalidInputException if the model, the inputs or the output file cannot be used
   */
  public static Result run(EmbedConfig config, PrintStream progress) {
    checkOutput(config.output());
    boolean labelled = config.output().toString().endsWith(".npz");
    if (labelled && config.data() == null) {
      throw new InvalidInputException(
          "output %s: expected an NPY file for rows of arrays, found an NPZ, which has labels too; name a file that ends with .npy, or give `data`"
              .formatted(config.output()));
    }
    Path names = config.data() == null ? null : beside(config.output(), ".names.txt");
    if (names != null) {
      checkOutput(names);
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
        config.data() == null ? null : SamplesForModel.every(config.data(), signature, progress);
    PixelScaling scaling =
        samples != null && samples.element() instanceof ImageShape
            ? SamplesForModel.scaling(config, folder, signature, output)
            : null;
    List<String> lines = samples == null ? null : SamplesForModel.names(config.data(), samples);
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
        writeNames(
            beside(config.output(), ".classes.txt"),
            Arrays.stream(labels).sorted().distinct().mapToObj(samples.classNames()::get).toList());
      } else {
        NpyFile.write(config.output(), type, out.values(), out.shape());
      }
      if (samples != null) {
        writeNames(names, lines);
      }
      return new Result(
          config.output(),
          names,
          Arrays.stream(out.shape()).boxed().toList(),
          type.name().toLowerCase(Locale.ROOT),
          runner.signature().name(),
          runner.output().name(),
          runner.signature().inputs().stream().map(TensorSpec::toString).toList(),
          scaling == null ? null : scaling.factor(),
          scaling == null ? null : scaling.offset(),
          batch,
          seconds);
    }
  }

  /** Where the names go that belong to an array. */
  private static Path beside(Path output, String ending) {
    return output.resolveSibling(
        output.getFileName().toString().replaceFirst("\\.np[yz]$", "") + ending);
  }

  private static void writeNames(Path file, List<String> names) {
    Path aside = file.resolveSibling("." + file.getFileName() + ".tmp");
    try {
      Files.write(aside, names);
      Files.move(aside, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      aside.toFile().delete();
      throw FileTrouble.with(file, e);
    }
  }

  /**
   * What a model of anybody makes of test samples.
   *
   * @param source fashion-mnist or a folder
   * @param classes those to use; null for all
   */
  static Embeddings embeddings(
      Path model,
      String source,
      String classes,
      Map<String, String> inputValues,
      PrintStream progress) {
    SavedModelFolder folder = SavedModelFolder.read(model);
    try (SignatureRunner runner =
        SignatureRunner.open(folder, null, null, inputValues, Trust.NONE)) {
      SignatureSpec signature = runner.signature();
      Samples samples = SamplesForModel.test(source, classes, signature);
      PixelScaling scaling =
          samples.element() instanceof ImageShape
              ? SamplesForModel.scaling(folder, signature, runner.output().name(), inputValues)
              : null;
      int batch = runner.fixedRows() > 0 ? runner.fixedRows() : USUAL_BATCH;
      Numbers out =
          ModelBatches.run(
              runner, ModelInputs.ofSamples(samples, signature, scaling), batch, progress);
      return new Embeddings(out.toRows(), samples.labels());
    }
  }

  private static void checkOutput(Path output) {
    Path parent = output.toAbsolutePath().getParent();
    if (Files.isDirectory(output) || !Files.isDirectory(parent) || !Files.isWritable(parent)) {
      throw new InvalidInputException(
          "output %s: expected a file in a folder to write to, found %s; choose another with `output`"
              .formatted(
                  output,
                  Files.isDirectory(output)
                      ? "a folder"
                      : "no such folder, or one without rights"));
    }
  }

  private static NpyFile.Type type(DataType type) {
    return switch (type) {
      case DT_DOUBLE -> NpyFile.Type.FLOAT64;
      case DT_INT32, DT_INT64 -> NpyFile.Type.INT64;
      default -> NpyFile.Type.FLOAT32;
    };
  }
}
