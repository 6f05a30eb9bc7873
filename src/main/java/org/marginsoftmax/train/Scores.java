package org.marginsoftmax.train;

import java.util.function.IntConsumer;
import org.marginsoftmax.data.ElementSpec;
import org.marginsoftmax.data.Samples;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.StdArrays;
import org.tensorflow.types.TFloat32;

/** Runs samples through a scoring graph, batch by batch. */
final class Scores {
  private static final int BATCH = 256;

  private Scores() {}

  /** One row per sample of an output [N, K] of the scoring graph. */
  static float[][] of(
      Session session, Network.Scoring scoring, Operand<TFloat32> output, Samples samples) {
    return of(session, scoring, output, samples, done -> {});
  }

  /**
   * One row per sample of an output [N, K] of the scoring graph; {@code progress} receives the
   * number of samples done.
   */
  static float[][] of(
      Session session,
      Network.Scoring scoring,
      Operand<TFloat32> output,
      Samples samples,
      IntConsumer progress) {
    ElementSpec element = samples.element();
    float[][] rows = new float[samples.size()][];
    for (int first = 0; first < rows.length; first += BATCH) {
      int n = Math.min(BATCH, rows.length - first);
      byte[] bytes = new byte[Math.multiplyExact(n, element.bytes())];
      for (int i = 0; i < n; i++) {
        samples.copy(first + i, bytes, i * element.bytes());
      }
      try (Tensor fed = ElementTensor.of(element, bytes, n);
          Result result = session.runner().feed(scoring.elements(), fed).fetch(output).run()) {
        System.arraycopy(StdArrays.array2dCopyOf((TFloat32) result.get(0)), 0, rows, first, n);
      }
      progress.accept(first + n);
    }
    return rows;
  }

  /**
   * Share of samples whose largest cosine (the first, if several are equal) is that to their own
   * class.
   */
  static double accuracy(Session session, Network.Scoring scoring, Samples samples) {
    float[][] cosines = of(session, scoring, scoring.of().cosines(), samples);
    int right = 0;
    for (int i = 0; i < cosines.length; i++) {
      int best = 0;
      for (int k = 1; k < cosines[i].length; k++) {
        if (cosines[i][k] > cosines[i][best]) {
          best = k;
        }
      }
      right += best == samples.label(i) ? 1 : 0;
    }
    return (double) right / cosines.length;
  }
}
