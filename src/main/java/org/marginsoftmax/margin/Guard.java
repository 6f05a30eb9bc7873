package org.marginsoftmax.margin;

import java.util.Locale;

/** What ArcFace's target logit t(theta) is where theta + m passes pi (0.5 rad: beyond 151.4°). */
public enum Guard {
  /**
   * cos(theta + m) everywhere, as the article's tf.keras layer computes it: it rises again past pi,
   * so that features at the antipode of their centers have nearly no loss.
   */
  NONE,
  /** -2 - cos(theta + m) past pi: continuous and decreasing. */
  REFLECT,
  /** cos(theta) - m sin(m) past pi, as insightface has it: decreasing, but jumps at pi - m. */
  CLASSIC,
  /** cos(theta + m) only where cos(theta) &gt; 0, else cos(theta): the margin acts on one side. */
  EASY;

  /** The guard's name on the command line and in configuration files. */
  public String id() {
    return name().toLowerCase(Locale.ROOT);
  }
}
