package org.marginsoftmax.eval;

import java.util.function.IntConsumer;

/** Is told about the progress of the long stages of an evaluation, which is counted in queries. */
public interface Progress {
  /** Ignores all progress. */
  Progress NONE = (stage, queries) -> done -> {};

  /**
   * Called when a stage begins.
   *
   * @param stage its name, in words
   * @param queries number of queries in the stage
   * @return called, from any thread, with the number of queries completed since the last call
   */
  IntConsumer begin(String stage, int queries);
}
