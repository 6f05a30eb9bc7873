package org.marginsoftmax.pairs;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.IntStream;
import org.marginsoftmax.InvalidInputException;

/**
 * Pairs to verify, of templates of images. A template stands for one embedding, made of those of
 * its images; a plain image is a template of one.
 *
 * @param templates [T] images of each template, ascending; numbers of items of a source or of
 *     samples
 * @param subjects [T] subject of each template, 0..number of subjects-1
 * @param first [P] one template of each pair, 0..T-1
 * @param second [P] the other one, which may be the same
 * @param same [P] whether both are of one subject
 * @param folds [P] fold of each pair, from 0, without gaps; null if the list has none
 * @param groups [P] by name, what the list says besides of each pair, such as {@code site}; in the
 *     order of the list
 */
public record Pairs(
    int[][] templates,
    int[] subjects,
    int[] first,
    int[] second,
    boolean[] same,
    int[] folds,
    Map<String, String[]> groups) {
  /** Number of pairs, P. */
  public int size() {
    return same.length;
  }

  /** Number of pairs of one subject. */
  public int genuine() {
    return (int) IntStream.range(0, same.length).filter(i -> same[i]).count();
  }

  /** Number of pairs of a template with itself, whose similarity says nothing of a network. */
  public int ofOneTemplate() {
    return (int) IntStream.range(0, same.length).filter(i -> first[i] == second[i]).count();
  }

  /**
   * The fold of each pair: as the list has them, else that many consecutive parts, of which the
   * first ones have a pair more where the number of pairs does not divide. That is how insightface
   * divides its lists, by scikit-learn's {@code KFold} without shuffling. A fold may lack pairs of
   * one kind.
   *
   * @param parts number of folds if the list has none, at least 2
   * @return [P] numbers from 0
   * @throws InvalidInputException if there are fewer pairs than parts
   */
  public int[] folds(int parts) {
    if (folds != null) {
      return folds;
    }
    if (size() < parts) {
      throw new InvalidInputException(
          "pairs: expected at least %d, one for each fold, found %d; add some, or a column fold"
              .formatted(parts, size()));
    }
    int each = size() / parts;
    int larger = size() % parts;
    return IntStream.range(0, size())
        .map(i -> i < larger * (each + 1) ? i / (each + 1) : (i - larger) / each)
        .toArray();
  }

  /**
   * What is left of these if some images are missing: templates without them, and pairs of
   * templates that have any left. Folds keep their numbers.
   *
   * @param items the images that are left, ascending; they are numbered anew in this order
   */
  Pairs of(int[] items) {
    int[][] left =
        Arrays.stream(templates)
            .map(
                images ->
                    IntStream.of(images)
                        .map(image -> Arrays.binarySearch(items, image))
                        .filter(image -> image >= 0)
                        .toArray())
            .toArray(int[][]::new);
    int[] kept = IntStream.range(0, left.length).filter(t -> left[t].length > 0).toArray();
    int[] number = new int[left.length];
    Arrays.fill(number, -1);
    IntStream.range(0, kept.length).forEach(i -> number[kept[i]] = i);
    int[] rows =
        IntStream.range(0, size())
            .filter(i -> number[first[i]] >= 0 && number[second[i]] >= 0)
            .toArray();
    boolean[] sameLeft = new boolean[rows.length];
    IntStream.range(0, rows.length).forEach(i -> sameLeft[i] = same[rows[i]]);
    Map<String, String[]> groupsLeft = new LinkedHashMap<>();
    groups.forEach(
        (name, of) ->
            groupsLeft.put(name, IntStream.of(rows).mapToObj(i -> of[i]).toArray(String[]::new)));
    return new Pairs(
        IntStream.of(kept).mapToObj(t -> left[t]).toArray(int[][]::new),
        IntStream.of(kept).map(t -> subjects[t]).toArray(),
        IntStream.of(rows).map(i -> number[first[i]]).toArray(),
        IntStream.of(rows).map(i -> number[second[i]]).toArray(),
        sameLeft,
        folds == null ? null : IntStream.of(rows).map(i -> folds[i]).toArray(),
        groupsLeft);
  }
}
