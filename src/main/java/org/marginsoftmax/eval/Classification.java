package org.marginsoftmax.eval;

import java.util.function.IntConsumer;
import org.marginsoftmax.InvalidInputException;

/** Predicts the class of embeddings and compares it with their labels. */
public final class Classification {
  private Classification() {}

  /** The most classes of a confusion matrix, which then takes 1.6 GB. */
  private static final int MOST_CONFUSED = 20_000;

  /**
   * Confusion matrix. The predicted class is the one whose center has the largest cosine; on a tie,
   * the first.
   *
   * @param centers [C][d], not necessarily of norm 1
   * @return counts [C][C], rows by true class, columns by predicted class
   * @throws InvalidInputException if a label or a size does not fit the centers, or there are more
   *     than 20,000 classes
   */
  public static int[][] confusion(Embeddings embeddings, float[][] centers) {
    if (centers.length > MOST_CONFUSED) {
      throw new InvalidInputException(
          "confusion: expected at most %d classes, found %d; compare labels with the nearest classes themselves"
              .formatted(MOST_CONFUSED, centers.length));
    }
    requireFit(embeddings, centers);
    int[] predicted = nearest(embeddings, Vectors.unit(centers), done -> {});
    int[][] counts = new int[centers.length][centers.length];
    for (int i = 0; i < predicted.length; i++) {
      counts[embeddings.labels()[i]][predicted[i]]++;
    }
    return counts;
  }

  /**
   * Share of embeddings that are nearest by cosine to the center of their own class, 0..1.
   *
   * @param centers [C][d], not necessarily of norm 1
   * @throws InvalidInputException if a label or a size does not fit the centers
   */
  public static double accuracy(Embeddings embeddings, float[][] centers) {
    requireFit(embeddings, centers);
    return agreement(embeddings, nearest(embeddings, Vectors.unit(centers), done -> {}));
  }

  /**
   * 1-NN accuracy: share of queries whose nearest neighbour by cosine in the gallery has the same
   * label, 0..1.
   */
  public static double nearestNeighbor(Embeddings queries, Embeddings gallery) {
    return agreement(queries, nearestLabels(queries, gallery, Progress.NONE));
  }

  /** The label of the nearest neighbour of each query in the gallery, the first of equal ones. */
  static int[] nearestLabels(Embeddings queries, Embeddings gallery, Progress progress) {
    int[] nearest =
        nearest(queries, gallery.vectors(), progress.begin("nearest neighbours", queries.size()));
    for (int i = 0; i < nearest.length; i++) {
      nearest[i] = gallery.labels()[nearest[i]];
    }
    return nearest;
  }

  static void requireFit(Embeddings embeddings, float[][] centers) {
    for (int label : embeddings.labels()) {
      if (label >= centers.length || centers[label].length != embeddings.dimension()) {
        throw new InvalidInputException(
            "centers: expected one of size %d for each label, found %d of them and label %d; give those the embeddings were trained with"
                .formatted(embeddings.dimension(), centers.length, label));
      }
    }
  }

  private static int[] nearest(Embeddings queries, float[][] vectors, IntConsumer done) {
    int[] nearest = new int[queries.size()];
    new Similarities(vectors)
        .forEach(queries.vectors(), (q, row) -> nearest[q] = Similarities.largest(row, -1), done);
    return nearest;
  }

  static double agreement(Embeddings embeddings, int[] predicted) {
    int right = 0;
    for (int i = 0; i < predicted.length; i++) {
      right += predicted[i] == embeddings.labels()[i] ? 1 : 0;
    }
    return (double) right / predicted.length;
  }
}
