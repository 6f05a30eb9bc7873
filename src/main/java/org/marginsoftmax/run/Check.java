package org.marginsoftmax.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SortedMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.train.Network;
import org.marginsoftmax.train.TrainingCheck;

/** What can be told of a training before it starts. */
public final class Check {
  private static final Pattern AVAILABLE = Pattern.compile("MemAvailable:\\s+(\\d+) kB");

  private Check() {}

  /**
   * What was found.
   *
   * @param training what can be told of it
   * @param pixelBytes of all images in memory, those not chosen too
   * @param heapBytes that Java may take, pixels among them
   * @param passedOver numbers of files of the data that were not read, by reason, then by extension
   */
  public record Result(
      TrainingCheck training,
      long pixelBytes,
      long heapBytes,
      SortedMap<String, SortedMap<String, Integer>> passedOver) {}

  /**
   * Reads the data and looks at the configuration.
   *
   * @throws InvalidInputException for what no training could start with
   */
  public static Result run(TrainConfig config) {
    RunFolder none = RunFolder.none();
    TrainConfig read = FromKeras.input(config, none);
    TrainingData data = TrainingData.of(read.data(), read.loop().seed());
    int[] counts = Train.counts(data.train());
    TrainConfig fitting = read.withLoop(read.loop().fitting(data.train().size()));
    TrainConfig whole = FromKeras.head(fitting, none, counts.length);
    Network network =
        FromKeras.withFirstCenters(
            Train.network(whole, none, data.train().element(), counts), whole.keras(), none);
    return new Result(
        of(whole, data, network),
        data.pixelBytes(),
        Runtime.getRuntime().maxMemory(),
        data.passedOver().counts());
  }

  static TrainingCheck of(TrainConfig config, TrainingData data, Network network) {
    config.optimizer().optimizer();
    int slots =
        switch (config.optimizer().name()) {
          case "sgd" -> config.optimizer().momentum() > 0 ? 1 : 0;
          default -> 2;
        };
    return TrainingCheck.of(
        network.head(),
        Train.counts(data.train()),
        network.dimension(),
        Train.plan(config, network.head(), data.train().size()),
        slots,
        memoryFree());
  }

  /**
   * Refuses a training with warnings.
   *
   * @throws InvalidInputException that names them all
   */
  public static void refuseWarnings(TrainingCheck check) {
    if (!check.warnings().isEmpty()) {
      throw new InvalidInputException(
          "check: expected no warning with --strict, found "
              + String.join("; ", check.warnings())
              + "; mend them, or leave --strict out");
    }
  }

  /** What the system could give, or the largest heap where it does not say. */
  private static long memoryFree() {
    try {
      Matcher matcher = AVAILABLE.matcher(Files.readString(Path.of("/proc/meminfo")));
      if (matcher.find()) {
        return Long.parseLong(matcher.group(1)) << 10;
      }
    } catch (IOException e) {
      // Not on Linux.
    }
    return Runtime.getRuntime().maxMemory();
  }
}
