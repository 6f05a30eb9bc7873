package org.marginsoftmax.cluster;

import java.util.Arrays;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.marginsoftmax.train.TrainingListener;

/**
 * Names a worker for which all others wait. They wait in each step, so that one slow machine makes
 * all of them as slow.
 */
final class SlowWorkers implements TrainingListener {
  /** Times of the others from which on a worker is slow. */
  private static final double SLOW = 1.5;

  /** Steps between two looks. */
  private static final int STEPS = 100;

  private final Cluster cluster;
  private final Supplier<double[]> seconds;
  private final Consumer<String> out;

  /**
   * @param seconds that each worker took a step since it was last asked; empty if nothing is known
   */
  SlowWorkers(Cluster cluster, Supplier<double[]> seconds, Consumer<String> out) {
    this.cluster = cluster;
    this.seconds = seconds;
    this.out = out;
  }

  @Override
  public void step(Step step) {
    if (step.step() % STEPS == 0) {
      look();
    }
  }

  @Override
  public void epoch(Epoch epoch) {
    // Between two looks there may be many.
  }

  private void look() {
    double[] each = seconds.get();
    int slowest = 0;
    for (int k = 1; k < each.length; k++) {
      slowest = each[k] > each[slowest] ? k : slowest;
    }
    if (each.length < 2) {
      return;
    }
    double[] others = new double[each.length - 1];
    for (int k = 0; k < others.length; k++) {
      others[k] = each[k < slowest ? k : k + 1];
    }
    Arrays.sort(others);
    double usual = others[others.length / 2];
    if (each[slowest] > SLOW * usual) {
      out.accept(
          String.format(
              Locale.ROOT,
              "slow, %s takes %.1f times as long for its classes as the others (%.0f ms a step, %.0f), which wait for it; see what else runs there, or leave it out",
              cluster.said(slowest),
              each[slowest] / usual,
              1000 * each[slowest],
              1000 * usual));
    }
  }

  @Override
  public void close() {
    // Nothing to close.
  }
}
