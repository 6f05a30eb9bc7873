package org.marginsoftmax.run;

import java.nio.file.Path;
import java.util.Map;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.eval.Protocol;

/**
 * What to evaluate, on what. By default a run is evaluated on its own test samples; other samples,
 * a list of pairs, or a gallery and queries take their place.
 *
 * @param path folder of a run or of a SavedModel
 * @param data other samples, maybe of other classes; null for the run's own, or for fashion-mnist
 *     with a SavedModel
 * @param classes the classes of the data to use; null for the run's own selection on its own data,
 *     else for all
 * @param pairs list of pairs; null for none
 * @param gallery samples that queries are searched in; null for none
 * @param query samples that are searched; null if there is no gallery
 * @param pairSamples largest number of test samples among which all pairs are compared; null for
 *     the default
 * @param replicates number of bootstrap replicates that intervals are from, 0 for no intervals;
 *     null for the default
 * @param inputValues numbers, true or false for a SavedModel's inputs other than the images, by
 *     name; empty for a run
 * @param perClass CSV file that gets a row for each class; null for none
 * @param confusion CSV file that gets the confusion matrix; null for none
 */
public record EvaluateConfig(
    Path path,
    String data,
    String classes,
    PairsConfig pairs,
    String gallery,
    String query,
    Integer pairSamples,
    Integer replicates,
    Map<String, String> inputValues,
    Path perClass,
    Path confusion) {
  /**
   * @throws InvalidInputException if what is given excludes each other
   */
  public EvaluateConfig {
    inputValues = Map.copyOf(inputValues);
    if ((gallery == null) != (query == null)) {
      throw new InvalidInputException(
          "gallery: expected `gallery` and `query`, found `%s` alone; give the other one too"
              .formatted(gallery == null ? "query" : "gallery"));
    }
    if (gallery != null && gallery.equals(query)) {
      throw new InvalidInputException(
          "gallery: expected samples apart from the queries, found %s for both; to search samples among each other give them as `data`"
              .formatted(gallery));
    }
    if (pairs != null && gallery != null) {
      throw new InvalidInputException(
          "evaluate: expected `pairs` or `gallery`, found both; evaluate one after the other");
    }
    String chosen = pairs != null ? "pairs" : gallery != null ? "gallery" : null;
    String idle =
        data != null
            ? "data"
            : classes != null
                ? "classes"
                : pairSamples != null
                    ? "pair-samples"
                    : perClass != null ? "per-class" : confusion != null ? "confusion" : null;
    if (chosen != null && idle != null) {
      throw new InvalidInputException(
          "evaluate: expected `%s` or other samples, found `%s` too; leave one out"
              .formatted(chosen, idle));
    }
  }

  /** A run on its own test samples, or a SavedModel on those of fashion-mnist. */
  public static EvaluateConfig of(Path path) {
    return new EvaluateConfig(path, null, null, null, null, null, null, null, Map.of(), null, null);
  }

  /** A copy with other samples; null for the run's own. */
  public EvaluateConfig withData(String data) {
    return new EvaluateConfig(
        path,
        data,
        classes,
        pairs,
        gallery,
        query,
        pairSamples,
        replicates,
        inputValues,
        perClass,
        confusion);
  }

  /** A copy with a selection of classes, as in {@code 0-4,7}. */
  public EvaluateConfig withClasses(String classes) {
    return new EvaluateConfig(
        path,
        data,
        classes,
        pairs,
        gallery,
        query,
        pairSamples,
        replicates,
        inputValues,
        perClass,
        confusion);
  }

  /** A copy with a list of pairs. */
  public EvaluateConfig withPairs(PairsConfig pairs) {
    return new EvaluateConfig(
        path,
        data,
        classes,
        pairs,
        gallery,
        query,
        pairSamples,
        replicates,
        inputValues,
        perClass,
        confusion);
  }

  /** A copy with a gallery, and queries searched in it. */
  public EvaluateConfig withGallery(String gallery, String query) {
    return new EvaluateConfig(
        path,
        data,
        classes,
        pairs,
        gallery,
        query,
        pairSamples,
        replicates,
        inputValues,
        perClass,
        confusion);
  }

  /** A copy that compares all pairs of at most so many samples. */
  public EvaluateConfig withPairSamples(Integer pairSamples) {
    return new EvaluateConfig(
        path,
        data,
        classes,
        pairs,
        gallery,
        query,
        pairSamples,
        replicates,
        inputValues,
        perClass,
        confusion);
  }

  /** A copy with intervals from so many replicates, 0 for none. */
  public EvaluateConfig withReplicates(Integer replicates) {
    return new EvaluateConfig(
        path,
        data,
        classes,
        pairs,
        gallery,
        query,
        pairSamples,
        replicates,
        inputValues,
        perClass,
        confusion);
  }

  /** A copy that writes files by class; null for none. */
  public EvaluateConfig withTables(Path perClass, Path confusion) {
    return new EvaluateConfig(
        path,
        data,
        classes,
        pairs,
        gallery,
        query,
        pairSamples,
        replicates,
        inputValues,
        perClass,
        confusion);
  }

  boolean hasTables() {
    return perClass != null || confusion != null;
  }

  Protocol protocol(long seed) {
    Protocol usual = Protocol.usual(seed);
    Protocol some = pairSamples == null ? usual : usual.withPairSamples(pairSamples);
    return replicates == null ? some : some.withReplicates(replicates);
  }
}
