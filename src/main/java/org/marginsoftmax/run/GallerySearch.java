package org.marginsoftmax.run;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.data.Samples;
import org.marginsoftmax.eval.Embeddings;
import org.marginsoftmax.eval.Evaluation;
import org.marginsoftmax.eval.Protocol;
import org.marginsoftmax.eval.SearchEvaluation;

/** Queries searched in a gallery apart from them, by a network. Classes are matched by name. */
final class GallerySearch {
  private GallerySearch() {}

  /**
   * Reads both, embeds both, and searches.
   *
   * @param run folder of the run; null for none
   */
  static Evaluation evaluate(
      EvaluateConfig.Search search,
      SampleEmbedder embedder,
      Path run,
      Protocol protocol,
      PrintStream progress) {
    Stream.of(search.gallery(), search.query())
        .map(embedder::reading)
        .filter(data -> !data.isFashionMnist())
        .forEach(DataConfig::dataFormat);
    Samples gallery = read("gallery", search.gallery(), embedder, run, protocol, progress);
    Samples queries = read("query", search.query(), embedder, run, protocol, progress);
    if (!gallery.element().equals(queries.element())) {
      throw new InvalidInputException(
          "query: expected samples as those of the gallery, of %s, found %s in %s; give both of one shape"
              .formatted(gallery.element(), queries.element(), search.query()));
    }
    Map<String, Integer> numbers = new HashMap<>();
    int[] enrolled = labels(gallery, numbers);
    int classes = numbers.size();
    int[] searched = labels(queries, numbers);
    if (Arrays.stream(searched).allMatch(k -> k >= classes)) {
      throw new InvalidInputException(
          "query: expected samples of classes that the gallery has, as %s, found none, but %s, in %s; name classes the same in both"
              .formatted(some(gallery), some(queries), search.query()));
    }
    return SearchEvaluation.of(
        new Embeddings(embedder.embed("query", queries), searched),
        new Embeddings(embedder.embed("gallery", gallery), enrolled),
        protocol);
  }

  private static Samples read(
      String what,
      String source,
      SampleEmbedder embedder,
      Path run,
      Protocol protocol,
      PrintStream progress) {
    Samples samples =
        TrainingData.undivided(embedder.reading(source), protocol.seed(), run, progress);
    if (samples.size() == 0) {
      throw new InvalidInputException(
          "%s: expected samples, found none in %s; add some".formatted(what, source));
    }
    embedder.requireFit(samples, source);
    return samples;
  }

  /** A number for each name, the same in both. */
  private static int[] labels(Samples samples, Map<String, Integer> numbers) {
    int[] labels = samples.labels();
    for (int i = 0; i < labels.length; i++) {
      String name = samples.classNames().get(labels[i]);
      labels[i] = numbers.computeIfAbsent(name, n -> numbers.size());
    }
    return labels;
  }

  private static String some(Samples samples) {
    List<String> names = new ArrayList<>(samples.classNames());
    return "'" + String.join("', '", names.subList(0, Math.min(3, names.size()))) + "'";
  }
}
