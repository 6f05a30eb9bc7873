package org.marginsoftmax.augment;

/** A kind of step, as it is named in a list of steps. */
interface StepType {
  /** What lists and help say of it. */
  About about();

  /**
   * What lists and help say of a kind of step.
   *
   * @param word the name in a list of steps
   * @param probability the usual one, 0..1
   * @param strength what the strength means; null for a step that has none
   * @param what what the step does, in words
   */
  record About(String word, double probability, Strength strength, String what) {}

  /** The name in a list of steps. */
  default String word() {
    return about().word();
  }

  /** The usual probability, 0..1. */
  default double probability() {
    return about().probability();
  }

  /** What the strength means; null for a step that has none. */
  default Strength strength() {
    return about().strength();
  }

  /** What the step does, in words. */
  default String what() {
    return about().what();
  }

  /**
   * The strength of a step. What is drawn for a sample lies between no change and this.
   *
   * @param usual strength if none is given
   * @param largest strength allowed
   * @param unit in words
   */
  record Strength(double usual, double largest, String unit) {}
}
