package org.marginsoftmax.run;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.savedmodel.Numbers;
import org.marginsoftmax.savedmodel.SavedModelFolder;
import org.marginsoftmax.savedmodel.SignatureRunner;
import org.marginsoftmax.savedmodel.TensorSpec;
import org.marginsoftmax.savedmodel.Trust;
import org.marginsoftmax.train.Device;
import org.tensorflow.proto.DataType;

/**
 * Measures how a model embeds a batch, from numbers to numbers as {@link Embed} does, relative to
 * the bare session run of the same batch, timed alternately in one process.
 */
public final class EmbedBench {
  private EmbedBench() {}

  /**
   * What to measure.
   *
   * @param model a SavedModel folder, or that of a run
   * @param signature to run; null for {@code serving_default}, or the only one
   * @param outputName output of the signature; null for that of an embedding
   * @param inputValues values of inputs that are the same for every row, by name
   * @param trust whether the model is run without audit and trial
   * @param batch N, rows at once, 1..65536; a model that takes a fixed number is given that
   * @param threads for TensorFlow
   * @param turns number of turns, each timing the bare run and then the other, 1..1000
   * @param steps how often each is run in a turn, 1..100000; null for about a second
   */
  public record Config(
      Path model,
      String signature,
      String outputName,
      Map<String, String> inputValues,
      boolean trust,
      int batch,
      int threads,
      int turns,
      Integer steps) {
    /**
     * @throws InvalidInputException if a number is out of range
     */
    public Config {
      inputValues = Map.copyOf(inputValues);
      Device.requireThreads(threads);
      Turns.require("batch", batch, 1, 65_536);
      Turns.require("turns", turns, 1, 1000);
      Turns.require("steps", steps == null ? 1 : steps, 1, 100_000);
    }
  }

  /**
   * What was measured.
   *
   * @param signature that was run
   * @param output of it, with type and shape
   * @param batch N
   * @param threads of TensorFlow
   * @param samplesPerSecond by the median time
   * @param embedding for a batch
   * @param session for the bare session run, whose inputs are tensors already and whose output is
   *     not read
   * @param ratio of embedding to session run
   * @param peakBytes the most memory that the process had; null where the system does not say
   */
  public record Result(
      String signature,
      String output,
      int batch,
      int threads,
      double samplesPerSecond,
      @JsonUnwrapped(prefix = "embed_") Millis embedding,
      @JsonUnwrapped(prefix = "session_") Millis session,
      @JsonUnwrapped Ratio ratio,
      Long peakBytes) {}

  /**
   * Runs the measurement on random rows: of 0 and 1 for integers, of 0 up to 1 for others.
   *
   * @param progress gets a line for each turn
   * @throws InvalidInputException if the model cannot be used, or has an input of unknown size
   */
  public static Result run(Config config, PrintStream progress) {
    Device.claimThreads(config.threads);
    Path model = RunFolder.savedModel(config.model);
    try (SignatureRunner runner =
        SignatureRunner.open(
            SavedModelFolder.read(model),
            config.signature,
            config.outputName == null && !model.equals(config.model)
                ? Embed.RUN_OUTPUT
                : config.outputName,
            config.inputValues,
            config.trust ? Trust.FULL : Trust.NONE)) {
      int batch = runner.fixedRows() > 0 ? runner.fixedRows() : config.batch;
      Map<String, Numbers> rows = new LinkedHashMap<>();
      runner.signature().inputs().forEach(input -> rows.put(input.name(), random(input, batch)));
      try (SignatureRunner.BareRun bare = runner.bare(rows)) {
        Turns.Work embed = new Turns.Work("embedding", () -> runner.run(rows));
        Turns.Work session = new Turns.Work("session", bare);
        embed.warmUp();
        session.warmUp();
        int steps = config.steps == null ? embed.timesInSecond() : config.steps;
        Turns turns = Turns.of(embed, session, config.turns, steps, progress);
        return new Result(
            runner.signature().name(),
            runner.output().toString(),
            batch,
            config.threads,
            1e3 * batch / turns.wholeMillis().ms(),
            turns.wholeMillis(),
            turns.bareMillis(),
            turns.ratio(),
            SystemMemory.peak());
      }
    }
  }

  private static Numbers random(TensorSpec input, int batch) {
    List<Long> sizes = input.shape();
    if (sizes == null || sizes.isEmpty() || sizes.stream().skip(1).anyMatch(size -> size < 0)) {
      throw new InvalidInputException(
          "input: expected sizes that are known but for the rows, found %s; give it a fixed value with `input-value` NAME=VALUE, or time embed on data of your own"
              .formatted(input));
    }
    int[] shape = sizes.stream().mapToInt(Math::toIntExact).toArray();
    shape[0] = batch;
    int count = 1;
    for (int size : shape) {
      count = Math.multiplyExact(count, size);
    }
    boolean whole = input.type() != DataType.DT_FLOAT && input.type() != DataType.DT_DOUBLE;
    Random random = new Random(1);
    return new Numbers(
        shape, random.doubles(count).map(value -> whole ? Math.round(value) : value).toArray());
  }
}
