package org.marginsoftmax.run;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.io.PrintStream;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.train.TrainingCheck;
import org.marginsoftmax.train.TrainingMemory;

/** Checks a training run before it starts. */
public final class Check {
  private Check() {}

  /**
   * What the check found, as {@code check --json} prints it.
   *
   * @param samples number of training samples
   * @param classes C
   * @param dimension D
   * @param smallestClass number of samples in the smallest class
   * @param medianClass number of samples in the class of median size
   * @param largestClass number of samples in the largest class
   * @param singletons number of classes with a single sample
   * @param lossAtStart expected loss of the first step
   * @param lossAtFullMargin the same expected loss, with the full margin
   * @param adaCosScale fixed scale that AdaCos uses for this number of classes
   * @param largestSeparation largest angle in degrees that this many centers can keep between each
   *     other in this many dimensions
   * @param memoryPixelsMb memory for all samples of the data, images or arrays, including those not
   *     selected
   * @param javaHeapMb largest heap that Java may use, which includes the pixels
   * @param memoryNeededMb memory that training takes at the peak, all of the process
   * @param memoryFreeMb memory that the process can have, with what it has already
   * @param memoryPartsMb what the memory is for, by name; those of {@link TrainingMemory}
   * @param lossesAssume the assumption behind the two losses, in words
   * @param warnings one line each
   * @param passedOver number of files in the data that were not read, by reason, then by extension
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
      Map<String, Long> memoryPartsMb,
      String lossesAssume,
      List<String> warnings,
      SortedMap<String, SortedMap<String, Integer>> passedOver) {}

  /**
   * Reads the data and checks the configuration against it.
   *
   * @param progress gets a line for each file that is not read
   * @throws InvalidInputException for anything that would keep training from starting
   */
  public static Result run(TrainConfig config, PrintStream progress) {
    ResolvedRun run = ResolvedRun.of(config, RunFolder.none(), progress);
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
        TrainingMemory.megabytes(pixels),
        TrainingMemory.megabytes(Runtime.getRuntime().maxMemory()),
        TrainingMemory.megabytes(run.room().memory().peak()),
        TrainingMemory.megabytes(run.room().most()),
        run.room().memory().partsInMegabytes(),
        check.lossesAssume(),
        check.warnings(),
        run.data().passedOver().counts());
  }

  /** Refuses a run with warnings if its configuration asks for that. */
  static void refuseIfStrict(ResolvedRun run) {
    if (run.config().loop().strict()) {
      refuseWarnings(run.check().warnings());
    }
  }

  /**
   * Refuses to train if there are warnings.
   *
   * @throws InvalidInputException that lists all of them
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
