package org.marginsoftmax.eval;

/** What the interval of a {@link Difference} says. */
public enum Verdict {
  /** The interval is on the side that is better. */
  BETTER("better"),
  /** The interval is on the side that is worse. */
  WORSE("worse"),
  /** The interval is above 0, of a figure of which neither side is better. */
  HIGHER("higher"),
  /** The interval is below 0, of a figure of which neither side is better. */
  LOWER("lower"),
  /** The interval holds 0, or nothing differs at all: there may be a difference, unseen here. */
  NO_DIFFERENCE_SHOWN("no difference shown"),
  /** There is no interval, so nothing is known of chance. */
  NOT_JUDGED("not judged, no interval"),
  /** The figure is undefined in one of the two. */
  UNDEFINED("undefined");

  private final String words;

  Verdict(String words) {
    this.words = words;
  }

  /** The verdict in words, such as {@code no difference shown}. */
  public String words() {
    return words;
  }
}
