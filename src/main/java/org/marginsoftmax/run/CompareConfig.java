package org.marginsoftmax.run;

import java.nio.file.Path;
import java.util.List;
import org.marginsoftmax.InvalidInputException;

/**
 * Which runs to compare, on which samples.
 *
 * @param paths folders of runs or SavedModels, at least two; the first is the baseline
 * @param source data to use; null for that of the first run, or fashion-mnist if there are only
 *     SavedModels
 * @param classes the classes of the data to use; null for the first run's own selection on its own
 *     data, else for all
 * @param pairSamples largest number of test samples among which all pairs are compared; null for
 *     the default
 * @param replicates number of bootstrap replicates that intervals are from, 0 for no intervals;
 *     null for the default
 * @param page HTML file that gets the comparison; null for none
 */
public record CompareConfig(
    List<Path> paths,
    String source,
    String classes,
    Integer pairSamples,
    Integer replicates,
    Path page) {
  /**
   * @throws InvalidInputException if there are fewer than two runs
   */
  public CompareConfig {
    if (paths.size() < 2) {
      throw new InvalidInputException(
          "compare: expected at least 2 runs or SavedModels, found %d; name those to compare with the first, too"
              .formatted(paths.size()));
    }
    paths = List.copyOf(paths);
  }

  /** How each is evaluated, with everything else by default. */
  EvaluateConfig evaluation() {
    return EvaluateConfig.of(paths.get(0)).withPairSamples(pairSamples).withReplicates(replicates);
  }
}
