package org.marginsoftmax.eval;

import java.util.Arrays;
import java.util.Optional;

/**
 * Leave-one-out retrieval: each sample is a query, searched by cosine among all others.
 *
 * @param recallAt1 share of queries whose nearest other sample has the same label
 * @param mapAtR mean average precision at R (Musgrave 2020, arXiv:2003.08505, section 3.2), where R
 *     is the number of other samples of the query's class: the mean over ranks 1..R of the
 *     precision at that rank, counted as 0 if the sample at that rank is of another class
 * @param queries number of queries: samples that have another sample of their class
 */
public record Retrieval(double recallAt1, double mapAtR, int queries) {

  /**
   * Evaluates retrieval over all samples; empty if no class has two samples, or there is only one
   * class.
   */
  public static Optional<Retrieval> leaveOneOut(Embeddings embeddings) {
    return leaveOneOut(embeddings, Progress.NONE);
  }

  static Optional<Retrieval> leaveOneOut(Embeddings embeddings, Progress progress) {
    int n = embeddings.size();
    int[] labels = embeddings.labels();
    int[] counts = new int[Arrays.stream(labels).max().orElse(0) + 1];
    Arrays.stream(labels).forEach(label -> counts[label]++);
    double[] precision = new double[n];
    boolean[] first = new boolean[n];
    new Similarities(embeddings.vectors())
        .forEach(
            embeddings.vectors(),
            (i, row) -> {
              int r = counts[labels[i]] - 1;
              if (r > 0) {
                int[] ranked = ranked(row, i, r);
                first[i] = labels[ranked[0]] == labels[i];
                precision[i] = averagePrecision(ranked, labels, labels[i]);
              }
            },
            progress.begin("retrieval", n));
    int queries = 0;
    int hits = 0;
    double sum = 0;
    for (int i = 0; i < n; i++) {
      if (counts[labels[i]] > 1) {
        queries++;
        hits += first[i] ? 1 : 0;
        sum += precision[i];
      }
    }
    return queries == 0 || counts[labels[0]] == n
        ? Optional.empty()
        : Optional.of(new Retrieval((double) hits / queries, sum / queries, queries));
  }

  /** The r most similar, most similar first, the query left out; of equal ones the first. */
  private static int[] ranked(float[] similarities, int query, int r) {
    long[] keys = new long[similarities.length];
    for (int j = 0; j < keys.length; j++) {
      // Sorts descending by similarity, then ascending by index; floats in the order of integers.
      int bits = Float.floatToIntBits(similarities[j]);
      int ordered = bits ^ ((bits >> 31) & Integer.MAX_VALUE);
      keys[j] = j == query ? Long.MAX_VALUE : ((long) ~ordered << 32) | j;
    }
    Arrays.sort(keys);
    int[] best = new int[r];
    for (int k = 0; k < r; k++) {
      best[k] = (int) keys[k];
    }
    return best;
  }

  private static double averagePrecision(int[] ranked, int[] labels, int label) {
    int right = 0;
    double sum = 0;
    for (int k = 0; k < ranked.length; k++) {
      if (labels[ranked[k]] == label) {
        right++;
        sum += (double) right / (k + 1);
      }
    }
    return sum / ranked.length;
  }
}
