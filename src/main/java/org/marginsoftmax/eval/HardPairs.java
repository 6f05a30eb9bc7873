package org.marginsoftmax.eval;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.stream.Stream;

/**
 * The pairs that verification gets wrong first: genuine ones of the smallest cosine, impostor ones
 * of the largest.
 *
 * @param genuine hardest first
 * @param impostor hardest first
 */
public record HardPairs(List<Pair> genuine, List<Pair> impostor) {
  /**
   * Two samples.
   *
   * @param first index of a sample
   * @param second index of a later sample
   * @param cosine of their embeddings, -1..1
   */
  public record Pair(int first, int second, float cosine) {}

  /**
   * Goes through all pairs, by blocks.
   *
   * @param n largest number of pairs of each kind
   */
  public static HardPairs of(Embeddings embeddings, int n) {
    // The easiest that is kept is at the head, to go first.
    PriorityQueue<Pair> genuine = new PriorityQueue<>(hardestGenuine().reversed());
    PriorityQueue<Pair> impostor = new PriorityQueue<>(hardestImpostor().reversed());
    float[][] vectors = embeddings.vectors();
    int[] labels = embeddings.labels();
    float[] row = new float[labels.length];
    Products.inFloat32(
        vectors.length,
        i -> vectors[i],
        vectors,
        (from, to, products) -> {
          for (int i = from; i < to; i++) {
            products.read(i, row);
            for (int j = i + 1; j < row.length; j++) {
              boolean same = labels[i] == labels[j];
              PriorityQueue<Pair> kept = same ? genuine : impostor;
              float cosine = Math.max(-1, Math.min(1, row[j]));
              if (kept.size() < n
                  || (same ? cosine < kept.peek().cosine : cosine > kept.peek().cosine)) {
                kept.add(new Pair(i, j, cosine));
                if (kept.size() > n) {
                  kept.remove();
                }
              }
            }
          }
        });
    return new HardPairs(
        genuine.stream().sorted(hardestGenuine()).toList(),
        impostor.stream().sorted(hardestImpostor()).toList());
  }

  private static Comparator<Pair> hardestGenuine() {
    return Comparator.comparingDouble(Pair::cosine)
        .thenComparingInt(Pair::first)
        .thenComparingInt(Pair::second);
  }

  private static Comparator<Pair> hardestImpostor() {
    return Comparator.<Pair>comparingDouble(p -> -p.cosine)
        .thenComparingInt(Pair::first)
        .thenComparingInt(Pair::second);
  }

  /** The samples of these pairs, ascending. */
  public int[] samples() {
    return Stream.concat(genuine.stream(), impostor.stream())
        .flatMapToInt(p -> Arrays.stream(new int[] {p.first, p.second}))
        .distinct()
        .sorted()
        .toArray();
  }
}
