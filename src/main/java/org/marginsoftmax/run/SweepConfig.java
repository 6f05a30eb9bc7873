package org.marginsoftmax.run;

import java.util.List;

/**
 * How a sweep was started, {@code sweep.config.json}; resuming it takes its defaults from here.
 *
 * @param margins trained one after the other
 * @param options of every run, apart from the margin
 */
public record SweepConfig(List<Double> margins, TrainConfig options) {
  /** The default margins and options. */
  public static SweepConfig usual() {
    return new SweepConfig(List.of(0.0, 0.1, 0.3, 0.5), TrainConfig.usual());
  }
}
