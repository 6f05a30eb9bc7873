package org.marginsoftmax.savedmodel;

/**
 * How far a model is trusted, which decides the checks it has to pass. A SavedModel is a program
 * that runs with the rights of whoever loads it, and TensorFlow aborts the whole process on some
 * malformed ones.
 *
 * <p>At every level, {@link SavedModelFolder#read} checks that the model is consistent: names,
 * inputs, calls, attributes, sizes and the table of the checkpoint. The {@link Audit} checks that
 * it only computes; the {@link Trial} runs it in a separate process to see that it loads and
 * returns.
 */
public enum Trust {
  /** From an unknown source and not used before: audited and tried. */
  NONE,
  /**
   * From an unknown source, but tried before its first use, like a run's own copy of a model:
   * audited again, which needs no other process, but not tried again.
   */
  TRIED,
  /** From a source that the user trusts: neither audited nor tried. */
  FULL;

  /**
   * Checks a model as this level requires, before it is loaded or its operations are copied into a
   * graph that runs.
   *
   * @param signature that will be run; null for {@code serving_default}, or else the only one
   * @throws org.marginsoftmax.InvalidInputException if the model does not pass
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
