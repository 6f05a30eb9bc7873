package org.marginsoftmax.run;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.marginsoftmax.FileTrouble;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.backbone.PixelScaling;
import org.marginsoftmax.data.ArrayShape;
import org.marginsoftmax.data.ElementSpec;
import org.marginsoftmax.data.ImageFolder;
import org.marginsoftmax.data.ImageShape;
import org.marginsoftmax.data.NpyFile;
import org.marginsoftmax.data.NpzFile;
import org.marginsoftmax.data.Pieces;
import org.marginsoftmax.data.Samples;
import org.marginsoftmax.eval.Embeddings;
import org.marginsoftmax.gallery.NamedEmbedding;
import org.marginsoftmax.keras.FineTuning;
import org.marginsoftmax.keras.KerasBackbone;
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

  /** Rows of every input, by name. */
  private interface Rows {
    int count();

    Map<String, Numbers> rows(int from, int to);
  }

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
          "output %s: expected an NPY file for rows of arrays, found an NPZ, which has labels too; name a file that ends with .npy, or give --data"
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
    Samples samples = config.data() == null ? null : everyImage(config.data(), signature, progress);
    PixelScaling scaling =
        samples != null && samples.element() instanceof ImageShape
            ? scaling(config, folder, signature, output)
            : null;
    List<String> lines = samples == null ? null : names(config.data(), samples);
    Rows rows =
        samples == null ? arrays(config.inputs(), signature) : rows(samples, signature, scaling);
    try (SignatureRunner runner =
        SignatureRunner.open(
            folder,
            signature.name(),
            output,
            config.inputValues(),
            config.trust() ? Trust.FULL : Trust.NONE)) {
      long started = System.nanoTime();
      int batch = runner.fixedRows() > 0 ? runner.fixedRows() : config.batchSize();
      Numbers out = through(runner, rows, batch, progress);
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

  /**
   * Below the folder that was given: those of a part of a split begin with its name.
   *
   * @throws InvalidInputException for a name that would not come back from a line of its own
   */
  private static List<String> names(String source, Samples samples) {
    String below = tested(source);
    List<String> names =
        IntStream.range(0, samples.size()).mapToObj(i -> below + samples.name(i)).toList();
    names.forEach(NamedEmbedding::requireName);
    return names;
  }

  /** The part of a folder of images that is tested on, as in test/; empty for others. */
  private static String tested(String source) {
    boolean images = !source.equals(DataConfig.FASHION_MNIST) && ImageFolder.is(Path.of(source));
    return images ? ImageFolder.tested(Path.of(source)) : "";
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
      Samples samples = samples(source, classes, signature);
      PixelScaling scaling =
          samples.element() instanceof ImageShape
              ? scaling(folder, signature, runner.output().name(), inputValues)
              : null;
      int batch = runner.fixedRows() > 0 ? runner.fixedRows() : USUAL_BATCH;
      Numbers out = through(runner, rows(samples, signature, scaling), batch, progress);
      return new Embeddings(out.toRows(), samples.labels());
    }
  }

  private static void checkOutput(Path output) {
    Path parent = output.toAbsolutePath().getParent();
    if (Files.isDirectory(output) || !Files.isDirectory(parent) || !Files.isWritable(parent)) {
      throw new InvalidInputException(
          "output %s: expected a file in a folder to write to, found %s; choose another with --output"
              .formatted(
                  output,
                  Files.isDirectory(output)
                      ? "a folder"
                      : "no such folder, or one without rights"));
    }
  }

  private static Numbers through(
      SignatureRunner runner, Rows rows, int batch, PrintStream progress) {
    int count = rows.count();
    int begun = Math.min(batch, count);
    Numbers first = checked(runner, runner.run(rows.rows(0, begun)), begun, null);
    int[] shape = first.shape().clone();
    shape[0] = count;
    int row = first.values().length / begun;
    double[] values = new double[Math.multiplyExact(count, row)];
    System.arraycopy(first.values(), 0, values, 0, first.values().length);
    Rate rate = new Rate(progress, count, begun);
    Pieces.each(
        count - begun,
        batch,
        (from, to) -> {
          Numbers out =
              checked(runner, runner.run(rows.rows(begun + from, begun + to)), to - from, first);
          System.arraycopy(out.values(), 0, values, (begun + from) * row, out.values().length);
          rate.add(to - from);
        });
    return new Numbers(shape, values);
  }

  private static Numbers checked(SignatureRunner runner, Numbers out, int rows, Numbers first) {
    if (out.shape().length == 0 || out.shape()[0] != rows) {
      throw new InvalidInputException(
          "output %s: expected a row for each of %d, found shape %s; choose another with --output-name"
              .formatted(runner.output().name(), rows, Arrays.toString(out.shape())));
    }
    if (first != null
        && !Arrays.equals(
            out.shape(), 1, out.shape().length, first.shape(), 1, first.shape().length)) {
      throw new InvalidInputException(
          "output %s: expected batches of one shape, found others; use --batch-size 1"
              .formatted(runner.output().name()));
    }
    return out;
  }

  /** Says every ten seconds how far it is. */
  private static final class Rate {
    private final PrintStream progress;
    private final int count;
    private final long started = System.nanoTime();
    private int done;
    private final ProgressLines lines = new ProgressLines();

    Rate(PrintStream progress, int count, int done) {
      this.progress = progress;
      this.count = count;
      this.done = done;
    }

    synchronized void add(int rows) {
      done += rows;
      if (lines.isDue()) {
        progress.printf(
            "%,d of %,d rows, %.0f rows/s%n",
            done, count, done / ((System.nanoTime() - started) / 1e9));
      }
    }
  }

  private static NpyFile.Type type(DataType type) {
    return switch (type) {
      case DT_DOUBLE -> NpyFile.Type.FLOAT64;
      case DT_INT32, DT_INT64 -> NpyFile.Type.INT64;
      default -> NpyFile.Type.FLOAT32;
    };
  }

  private static Rows arrays(Map<String, Path> files, SignatureSpec signature) {
    List<TensorSpec> inputs = signature.inputs();
    Map<String, Numbers> arrays = new LinkedHashMap<>();
    for (Map.Entry<String, Path> file : new TreeMap<>(files).entrySet()) {
      boolean only = file.getKey().isEmpty() && inputs.size() == 1;
      String name = only ? inputs.get(0).name() : file.getKey();
      if (inputs.stream().noneMatch(input -> input.name().equals(name))
          || files.size() != inputs.size()) {
        throw new InvalidInputException(
            "inputs: expected %s, found %s; give each as --input NAME=FILE.NPY, or as --input-value NAME=VALUE for all rows"
                .formatted(
                    inputs.stream().map(TensorSpec::toString).toList(),
                    files.keySet().stream()
                        .map(n -> n.isEmpty() ? "one without name" : n)
                        .toList()));
      }
      NpyFile.Numbers read = NpyFile.readNumbers(file.getValue());
      checkFinite(file.getValue(), read);
      arrays.put(name, new Numbers(read.shape(), read.values()));
    }
    int count = arrays.values().iterator().next().rows();
    if (arrays.values().stream()
        .anyMatch(a -> a.shape().length == 0 || a.rows() != count || count == 0)) {
      throw new InvalidInputException(
          "inputs: expected equally many rows in each, at least one, found shapes %s; give as many of each"
              .formatted(arrays.values().stream().map(a -> Arrays.toString(a.shape())).toList()));
    }
    return new Rows() {
      @Override
      public int count() {
        return count;
      }

      @Override
      public Map<String, Numbers> rows(int from, int to) {
        Map<String, Numbers> rows = new LinkedHashMap<>();
        arrays.forEach((name, array) -> rows.put(name, array.rows(from, to)));
        return rows;
      }
    };
  }

  /** What is no number would come out as a row that is none, and be found much later. */
  private static void checkFinite(Path file, NpyFile.Numbers numbers) {
    double[] values = numbers.values();
    for (int i = 0; i < values.length; i++) {
      if (!Double.isFinite(values[i])) {
        int row = numbers.shape().length == 0 ? 0 : i / (values.length / numbers.shape()[0]);
        throw new InvalidInputException(
            "input %s: expected finite numbers, found %s in row %d; remove or mend the row"
                .formatted(file, values[i], row));
      }
    }
  }

  private static PixelScaling scaling(
      EmbedConfig config, SavedModelFolder folder, SignatureSpec signature, String output) {
    PixelScaling asked = KerasConfig.scaling(config.inputScale(), config.inputOffset());
    return asked == null ? scaling(folder, signature, output, config.inputValues()) : asked;
  }

  private static PixelScaling scaling(
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
                  1,
                  inputValues));
    } catch (InvalidInputException e) {
      // A graph that cannot be followed shows nothing of its input but the type.
      return signature.inputs().stream().allMatch(input -> input.type() == DataType.DT_FLOAT)
          ? PixelScaling.UNIT
          : new PixelScaling(1, 0);
    }
    return backbone.pixels();
  }

  /** The test images of data, or all those of a folder that nobody has sorted. */
  private static Samples everyImage(String source, SignatureSpec signature, PrintStream progress) {
    DataConfig data = data(source, signature).withAnyUnreadable();
    Path folder = Path.of(source);
    boolean unsorted = !source.equals(DataConfig.FASHION_MNIST) && ImageFolder.isUnsorted(folder);
    if (!unsorted && TrainingData.hasTraining(source)) {
      progress.printf(
          "of %s the samples to test on are embedded%s, those of its other parts are not%n",
          source, tested(source).isEmpty() ? "" : ", those in " + tested(source));
    }
    return some(
        unsorted
            ? ImageFolder.readUnsorted(folder, TrainingData.images(data, 1), System.err::println)
            : TrainingData.test(data, null, 1),
        source);
  }

  private static Samples samples(String source, String classes, SignatureSpec signature) {
    return some(TrainingData.test(data(source, signature), classes, 1), source);
  }

  /** Images of a folder in the size and colours that the model takes. */
  private static DataConfig data(String source, SignatureSpec signature) {
    List<TensorSpec> inputs = signature.inputs();
    if (inputs.size() != 1) {
      throw new InvalidInputException(
          "data: expected a model of one input, found %s; say what to feed beside the images with --input-value NAME=VALUE, or give arrays with --input NAME=FILE.NPY"
              .formatted(inputs.stream().map(TensorSpec::toString).toList()));
    }
    return DataConfig.fashionMnist().withSource(source).fitting(inputs.get(0).shape());
  }

  private static Samples some(Samples samples, String source) {
    if (samples.size() == 0) {
      throw new InvalidInputException(
          "data: expected test samples, found none in %s; add some".formatted(source));
    }
    return samples;
  }

  /** Images are scaled, arrays taken as they are. */
  private static Rows rows(Samples samples, SignatureSpec signature, PixelScaling scaling) {
    List<TensorSpec> inputs = signature.inputs();
    ElementSpec element = samples.element();
    return new Rows() {
      @Override
      public int count() {
        return samples.size();
      }

      @Override
      public Map<String, Numbers> rows(int from, int to) {
        byte[] bytes = new byte[Math.multiplyExact(to - from, element.bytes())];
        for (int i = from; i < to; i++) {
          samples.copy(i, bytes, (i - from) * element.bytes());
        }
        double[] values = new double[bytes.length / element.bytesPerNumber()];
        if (element instanceof ImageShape) {
          for (int i = 0; i < values.length; i++) {
            values[i] = (bytes[i] & 0xff) * scaling.factor() + scaling.offset();
          }
        } else {
          FloatBuffer floats = ArrayShape.floats(bytes);
          Arrays.setAll(values, floats::get);
        }
        int[] sizes =
            IntStream.concat(
                    IntStream.of(to - from), element.sizes().stream().mapToInt(size -> size))
                .toArray();
        return Map.of(inputs.get(0).name(), withoutChannel(new Numbers(sizes, values), inputs));
      }
    };
  }

  /** Grey images for a model that takes [N, H, W]. */
  private static Numbers withoutChannel(Numbers images, List<TensorSpec> inputs) {
    List<Long> wanted = inputs.get(0).shape();
    return wanted != null
            && wanted.size() == 3
            && images.shape().length == 4
            && images.shape()[3] == 1
        ? new Numbers(Arrays.copyOf(images.shape(), 3), images.values())
        : images;
  }
}
