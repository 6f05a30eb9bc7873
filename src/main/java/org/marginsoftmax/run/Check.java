package org.marginsoftmax.run;

import java.util.SortedMap;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.train.TrainingCheck;

/** What can be told of a training before it starts. */
public final class Check {
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
    ResolvedRun run = ResolvedRun.of(config, RunFolder.none());
    return new Result(
        run.check(),
        run.data().pixelBytes(),
        Runtime.getRuntime().maxMemory(),
        run.data().passedOver().counts());
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
}
