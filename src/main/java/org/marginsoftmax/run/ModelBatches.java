package org.marginsoftmax.run;

import java.io.PrintStream;
import java.util.Arrays;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.data.Pieces;
import org.marginsoftmax.savedmodel.Numbers;
import org.marginsoftmax.savedmodel.SignatureRunner;

/** Runs many rows through a model in batches. */
final class ModelBatches {
  private ModelBatches() {}

  /**
   * The model's output for all rows.
   *
   * @param batch rows per batch
   * @param progress gets a line every ten seconds
   * @throws InvalidInputException if the output does not have one row for each input row
   */
  static Numbers run(SignatureRunner runner, ModelInputs inputs, int batch, PrintStream progress) {
    int count = inputs.count();
    int begun = Math.min(batch, count);
    Numbers first = checked(runner, runner.run(inputs.rows(0, begun)), begun, null);
    int[] shape = first.shape().clone();
    shape[0] = count;
    int row = first.values().length / begun;
    double[] values = new double[Math.multiplyExact(count, row)];
    System.arraycopy(first.values(), 0, values, 0, first.values().length);
    Rate rate = new Rate(progress, count, begun);
    Pieces.each(
        count - begun,
        batch,
        (from, to) -> {
          Numbers out =
              checked(runner, runner.run(inputs.rows(begun + from, begun + to)), to - from, first);
          System.arraycopy(out.values(), 0, values, (begun + from) * row, out.values().length);
          rate.add(to - from);
        });
    return new Numbers(shape, values);
  }

  private static Numbers checked(SignatureRunner runner, Numbers out, int rows, Numbers first) {
    if (out.shape().length == 0 || out.shape()[0] != rows) {
      throw new InvalidInputException(
          "output %s: expected a row for each of %d, found shape %s; choose another with `output-name`"
              .formatted(runner.output().name(), rows, Arrays.toString(out.shape())));
    }
    if (first != null
        && !Arrays.equals(
            out.shape(), 1, out.shape().length, first.shape(), 1, first.shape().length)) {
      throw new InvalidInputException(
          "output %s: expected batches of one shape, found others; use `batch-size` 1"
              .formatted(runner.output().name()));
    }
    return out;
  }

  /** Reports progress every ten seconds. */
  private static final class Rate {
    private final PrintStream progress;
    private final int count;
    private final long started = System.nanoTime();
    private int done;
    private final ProgressLines lines = new ProgressLines();

    Rate(PrintStream progress, int count, int done) {
      this.progress = progress;
      this.count = count;
      this.done = done;
    }

    synchronized void add(int rows) {
      done += rows;
      if (lines.isDue()) {
        progress.printf(
            "%,d of %,d rows, %.0f rows/s%n",
            done, count, done / ((System.nanoTime() - started) / 1e9));
      }
    }
  }
}
