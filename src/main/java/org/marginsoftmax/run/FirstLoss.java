package org.marginsoftmax.run;

import java.io.PrintStream;
import java.util.Locale;
import org.marginsoftmax.train.TrainingCheck;
import org.marginsoftmax.train.TrainingListener;

/**
 * Reports the loss of a run's first step next to the loss expected of an untrained network, because
 * the two differ.
 *
 * @param progress gets the report
 * @param check holds the expected loss
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
