package org.marginsoftmax.run;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.marginsoftmax.eval.ClassResult;
import org.marginsoftmax.eval.ConfusionMatrix;
import org.marginsoftmax.eval.DominantCenters;
import org.marginsoftmax.eval.Draw;
import org.marginsoftmax.eval.Embeddings;
import org.marginsoftmax.eval.HardPairs;
import org.marginsoftmax.eval.Neighbours;
import org.marginsoftmax.report.Mistakes;

/** Collects what a network gets wrong, and the samples that show it. */
final class RunMistakes {
  /** Test samples among which all pairs are looked at once more, a matter of seconds. */
  private static final int COMPARED = 10_000;

  private static final int PAIRS = 24;
  private static final int NEIGHBOURS = 8;
  private static final int QUERIES_OF_A_KIND = 10;
  private static final int CLASSES_WITH_EXAMPLES = 20;
  private static final int EXAMPLES = 6;

  private final TrainingData data;
  private final TestEvaluation test;
  private final int[] drawn;
  private final ShownSamples shown = new ShownSamples();

  private RunMistakes(TrainingData data, TestEvaluation test, long seed) {
    this.data = data;
    this.test = test;
    drawn = Draw.balanced(test.embeddings().labels(), COMPARED, seed);
  }

  /**
   * @param seed of the draw of test samples
   */
  static Mistakes of(TrainingData data, TestEvaluation test, long seed) {
    return new RunMistakes(data, test, seed).collected();
  }

  private Mistakes collected() {
    int[] labels = test.embeddings().labels();
    int[] predicted = test.against().predicted();
    List<ClassResult> classes = ClassResult.ranked(labels, predicted, test.against().ownAngles());
    Embeddings some = test.embeddings().at(drawn);
    HardPairs pairs = HardPairs.of(some, PAIRS);
    Map<Integer, List<Integer>> examples = examples(classes);
    List<Neighbours> neighbours =
        Neighbours.of(some, queries(classes, examples, pairs), NEIGHBOURS);

    Map<Integer, List<Integer>> numbered = new HashMap<>();
    examples.forEach((label, of) -> numbered.put(label, of.stream().map(this::number).toList()));
    HardPairs shownPairs = new HardPairs(numbered(pairs.genuine()), numbered(pairs.impostor()));
    List<Neighbours> shownNeighbours = neighbours.stream().map(this::numbered).toList();
    List<Mistakes.Suspect> suspects =
        test.suspects().found().stream()
            .map(
                s ->
                    new Mistakes.Suspect(
                        shown.number(data.train(), s.sample()), s.nearest(), s.angle()))
            .toList();
    return new Mistakes(
        data.train().classNames(),
        new ConfusionMatrix(labels, predicted),
        classes,
        shown.sheet(),
        numbered,
        drawn.length,
        shownPairs,
        shownNeighbours,
        test.suspects().examined(),
        DominantCenters.USUAL_ANGLE,
        suspects);
  }

  /** Places in the draw of the samples farthest from their centre, of the hardest classes. */
  private Map<Integer, List<Integer>> examples(List<ClassResult> classes) {
    Map<Integer, List<Integer>> examples = new HashMap<>();
    classes.stream()
        .limit(CLASSES_WITH_EXAMPLES)
        .forEach(c -> examples.put(c.label(), new ArrayList<>()));
    for (int i = 0; i < drawn.length; i++) {
      List<Integer> of = examples.get(test.embeddings().labels()[drawn[i]]);
      if (of != null) {
        of.add(i);
      }
    }
    examples.replaceAll(
        (label, of) ->
            of.stream()
                .sorted(
                    Comparator.comparingDouble((Integer i) -> test.against().ownAngles()[drawn[i]])
                        .reversed())
                .limit(EXAMPLES)
                .toList());
    return examples;
  }

  /** Of the hardest classes and of the hardest pairs. */
  private static int[] queries(
      List<ClassResult> classes, Map<Integer, List<Integer>> examples, HardPairs pairs) {
    Set<Integer> queries = new LinkedHashSet<>();
    classes.stream()
        .limit(CLASSES_WITH_EXAMPLES)
        .flatMap(c -> examples.get(c.label()).stream().limit(1))
        .limit(QUERIES_OF_A_KIND)
        .forEach(queries::add);
    for (List<HardPairs.Pair> kind : List.of(pairs.genuine(), pairs.impostor())) {
      kind.stream().limit(QUERIES_OF_A_KIND).forEach(p -> queries.add(p.first()));
    }
    return queries.stream().mapToInt(i -> i).toArray();
  }

  private List<HardPairs.Pair> numbered(List<HardPairs.Pair> pairs) {
    return pairs.stream()
        .map(p -> new HardPairs.Pair(number(p.first()), number(p.second()), p.cosine()))
        .toList();
  }

  private Neighbours numbered(Neighbours of) {
    return new Neighbours(
        number(of.sample()), Arrays.stream(of.nearest()).map(this::number).toArray(), of.cosines());
  }

  private int number(int inDraw) {
    return shown.number(data.test(), drawn[inDraw]);
  }
}
