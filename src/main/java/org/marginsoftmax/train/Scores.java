package org.marginsoftmax.train;

import java.util.function.IntConsumer;
import java.util.function.ObjIntConsumer;
import org.marginsoftmax.data.ElementSpec;
import org.marginsoftmax.data.Samples;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.StdArrays;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

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
    float[][] rows = new float[samples.size()][];
    run(
        session,
        scoring,
        null,
        output,
        samples,
        (value, first) -> {
          float[][] batch = StdArrays.array2dCopyOf((TFloat32) value);
          System.arraycopy(batch, 0, rows, first, batch.length);
          progress.accept(first + batch.length);
        });
    return rows;
  }

  /**
   * Share of samples that are nearest to their own class.
   *
   * @param nearest class of each sample, int32 [N]
   */
  static double accuracy(
      Session session, Network.Scoring scoring, Operand<TInt32> nearest, Samples samples) {
    int[] right = {0};
    run(
        session,
        scoring,
        null,
        nearest,
        samples,
        (value, first) -> {
          int[] found = StdArrays.array1dCopyOf((TInt32) value);
          for (int i = 0; i < found.length; i++) {
            right[0] += found[i] == samples.label(first + i) ? 1 : 0;
          }
        });
    return (double) right[0] / samples.size();
  }

  /**
   * Gives an output of each batch, with the number of its first sample.
   *
   * @param labels is fed the labels; null if the output needs none
   */
  static void run(
      Session session,
      Network.Scoring scoring,
      Operand<TInt32> labels,
      Operand<?> output,
      Samples samples,
      ObjIntConsumer<Tensor> use) {
    ElementSpec element = samples.element();
    for (int first = 0; first < samples.size(); first += BATCH) {
      int n = Math.min(BATCH, samples.size() - first);
      byte[] bytes = new byte[Math.multiplyExact(n, element.bytes())];
      int[] of = new int[n];
      for (int i = 0; i < n; i++) {
        samples.copy(first + i, bytes, i * element.bytes());
        of[i] = samples.label(first + i);
      }
      try (Tensor fed = ElementTensor.of(element, bytes, n);
          TInt32 classes = TInt32.vectorOf(of)) {
        Session.Runner runner = session.runner().feed(scoring.elements(), fed);
        if (labels != null) {
          runner.feed(labels, classes);
        }
        try (Result result = runner.fetch(output).run()) {
          use.accept(result.get(0), first);
        }
      }
    }
  }
}
