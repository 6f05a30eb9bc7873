package org.marginsoftmax.eval;

import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Which classes are taken for which. Only pairs of classes that occur are stored, so there may be
 * many classes.
 */
public final class ConfusionMatrix {
  private final Map<Integer, Map<Integer, Integer>> counts = new HashMap<>();
  private final Map<Integer, Integer> mistakes = new HashMap<>();

  /**
   * A pair of classes of which one is taken for the other.
   *
   * @param label the class of the samples
   * @param predicted the class that they are taken for
   * @param samples how many of them, at least 1
   */
  public record Confusion(int label, int predicted, int samples) {}

  /**
   * Counts.
   *
   * @param labels of the samples, [n]
   * @param predicted class of each, [n]
   */
  public ConfusionMatrix(int[] labels, int[] predicted) {
    for (int i = 0; i < labels.length; i++) {
      counts.computeIfAbsent(labels[i], k -> new HashMap<>()).merge(predicted[i], 1, Integer::sum);
      if (labels[i] != predicted[i]) {
        mistakes.merge(labels[i], 1, Integer::sum);
        mistakes.merge(predicted[i], 1, Integer::sum);
      }
    }
  }

  /** Number of samples of a class that are taken for another, or for their own. */
  public int count(int label, int predicted) {
    return counts.getOrDefault(label, Map.of()).getOrDefault(predicted, 0);
  }

  /** Number of samples of a class. */
  public int samples(int label) {
    return counts.getOrDefault(label, Map.of()).values().stream().mapToInt(n -> n).sum();
  }

  /**
   * What the samples of a class are taken for, their own class included, the most frequent first.
   */
  public List<Confusion> takenFor(int label) {
    return counts.getOrDefault(label, Map.of()).entrySet().stream()
        .map(cell -> new Confusion(label, cell.getKey(), cell.getValue()))
        .sorted(
            Comparator.comparingInt(Confusion::samples)
                .reversed()
                .thenComparingInt(Confusion::predicted))
        .toList();
  }

  /** The pairs of classes that are confused most often, at most n of them. */
  public List<Confusion> frequent(int n) {
    return counts.entrySet().stream()
        .flatMap(
            row ->
                row.getValue().entrySet().stream()
                    .filter(cell -> !cell.getKey().equals(row.getKey()))
                    .map(cell -> new Confusion(row.getKey(), cell.getKey(), cell.getValue())))
        .sorted(
            Comparator.comparingInt(Confusion::samples)
                .reversed()
                .thenComparingInt(Confusion::label)
                .thenComparingInt(Confusion::predicted))
        .limit(n)
        .toList();
  }

  /**
   * The classes with the most mistakes, their own samples and those taken for them, ascending by
   * label.
   *
   * @param classes number of all classes
   * @param n largest number of classes to return
   */
  public int[] confused(int classes, int n) {
    Integer[] all = new Integer[classes];
    Arrays.setAll(all, k -> k);
    // Stable: of equal ones the first.
    Arrays.sort(all, Comparator.comparingInt(k -> -mistakes.getOrDefault(k, 0)));
    return Arrays.stream(all).limit(n).mapToInt(k -> k).sorted().toArray();
  }
}
