package org.marginsoftmax.margin;

import java.util.Locale;

/**
 * How ArcFace's target logit t(theta) is defined where theta + m exceeds pi (for m = 0.5 rad: theta
 * above 151.4°).
 */
public enum Guard {
  /**
   * cos(theta + m) everywhere, as in the article's tf.keras layer: it rises again past pi, so that
   * features opposite their centers can have a low loss.
   */
  NONE,
  /** -2 - cos(theta + m) past pi: continuous and decreasing. */
  REFLECT,
  /**
   * cos(theta) - m sin(m) past pi, as in insightface: decreasing, but with a jump at theta = pi -
   * m.
   */
  CLASSIC,
  /** cos(theta + m) only where cos(theta) &gt; 0, else cos(theta): no margin beyond 90°. */
  EASY;

  /** The name of this guard on the command line and in configuration files. */
  public String id() {
    return name().toLowerCase(Locale.ROOT);
  }
}
