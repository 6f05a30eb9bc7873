package org.marginsoftmax.run;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.data.Spelling;
import org.marginsoftmax.eval.Embeddings;
import org.marginsoftmax.eval.ListEvaluation;
import org.marginsoftmax.eval.Protocol;
import org.marginsoftmax.eval.ScoredPairs;
import org.marginsoftmax.eval.Templates;
import org.marginsoftmax.pairs.PairFormat;
import org.marginsoftmax.pairs.PairList;
import org.marginsoftmax.pairs.Pairs;

/**
 * A list of pairs, verified by a network.
 *
 * @param config where the list is
 * @param list as it was read
 */
record PairVerification(PairsConfig config, PairList list) {
  /**
   * Reads a list, and refuses what cannot be evaluated before an image is decoded.
   *
   * @param progress gets what is odd about the list
   */
  static PairVerification read(PairsConfig config, PrintStream progress) {
    PairList list =
        PairFormat.read(config.list(), config.root(), config.templates(), progress::println);
    list.pairs().folds(ListEvaluation.FOLDS);
    PairVerification read = new PairVerification(config, list);
    read.groups(list.pairs());
    return read;
  }

  /**
   * Embeds each image once, and compares the templates.
   *
   * @param run folder of the run; null for none
   */
  ListEvaluation evaluate(
      SampleEmbedder embedder, Path run, Protocol protocol, PrintStream progress) {
    DataConfig reading = embedder.reading(config.list().toString());
    PairList.Read read =
        list.samples(
            TrainingData.images(reading, protocol.seed()),
            reading.cachePlace(run),
            progress::println);
    embedder.requireFit(read.samples(), config.list().toString());
    Pairs pairs = read.pairs();
    Embeddings images =
        new Embeddings(embedder.embed("listed", read.samples()), read.samples().labels());
    Embeddings templates = Templates.means(images, pairs.templates(), pairs.subjects());
    if (templates.zeros() > 0) {
      progress.printf(
          "%d of %d %s: at 90 degrees to everything%n",
          templates.zeros(),
          templates.size(),
          config.templates() == null
              ? "images have a zero vector as embedding"
              : "templates have no direction, because embeddings cancel out or are zero vectors");
    }
    return ListEvaluation.of(
        ScoredPairs.of(templates, pairs.first(), pairs.second(), pairs.same(), pairs.folds()),
        groups(pairs),
        protocol);
  }

  /** The group of each pair, by each column asked for. */
  private Map<String, String[]> groups(Pairs pairs) {
    Map<String, String[]> groups = new LinkedHashMap<>();
    for (String column : config.by()) {
      groups.put(column, group(pairs.groups(), column));
    }
    return groups;
  }

  /** A column of pairs, or two of their sides: both values, or one if they are the same. */
  private String[] group(Map<String, String[]> columns, String asked) {
    if (columns.containsKey(asked)) {
      return columns.get(asked);
    }
    String[] first = columns.get(asked + "1");
    String[] second = columns.get(asked + "2");
    if (first == null || second == null) {
      throw unknown(columns, asked);
    }
    return IntStream.range(0, first.length)
        .mapToObj(i -> String.join(" / ", new TreeSet<>(List.of(first[i], second[i]))))
        .toArray(String[]::new);
  }

  private InvalidInputException unknown(Map<String, String[]> columns, String asked) {
    TreeSet<String> names = new TreeSet<>(columns.keySet());
    columns.keySet().stream()
        .filter(name -> name.endsWith("1") && columns.containsKey(side(name) + "2"))
        .forEach(name -> names.add(side(name)));
    List<String> there = List.copyOf(names);
    return new InvalidInputException(
        "by: expected a column of %s besides those of the pairs, %s, found '%s'; %s"
            .formatted(
                config.list(),
                there.isEmpty() ? "which has none" : "one of " + String.join(", ", there),
                asked,
                Spelling.nearest(asked, there)
                    .map(meant -> "did you mean " + meant + "?")
                    .orElse(there.isEmpty() ? "leave `by` out" : "choose one of these")));
  }

  /** The name of a column of the first side, without its number. */
  private static String side(String name) {
    return name.substring(0, name.length() - 1);
  }
}
