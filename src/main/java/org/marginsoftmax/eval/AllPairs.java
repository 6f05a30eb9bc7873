package org.marginsoftmax.eval;

import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/**
 * All pairs of some embeddings, gone through once: who is nearest to whom, and how many pairs of
 * one class and of two have which cosine.
 */
public final class AllPairs {
  /** Pairs up to which all cosines are kept, 32 MB; of more they are counted in cells. */
  private static final long MOST_KEPT = 1 << 23;

  /** Threads that count at a time; each has up to 42 MB of counts. */
  private static final int COUNTING = Math.min(4, Runtime.getRuntime().availableProcessors());

  /** Samples, and classes of them, whose pairs say where cells and buckets are. */
  private static final int DRAWN = 1000;

  private static final int DRAWN_CLASSES = 100;

  private final Verification verification;
  private final PairCurve curve;
  private final Retrieval retrieval;
  private final Distractors distractors;

  private AllPairs(
      Verification verification, PairCurve curve, Retrieval retrieval, Distractors distractors) {
    this.distractors = distractors;
    this.verification = verification;
    this.curve = curve;
    this.retrieval = retrieval;
  }

  /** Goes through all pairs. */
  public static AllPairs of(Embeddings embeddings) {
    return of(embeddings, Units.one(embeddings.size()), Progress.NONE);
  }

  static AllPairs of(Embeddings embeddings, Units units, Progress progress) {
    Scan scan = Scan.of(embeddings, units, progress);
    boolean oneClass = scan.classEnd[0] == scan.order.length;
    return new AllPairs(
        scan.verification(),
        scan.curve,
        oneClass || scan.retrieval.queries() == 0 ? null : scan.retrieval,
        scan.distractors);
  }

  /** Whether pairs are of one class; empty if there are no genuine or no impostor pairs. */
  public Optional<Verification> verification() {
    return Optional.ofNullable(verification);
  }

  /**
   * Each sample searched among the others; empty if no class has two samples, or there is only one
   * class.
   */
  public Optional<Retrieval> retrieval() {
    return Optional.ofNullable(retrieval);
  }

  /** The pairs by the units of a bootstrap; empty without replicates, or without pairs. */
  Optional<PairCurve> curve() {
    return verification == null || curve.replicates() == 0 ? Optional.empty() : Optional.of(curve);
  }

  /** What other classes cost retrieval. */
  Distractors distractors() {
    return distractors;
  }

  /** What all rows share. Samples are one unit after the other, in it one class after the other. */
  private static final class Scan {
    final float[][] vectors;
    final int[] order;
    final int[] unit;
    final int[] classStart;
    final int[] classEnd;
    final int[] unitStart;
    final PairCurve curve;

    /** Null if pairs are not counted by cosine. */
    final Buckets buckets;

    final Retrieval retrieval;
    final Distractors distractors;

    /**
     * Cosines of each row with later ones of its class, and of others; null if counted in cells.
     */
    final float[][] genuine;

    final float[][] impostor;
    final Cells cells;
    final BlockingQueue<Counts> counts = new LinkedBlockingQueue<>();

    Scan(Embeddings sorted, Units units, int[] order) {
      this.order = order;
      vectors = sorted.vectors();
      int n = order.length;
      unit = Arrays.stream(order).map(i -> units.of()[i]).toArray();
      classStart = new int[n];
      classEnd = new int[n];
      int[] labels = sorted.labels();
      for (int i = 0; i < n; i++) {
        classStart[i] = i > 0 && labels[i] == labels[i - 1] ? classStart[i - 1] : i;
      }
      for (int i = n - 1; i >= 0; i--) {
        classEnd[i] = i + 1 < n && labels[i] == labels[i + 1] ? classEnd[i + 1] : i + 1;
      }
      unitStart = new int[units.count() + 1];
      for (int u : unit) {
        unitStart[u + 1]++;
      }
      Arrays.parallelPrefix(unitStart, Integer::sum);
      retrieval = new Retrieval(n);
      curve = new PairCurve(units);
      distractors = new Distractors(units);
      boolean kept = (long) n * (n - 1) / 2 <= MOST_KEPT;
      genuine = kept ? new float[n][] : null;
      impostor = kept ? new float[n][] : null;
      // Cosines that are kept need no counts unless replicates weigh them.
      Drawn drawn = kept && curve.replicates() == 0 ? null : Drawn.of(sorted);
      buckets = drawn == null ? null : new Buckets(drawn.genuine, drawn.impostor);
      cells = kept ? null : Cells.of(drawn.genuine, drawn.impostor);
      for (int k = 0; k < COUNTING && !kept; k++) {
        counts.add(new Counts(cells));
      }
    }

