package org.marginsoftmax.augment;

/** A kind of step, as it is named in a list of steps. */
interface StepType {
  /** The name in a list of steps. */
  String word();

  /** The usual probability, 0..1. */
  double probability();

  /** What the strength means; null for a step that has none. */
  Strength strength();

  /** What the step does, in words. */
  String what();

  /**
   * The strength of a step. What is drawn for a sample lies between no change and this.
   *
   * @param usual strength if none is given
   * @param largest strength allowed
   * @param unit in words
   */
  record Strength(double usual, double largest, String unit) {}
}
