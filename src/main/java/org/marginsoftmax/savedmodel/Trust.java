package org.marginsoftmax.savedmodel;

/**
 * How far a model is trusted, and what it has to pass for that. A SavedModel is a program, run with
 * the rights of whoever loads it, and TensorFlow ends the whole process over some malformed ones.
 *
 * <p>Whatever is trusted, {@link SavedModelFolder#read} checks that it is whole: names, inputs,
 * calls, attributes, sizes and the table of the checkpoint. The {@link Audit} then asks whether it
 * only computes, and the {@link Trial} whether it comes back, in a process of its own.
 */
public enum Trust {
  /** Made by anybody, and not used before: audited and tried. */
  NONE,
  /**
   * Made by anybody, tried when it was used first, as a run's own copy was: audited, since that
   * takes no process, and not tried again.
   */
  TRIED,
  /** Whoever uses it knows who made it: neither audited nor tried. */
  FULL;

  /**
   * Lets a model in, before it is loaded, or its operations are written into a graph that runs.
   *
   * @param signature that is going to be run; null for {@code serving_default}, or the only one
   * @throws org.marginsoftmax.InvalidInputException if it does not pass
   */
  public void admit(SavedModelFolder folder, String signature) {
    if (this == FULL) {
      return;
    }
    Audit.require(folder);
    if (this == NONE) {
      Trial.require(folder, SignatureSpec.of(folder, signature).name());
    }
  }
}