    /** Goes through all rows. */
    static Scan of(Embeddings embeddings, Units units, Progress progress) {
      int[] order = units.order(embeddings.labels());
      Scan scan = new Scan(embeddings.at(order), units, order);
      new Similarities(scan.vectors)
          .forEach(
              scan.vectors,
              scan::start,
              Gathered::add,
              Gathered::end,
              progress.begin("pairs", order.length));
      return scan;
    }

    Gathered start() {
      try {
        return new Gathered(this, genuine == null ? counts.take() : null);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted while pairs were counted", e);
      }
    }

    Verification verification() {
      if (genuine == null) {
        Counts all = new Counts(cells);
        counts.forEach(some -> some.addTo(all));
        return all.verification();
      }
      float[] same = joined(genuine);
      float[] different = joined(impostor);
      return same.length == 0 || different.length == 0 ? null : Verification.of(same, different);
    }

    static float[] joined(float[][] rows) {
      float[] all = new float[Arrays.stream(rows).mapToInt(r -> r.length).sum()];
      int at = 0;
      for (float[] row : rows) {
        System.arraycopy(row, 0, all, at, row.length);
        at += row.length;
      }
      return all;
    }
  }

  /** Cosines of the pairs of some samples, ascending. */
  private record Drawn(float[] genuine, float[] impostor) {
    static Drawn of(Embeddings embeddings) {
      Embeddings some =
          embeddings.at(samplesOfSomeClasses(embeddings.counts(), embeddings.labels()));
      Embeddings drawn = some.at(Draw.balanced(some.labels(), DRAWN, 1));
      int[] labels = drawn.labels();
      float[][] genuine = new float[labels.length][];
      float[][] impostor = new float[labels.length][];
      new Similarities(drawn.vectors())
          .forEach(
              drawn.vectors(),
              (i, row) -> {
                genuine[i] = later(row, i, j -> labels[j] == labels[i]);
                impostor[i] = later(row, i, j -> labels[j] != labels[i]);
              });
      return new Drawn(ascending(genuine), ascending(impostor));
    }

    private static float[] later(float[] row, int i, IntPredicate which) {
      int[] at = IntStream.range(i + 1, row.length).filter(which).toArray();
      float[] found = new float[at.length];
      for (int k = 0; k < at.length; k++) {
        found[k] = row[at[k]];
      }
      return found;
    }

    private static float[] ascending(float[][] rows) {
      float[] all = Scan.joined(rows);
      Arrays.parallelSort(all);
      return all;
    }

    /** Of many classes a draw of samples would hardly have two of one. */
    private static int[] samplesOfSomeClasses(int[] counts, int[] labels) {
      int[] classes = IntStream.range(0, counts.length).filter(k -> counts[k] > 1).toArray();
      if (classes.length <= DRAWN_CLASSES) {
        return IntStream.range(0, labels.length).toArray();
      }
      return Draw.ofClasses(labels, classes, DRAWN_CLASSES, 1);
    }
  }

  /** Numbers of pairs in cells: of 32 bits, for the processor's caches, now and then added up. */
  private static final class Counts {
    private final Cells cells;
    private final int[] genuine;
    private final int[] impostor;
    private final long[] allGenuine;
    private final long[] allImpostor;
    private long counted;

    Counts(Cells cells) {
      this.cells = cells;
      genuine = new int[cells.count()];
      impostor = new int[cells.count()];
      allGenuine = new long[cells.count()];
      allImpostor = new long[cells.count()];
    }

    /** Makes room for as many more pairs. */
    void begin(int pairs) {
      if (counted + pairs > Integer.MAX_VALUE) {
        empty();
      }
      counted += pairs;
    }

    private void empty() {
      for (int k = 0; k < cells.count(); k++) {
        allGenuine[k] += genuine[k];
        allImpostor[k] += impostor[k];
      }
      Arrays.fill(genuine, 0);
      Arrays.fill(impostor, 0);
      counted = 0;
    }

    void addTo(Counts all) {
      empty();
      for (int k = 0; k < cells.count(); k++) {
        all.allGenuine[k] += allGenuine[k];
        all.allImpostor[k] += allImpostor[k];
      }
    }

