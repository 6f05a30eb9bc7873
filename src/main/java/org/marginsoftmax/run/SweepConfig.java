package org.marginsoftmax.run;

import java.util.List;
import java.util.Objects;
import org.marginsoftmax.InvalidInputException;

/**
 * How a sweep was started, {@code sweep.config.json}; resuming it takes its defaults from here.
 *
 * @param margins trained one after the other
 * @param options of every run, apart from the margin
 */
public record SweepConfig(List<Double> margins, TrainConfig options) {
  /**
   * @throws InvalidInputException if margins or options are missing
   */
  public SweepConfig {
    if (margins == null || margins.stream().anyMatch(Objects::isNull) || options == null) {
      throw new InvalidInputException(
          "sweep: expected margins and options, found one of them missing; give both");
    }
    margins = List.copyOf(margins);
  }

  /** The default margins and options. */
  public static SweepConfig usual() {
    return new SweepConfig(List.of(0.0, 0.1, 0.3, 0.5), TrainConfig.usual());
  }
}
