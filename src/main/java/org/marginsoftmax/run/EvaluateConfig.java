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
 * @param search a gallery and queries; null for none
 * @param pairSamples largest number of test samples among which all pairs are compared; null for
 *     the default
 * @param replicates number of bootstrap replicates that intervals are from, 0 for no intervals;
 *     null for the default
 * @param inputValues numbers, true or false for a SavedModel's inputs other than the images, by
 *     name; empty for a run
 * @param tables files by class; null for none
 */
public record EvaluateConfig(
    Path path,
    String data,
    String classes,
    PairsConfig pairs,
    Search search,
    Integer pairSamples,
    Integer replicates,
    Map<String, String> inputValues,
    Tables tables) {
  /**
   * Samples that are searched in others.
   *
   * @param gallery samples that queries are searched in
   * @param query samples that are searched
   */
  public record Search(String gallery, String query) {
    /**
     * @throws InvalidInputException if one of them is null, or both are the same
     */
    public Search {
      if (gallery == null || query == null) {
        throw new InvalidInputException(
            "gallery: expected `gallery` and `query`, found `%s` alone; give the other one too"
                .formatted(gallery == null ? "query" : "gallery"));
      }
      if (gallery.equals(query)) {
        throw new InvalidInputException(
            "gallery: expected samples apart from the queries, found %s for both; to search samples among each other give them as `data`"
                .formatted(gallery));
      }
    }

    /** Both, or null if both are null. */
    public static Search of(String gallery, String query) {
      return gallery == null && query == null ? null : new Search(gallery, query);
    }
  }

  /**
   * CSV files by class.
   *
   * @param perClass gets a row for each class; null for none
   * @param confusion gets the confusion matrix; null for none
   */
  public record Tables(Path perClass, Path confusion) {
    /** Both, or null if both are null. */
    public static Tables of(Path perClass, Path confusion) {
      return perClass == null && confusion == null ? null : new Tables(perClass, confusion);
    }
  }

  /**
   * @throws InvalidInputException if what is given excludes each other
   */
  public EvaluateConfig {
    inputValues = Map.copyOf(inputValues);
    if (pairs != null && search != null) {
      throw new InvalidInputException(
          "evaluate: expected `pairs` or `gallery`, found both; evaluate one after the other");
    }
    String chosen = pairs != null ? "pairs" : search != null ? "gallery" : null;
    String idle =
        data != null
            ? "data"
            : classes != null
                ? "classes"
                : pairSamples != null
                    ? "pair-samples"
                    : tables == null ? null : tables.perClass() != null ? "per-class" : "confusion";
    if (chosen != null && idle != null) {
      throw new InvalidInputException(
          "evaluate: expected `%s` or other samples, found `%s` too; leave one out"
              .formatted(chosen, idle));
    }
  }

  /** A run on its own test samples, or a SavedModel on those of fashion-mnist. */
  public static EvaluateConfig of(Path path) {
    return new EvaluateConfig(path, null, null, null, null, null, null, Map.of(), null);
  }

  /** A copy with other samples; null for the run's own. */
  public EvaluateConfig withData(String data) {
    return new EvaluateConfig(
        path, data, classes, pairs, search, pairSamples, replicates, inputValues, tables);
  }

  /** A copy with a selection of classes, as in {@code 0-4,7}. */
  public EvaluateConfig withClasses(String classes) {
    return new EvaluateConfig(
        path, data, classes, pairs, search, pairSamples, replicates, inputValues, tables);
  }

  /** A copy with a list of pairs. */
  public EvaluateConfig withPairs(PairsConfig pairs) {
    return new EvaluateConfig(
        path, data, classes, pairs, search, pairSamples, replicates, inputValues, tables);
  }

  /** A copy with a gallery, and queries searched in it. */
  public EvaluateConfig withGallery(String gallery, String query) {
    Search search = Search.of(gallery, query);
    return new EvaluateConfig(
        path, data, classes, pairs, search, pairSamples, replicates, inputValues, tables);
  }

  /** A copy that compares all pairs of at most so many samples. */
  public EvaluateConfig withPairSamples(Integer pairSamples) {
    return new EvaluateConfig(
        path, data, classes, pairs, search, pairSamples, replicates, inputValues, tables);
  }

  /** A copy with intervals from so many replicates, 0 for none. */
  public EvaluateConfig withReplicates(Integer replicates) {
    return new EvaluateConfig(
        path, data, classes, pairs, search, pairSamples, replicates, inputValues, tables);
  }

  /** A copy that writes files by class; null for none. */
  public EvaluateConfig withTables(Path perClass, Path confusion) {
    Tables tables = Tables.of(perClass, confusion);
    return new EvaluateConfig(
        path, data, classes, pairs, search, pairSamples, replicates, inputValues, tables);
  }

  Protocol protocol(long seed) {
    Protocol usual = Protocol.usual(seed);
    Protocol some = pairSamples == null ? usual : usual.withPairSamples(pairSamples);
    return replicates == null ? some : some.withReplicates(replicates);
  }
}
