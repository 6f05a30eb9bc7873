package org.marginsoftmax.eval;

import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.IntStream;

/**
 * Figures of a list of pairs on the replicates of a bootstrap over subjects. In a replicate a pair
 * counts as often as its subject was drawn, or as the product of both if it has two. Of more than
 * 200 subjects groups are drawn, see {@link Units}; pairs of two subjects of one group count as
 * often as the group, because those between two copies of it are not in the list.
 */
final class ListReplicates implements VerificationReplicates {
  /** Pairs up to which each is a level of its own; of more, ranges of cosines are. */
  private static final int MOST_APART = 1 << 17;

  /** Ranges by each of three ways to divide the pairs. */
  private static final int LEVELS = 500;

  /** Folds up to which replicates find their thresholds anew: each looks at all other pairs. */
  private static final int MOST_FOLDS = 100;

  private static final int FARS = VerificationFigures.OF_LIST.tarAtFar().size();

  /** Subjects of a list, and how often each was drawn. */
  record Subjects(int[] numbers, Units units) {
    /** Those that occur in pairs. */
    static Subjects of(ScoredPairs pairs, Protocol protocol) {
      int[] numbers =
          IntStream.concat(Arrays.stream(pairs.first()), Arrays.stream(pairs.second()))
              .distinct()
              .sorted()
              .toArray();
      return new Subjects(numbers, Units.of(numbers, protocol.replicates(), protocol.seed()));
    }

    private int[] unitsOf(int[] subjects) {
      return Arrays.stream(subjects)
          .map(s -> units.of()[Arrays.binarySearch(numbers, s)])
          .toArray();
    }
  }

  private final Units units;
  private final int[] first;
  private final int[] second;
  private final boolean[] same;

  /** Of each pair, which falling level it counts for, in {@link #cosines} and {@link #folds}. */
  private final int[] level;

  private final float[] cosines;
  private final int[] folds;
  private final int present;

  /** Of each replicate, its figures in the order of {@link VerificationFigures}, then accuracy. */
  private double[][] found;

  /**
   * @param pairs all those of a list, or some
   * @param subjects of the whole list, so that replicates of some pairs are of the same draws
   */
  ListReplicates(ScoredPairs pairs, Subjects subjects) {
    int parts = pairs.folds() == null ? 1 : Arrays.stream(pairs.folds()).max().getAsInt() + 1;
    int[] of = parts > MOST_FOLDS ? null : pairs.folds();
    units = subjects.units();
    first = subjects.unitsOf(pairs.first());
    second = subjects.unitsOf(pairs.second());
    same = pairs.same();
    present =
        (int) IntStream.concat(Arrays.stream(first), Arrays.stream(second)).distinct().count();
    int n = pairs.size();
    level = new int[n];
    if (n <= MOST_APART) {
      int[] order = SortedPairs.order(pairs.cosines());
      cosines = new float[n];
      folds = of == null ? null : new int[n];
      for (int i = 0; i < n; i++) {
        level[order[i]] = i;
        cosines[i] = pairs.cosines()[order[i]];
        if (folds != null) {
          folds[i] = of[order[i]];
        }
      }
    } else {
      float[] starts = starts(pairs);
      int each = of == null ? 1 : parts;
      cosines = new float[starts.length * each];
      folds = of == null ? null : new int[cosines.length];
      for (int i = 0; i < cosines.length; i++) {
        cosines[i] = starts[starts.length - 1 - i / each];
        if (folds != null) {
          folds[i] = i % each;
        }
      }
      for (int i = 0; i < n; i++) {
        int at = Arrays.binarySearch(starts, pairs.cosines()[i]);
        int start = at >= 0 ? at : -at - 2;
        level[i] = (starts.length - 1 - start) * each + (of == null ? 0 : of[i]);
      }
    }
  }

  /**
   * Cosines from which levels begin, rising: fine where either kind is, and where few impostors
   * are.
   */
  private static float[] starts(ScoredPairs pairs) {
    float[] genuine = pairs.cosines(true);
    float[] impostor = pairs.cosines(false);
    Arrays.parallelSort(genuine);
    Arrays.parallelSort(impostor);
    TreeSet<Float> starts = new TreeSet<>();
    for (int k = 0; k < LEVELS; k++) {
      for (float[] sorted : List.of(genuine, impostor)) {
        if (sorted.length > 0) {
          starts.add(sorted[(int) ((long) k * sorted.length / LEVELS)]);
        }
      }
      if (impostor.length > 0) {
        double far = Math.pow(impostor.length, -(k + 1.0) / LEVELS);
        starts.add(impostor[impostor.length - (int) Math.ceil(far * impostor.length)]);
      }
    }
    float[] rising = new float[starts.size()];
    int n = 0;
    for (float start : starts) {
      rising[n++] = start;
    }
    return rising;
  }

  @Override
  public Replicates tarAtFar(double far) {
    return replicates((int) Math.round(-Math.log10(far)) - 1);
  }

  @Override
  public Replicates equalErrorRate() {
    return replicates(FARS);
  }

  @Override
  public Replicates areaUnderCurve() {
    return replicates(FARS + 1);
  }

  /**
   * The mean accuracy of folds, whose thresholds each replicate finds anew; NaN of more than 100
   * folds.
   */
  Replicates accuracy() {
    return replicates(FARS + 2);
  }

  private Replicates replicates(int figure) {
    if (present < 2 || units.weights().length == 0) {
      return Replicates.NONE;
    }
    if (found == null) {
      found = Arrays.stream(units.weights()).parallel().map(this::found).toArray(double[][]::new);
    }
    return new Replicates(Arrays.stream(found).mapToDouble(of -> of[figure]).toArray(), present);
  }

  private double[] found(int[] drawn) {
    double[] genuine = new double[cosines.length];
    double[] impostor = new double[cosines.length];
    for (int i = 0; i < level.length; i++) {
      int times = first[i] == second[i] ? drawn[first[i]] : drawn[first[i]] * drawn[second[i]];
      (same[i] ? genuine : impostor)[level[i]] += times;
    }
    SortedPairs sorted = new SortedPairs(cosines, folds, genuine, impostor);
    AcceptedShares curve = sorted.curve();
    double[] figures = new double[FARS + 3];
    for (int k = 0; k < FARS; k++) {
      figures[k] = curve.tarAtFar(VerificationFigures.far(k));
    }
    figures[FARS] = curve.equalErrorRate();
    figures[FARS + 1] = curve.areaUnderCurve();
    figures[FARS + 2] = folds == null ? Double.NaN : sorted.accuracy();
    return figures;
  }
}
