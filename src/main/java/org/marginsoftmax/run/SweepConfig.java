package org.marginsoftmax.run;

import java.util.List;

/**
 * How a sweep was begun, {@code sweep.config.json}: what going on with it takes where nothing else
 * is said.
 *
 * @param margins trained one after the other
 * @param options of every run, but for the margin
 */
public record SweepConfig(List<Double> margins, TrainConfig options) {
  /** The usual margins and options. */
  public static SweepConfig usual() {
    return new SweepConfig(List.of(0.0, 0.1, 0.3, 0.5), TrainConfig.usual());
  }
}
