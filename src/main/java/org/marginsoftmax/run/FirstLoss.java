package org.marginsoftmax.run;

import java.io.PrintStream;
import java.util.Locale;
import org.marginsoftmax.train.TrainingCheck;
import org.marginsoftmax.train.TrainingListener;

/**
 * Says the loss of a run's first step, beside the one to expect where nothing is learnt: the two
 * differ, and only the first has been seen.
 *
 * @param progress where to
 * @param check what was expected
 */
record FirstLoss(PrintStream progress, TrainingCheck check) implements TrainingListener {
  @Override
  public void step(Step step) {
    if (step.step() == 1) {
      progress.printf(
          Locale.ROOT,
          "loss of step 1: %.2f; with %s it would be %.2f, %.2f at full margin%n",
          step.loss(),
          check.lossesAssume(),
          check.lossAtStart(),
          check.lossAtFullMargin());
    }
  }

  @Override
  public void epoch(Epoch epoch) {}

  @Override
  public void close() {}
}
