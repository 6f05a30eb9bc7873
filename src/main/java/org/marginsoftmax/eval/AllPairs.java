package org.marginsoftmax.eval;

import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * All pairs of some embeddings, gone through once: who is nearest to whom, and how many pairs of
 * one class and of two have which cosine.
 */
public final class AllPairs {
  /** Pairs up to which all cosines are kept, 32 MB; of more they are counted in cells. */
  private static final long MOST_KEPT = 1 << 23;

  /** Cells in a unit of cosine: 1e-6 each, of which a processor's cache has those that matter. */
  private static final int CELLS = 1 << 20;

  /** Threads that count at a time; each has 42 MB of cells. */
  private static final int COUNTING = Math.min(4, Runtime.getRuntime().availableProcessors());

  /** Samples whose pairs say where the buckets are. */
  private static final int DRAWN = 1000;

  private final Verification verification;
  private final PairCurve curve;
  private final Retrieval retrieval;

  private AllPairs(Verification verification, PairCurve curve, Retrieval retrieval) {
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
        oneClass || scan.retrieval.queries() == 0 ? null : scan.retrieval);
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
    return verification == null ? Optional.empty() : Optional.ofNullable(curve);
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
    final Buckets buckets;
    final Retrieval retrieval;

    /**
     * Cosines of each row with later ones of its class, and of others; null if counted in cells.
     */
    final float[][] genuine;

    final float[][] impostor;
    final BlockingQueue<Cells> cells = new LinkedBlockingQueue<>();

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
      boolean kept = (long) n * (n - 1) / 2 <= MOST_KEPT;
      genuine = kept ? new float[n][] : null;
      impostor = kept ? new float[n][] : null;
      for (int k = 0; k < COUNTING && !kept; k++) {
        cells.add(new Cells());
      }
      curve = units.weights().length == 0 ? null : new PairCurve(units);
      buckets = curve == null ? null : buckets(sorted);
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

    private static Buckets buckets(Embeddings sorted) {
      Embeddings drawn = sorted.at(Draw.balanced(sorted.labels(), DRAWN, 1));
      Scan scan = of(drawn, Units.one(drawn.size()), Progress.NONE);
      float[] genuine = joined(scan.genuine);
      float[] impostor = joined(scan.impostor);
      Arrays.parallelSort(genuine);
      Arrays.parallelSort(impostor);
      return new Buckets(genuine, impostor);
    }

    Gathered start() {
      try {
        return new Gathered(this, genuine == null ? cells.take() : null);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted while pairs were counted", e);
      }
    }

    Verification verification() {
      if (genuine == null) {
        long[] same = new long[2 * CELLS + 1];
        long[] different = new long[2 * CELLS + 1];
        cells.forEach(c -> c.addTo(same, different));
        return verification(same, different);
      }
      float[] same = joined(genuine);
      float[] different = joined(impostor);
      return same.length == 0 || different.length == 0 ? null : Verification.of(same, different);
    }

    private static Verification verification(long[] inCells, long[] others) {
      int levels = 0;
      for (int k = 0; k <= 2 * CELLS; k++) {
        levels += inCells[k] + others[k] > 0 ? 1 : 0;
      }
      float[] cosines = new float[levels];
      long[] same = new long[levels];
      long[] different = new long[levels];
      long g = 0;
      long i = 0;
      int level = 0;
      for (int k = 2 * CELLS; k >= 0; k--) {
        if (inCells[k] + others[k] > 0) {
          g += inCells[k];
          i += others[k];
          cosines[level] = (float) k / CELLS - 1;
          same[level] = g;
          different[level++] = i;
        }
      }
      return g == 0 || i == 0 ? null : new Verification(cosines, same, different, 1f / CELLS);
    }

    private static float[] joined(float[][] rows) {
      float[] all = new float[Arrays.stream(rows).mapToInt(r -> r.length).sum()];
      int at = 0;
      for (float[] row : rows) {
        System.arraycopy(row, 0, all, at, row.length);
        at += row.length;
      }
      return all;
    }
  }

  /**
   * Numbers of pairs in cells from cosine -1, each with its lower edge, to 1. Those of impostor
   * pairs, which are many, are counted in numbers of 32 bits, for the processor's caches.
   */
  private static final class Cells {
    private final long[] genuine = new long[2 * CELLS + 1];
    private final long[] full = new long[2 * CELLS + 1];
    private final int[] impostor = new int[2 * CELLS + 1];
    private long counted;

    void addGenuine(float[] row, int from, int to) {
      for (int j = from; j < to; j++) {
        genuine[cell(row[j])]++;
      }
    }

    void addImpostor(float[] row, int from, int to) {
      if (counted + row.length > Integer.MAX_VALUE) {
        empty();
      }
      counted += to - from;
      for (int j = from; j < to; j++) {
        impostor[cell(row[j])]++;
      }
    }

    private static int cell(float cosine) {
      return (int) ((cosine + 1.0) * CELLS);
    }

    private void empty() {
      for (int k = 0; k < full.length; k++) {
        full[k] += impostor[k];
        impostor[k] = 0;
      }
      counted = 0;
    }

    void addTo(long[] same, long[] different) {
      empty();
      for (int k = 0; k < full.length; k++) {
        same[k] += genuine[k];
        different[k] += full[k];
      }
    }
  }

  /** What some rows that follow each other have counted. */
  private static final class Gathered {
    private final Scan scan;
    private final Cells cells;
    private int unit = -1;
    private int[] genuine;
    private int[][] impostor;

    Gathered(Scan scan, Cells cells) {
      this.scan = scan;
      this.cells = cells;
    }

    void add(int i, float[] row) {
      scan.retrieval.rank(scan.order[i], row, scan.classStart[i], scan.classEnd[i], i);
      int end = scan.classEnd[i];
      if (cells == null) {
        scan.genuine[i] = Arrays.copyOfRange(row, i + 1, end);
        scan.impostor[i] = Arrays.copyOfRange(row, end, row.length);
      } else {
        cells.addGenuine(row, i + 1, end);
        cells.addImpostor(row, end, row.length);
      }
      if (scan.curve != null) {
        bucket(i, row);
      }
    }

    private void bucket(int i, float[] row) {
      if (scan.unit[i] != unit) {
        flush();
        unit = scan.unit[i];
        genuine = new int[PairCurve.BUCKETS];
        impostor = new int[scan.unitStart.length - 1 - unit][PairCurve.BUCKETS];
      }
      count(genuine, row, i + 1, scan.classEnd[i]);
      for (int v = unit; v + 1 < scan.unitStart.length; v++) {
        int from = Math.max(scan.classEnd[i], scan.unitStart[v]);
        count(impostor[v - unit], row, from, scan.unitStart[v + 1]);
      }
    }

    private void count(int[] counts, float[] row, int from, int to) {
      for (int j = from; j < to; j++) {
        counts[scan.buckets.of(row[j])]++;
      }
    }

    private void flush() {
      if (unit >= 0) {
        scan.curve.addGenuine(unit, genuine);
        scan.curve.addImpostor(unit, impostor);
      }
    }

    void end() {
      flush();
      if (cells != null) {
        scan.cells.add(cells);
      }
    }
  }
}
