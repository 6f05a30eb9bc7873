package org.marginsoftmax.run;

import java.nio.file.Path;
import java.util.Map;
import org.marginsoftmax.eval.Protocol;

/**
 * What to evaluate, and how.
 *
 * @param path folder of a run or a SavedModel
 * @param source data to use instead of the run's own, which may be a folder with only test files;
 *     null for the run's own, or for fashion-mnist with a model
 * @param classes the classes of the data to use; null for the run's own selection on its own data,
 *     else for all
 * @param pairSamples largest number of test samples among which all pairs are compared; null for
 *     the default
 * @param replicates number of bootstrap replicates that intervals are from, 0 for no intervals;
 *     null for the default
 * @param inputValues numbers, true or false for a model's inputs other than the images, by name;
 *     empty for a run
 * @param perClass CSV file that gets a row for each class; null for none
 * @param confusion CSV file that gets the confusion matrix; null for none
 */
public record EvaluateConfig(
    Path path,
    String source,
    String classes,
    Integer pairSamples,
    Integer replicates,
    Map<String, String> inputValues,
    Path perClass,
    Path confusion) {

  /** Everything but the run or the model by default. */
  public static EvaluateConfig of(Path path) {
    return new EvaluateConfig(path, null, null, null, null, Map.of(), null, null);
  }

  boolean hasTables() {
    return perClass != null || confusion != null;
  }

  Protocol protocol(long seed) {
    Protocol usual = Protocol.usual(seed);
    Protocol pairs = pairSamples == null ? usual : usual.withPairSamples(pairSamples);
    return replicates == null ? pairs : pairs.withReplicates(replicates);
  }
}
