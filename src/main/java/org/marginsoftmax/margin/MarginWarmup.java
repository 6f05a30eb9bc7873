package org.marginsoftmax.margin;

/**
 * How a margin is warmed up: its strength rises linearly from 0, where it does nothing, to 1.
 *
 * @param share of the run that this takes, 0..1; 0 has the full margin from the first step
 */
public record MarginWarmup(double share) {
  public MarginWarmup {
    if (!(share >= 0 && share <= 1)) {
      throw new IllegalArgumentException(
          "margin warm-up: expected a share of the run in 0..1, found "
              + share
              + "; 0 has the full margin from the first step");
    }
  }

  /**
   * Strength of the margin, 0..1.
   *
   * @param step steps taken before, 0..total - 1
   * @param total steps of the whole run
   */
  public double at(long step, long total) {
    double rise = share * total;
    return step >= rise ? 1 : step / rise;
  }
}
