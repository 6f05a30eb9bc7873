package org.marginsoftmax.run;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import java.util.SortedMap;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.train.TrainingCheck;

/** What can be told of a training before it starts. */
public final class Check {
  private Check() {}

  /**
   * What was found, as {@code check --json} prints it.
   *
   * @param samples number of training samples
   * @param classes C
   * @param dimension D
   * @param smallestClass samples of the smallest class
   * @param medianClass samples of the median class
   * @param largestClass samples of the largest class
   * @param singletons classes of one sample
   * @param lossAtStart loss to expect of the first step
   * @param lossAtFullMargin the same at the full margin
   * @param adaCosScale fixed scale of AdaCos for so many classes
   * @param largestSeparation degrees that so many centers can have between them in so many
   *     dimensions
   * @param memoryPixelsMb of all images in memory, those not chosen too
   * @param javaHeapMb that Java may take, pixels among them
   * @param memoryNeededMb of the training, pixels among it
   * @param memoryFreeMb that the system could give, pixels among it
   * @param lossesAssume what the two losses assume, in words
   * @param warnings one line each
   * @param passedOver numbers of files of the data that were not read, by reason, then by extension
   */
  public record Result(
      int samples,
      int classes,
      int dimension,
      int smallestClass,
      int medianClass,
      int largestClass,
      int singletons,
      double lossAtStart,
      double lossAtFullMargin,
      @JsonProperty("adacos_scale") double adaCosScale,
      @JsonProperty("largest_separation_degrees") double largestSeparation,
      long memoryPixelsMb,
      long javaHeapMb,
      long memoryNeededMb,
      long memoryFreeMb,
      String lossesAssume,
      List<String> warnings,
      SortedMap<String, SortedMap<String, Integer>> passedOver) {}

  /**
   * Reads the data and looks at the configuration.
   *
   * @throws InvalidInputException for what no training could start with
   */
  public static Result run(TrainConfig config) {
    ResolvedRun run = ResolvedRun.of(config, RunFolder.none());
    TrainingCheck check = run.check();
    long pixels = run.data().pixelBytes();
    return new Result(
        check.samples(),
        check.classes(),
        check.dimension(),
        check.smallestClass(),
        check.medianClass(),
        check.largestClass(),
        check.singletons(),
        check.lossAtStart(),
        check.lossAtFullMargin(),
        check.adaCosScale(),
        check.largestSeparation(),
        megabytes(pixels),
        megabytes(Runtime.getRuntime().maxMemory()),
        // The pixels are in memory already.
        megabytes(check.memoryNeeded() + pixels),
        megabytes(check.memoryFree() + pixels),
        check.lossesAssume(),
        check.warnings(),
        run.data().passedOver().counts());
  }

  /** Rounded up: a little is not nothing. */
  private static long megabytes(long bytes) {
    return (bytes + (1 << 20) - 1) >> 20;
  }

  /**
   * Refuses a training with warnings.
   *
   * @throws InvalidInputException that names them all
   */
  public static void refuseWarnings(List<String> warnings) {
    if (!warnings.isEmpty()) {
      throw new InvalidInputException(
          "check: expected no warning with `strict`, found "
              + String.join("; ", warnings)
              + "; mend them, or leave `strict` out");
    }
  }
}