    /** Null without genuine or without impostor pairs. */
    Verification verification() {
      int levels = 0;
      for (int k = 0; k < cells.count(); k++) {
        levels += allGenuine[k] + allImpostor[k] > 0 ? 1 : 0;
      }
      float[] cosines = new float[levels];
      float[] above = new float[levels];
      long[] same = new long[levels];
      long[] different = new long[levels];
      long g = 0;
      long i = 0;
      int level = 0;
      for (int k = cells.count() - 1; k >= 0; k--) {
        if (allGenuine[k] + allImpostor[k] > 0) {
          g += allGenuine[k];
          i += allImpostor[k];
          cosines[level] = cells.from(k);
          above[level] = cells.from(k + 1);
          same[level] = g;
          different[level++] = i;
        }
      }
      return g == 0 || i == 0 ? null : new Verification(cosines, above, same, different);
    }
  }

  /** What some rows that follow each other have counted. */
  private static final class Gathered {
    private final Scan scan;
    private final Counts counts;
    private int unit = -1;
    private int[] genuine;
    private int[][] impostor;
    private Distractors.Gains gains;

    Gathered(Scan scan, Counts counts) {
      this.scan = scan;
      this.counts = counts;
    }

    void add(int i, float[] row) {
      scan.retrieval.rank(scan.order[i], row, scan.classStart[i], scan.classEnd[i], i);
      if (counts == null) {
        scan.genuine[i] = Arrays.copyOfRange(row, i + 1, scan.classEnd[i]);
        scan.impostor[i] = Arrays.copyOfRange(row, scan.classEnd[i], row.length);
      } else {
        counts.begin(row.length);
      }
      if (scan.buckets != null) {
        countByUnits(i, row);
      }
    }

    private void countByUnits(int i, float[] row) {
      if (scan.unit[i] != unit) {
        flush();
        unit = scan.unit[i];
        genuine = new int[PairCurve.BUCKETS];
        impostor = new int[scan.unitStart.length - 1 - unit][PairCurve.BUCKETS];
        gains = new Distractors.Gains(scan.unitStart.length - 1);
      }
      int rank = scan.retrieval.firstRank()[scan.order[i]];
      if (rank > 1 && scan.curve.replicates() > 0) {
        distracted(i, row, rank);
      }
      int end = scan.classEnd[i];
      count(counts == null ? null : counts.genuine, genuine, row, i + 1, end);
      for (int v = unit; v + 1 < scan.unitStart.length; v++) {
        count(
            counts == null ? null : counts.impostor,
            impostor[v - unit],
            row,
            Math.max(end, scan.unitStart[v]),
            scan.unitStart[v + 1]);
      }
    }

    /** Which units are before the first of the query's class; those that tie with it are. */
    private void distracted(int i, float[] row, int rank) {
      int from = scan.classStart[i];
      int to = scan.classEnd[i];
      float first = -1;
      for (int j = from; j < to; j++) {
        first = j == i ? first : Math.max(first, row[j]);
      }
      for (int v = 0; v + 1 < scan.unitStart.length; v++) {
        int before =
            notBelow(row, scan.unitStart[v], Math.min(from, scan.unitStart[v + 1]), first)
                + notBelow(row, Math.max(to, scan.unitStart[v]), scan.unitStart[v + 1], first);
        if (before > 0) {
          gains.add(v, rank, before);
        }
      }
    }

    private static int notBelow(float[] row, int from, int to, float cosine) {
      int count = 0;
      for (int j = from; j < to; j++) {
        count += row[j] >= cosine ? 1 : 0;
      }
      return count;
    }

    /**
     * @param inCells null if cosines are kept
     */
    private void count(int[] inCells, int[] inBuckets, float[] row, int from, int to) {
      if (inCells == null) {
        for (int j = from; j < to; j++) {
          inBuckets[scan.buckets.of(Cells.fine(row[j]))]++;
        }
        return;
      }
      for (int j = from; j < to; j++) {
        int fine = Cells.fine(row[j]);
        inCells[scan.cells.of(fine)]++;
        inBuckets[scan.buckets.of(fine)]++;
      }
    }

    private void flush() {
      if (unit >= 0) {
        scan.curve.addGenuine(unit, genuine);
        scan.curve.addImpostor(unit, impostor);
        scan.distractors.add(unit, gains);
      }
    }

    void end() {
      flush();
      if (counts != null) {
        scan.counts.add(counts);
      }
    }
  }
}
