package org.marginsoftmax.eval;

import java.util.function.IntConsumer;

/** Hears of the long stages of an evaluation, which the queries of each make countable. */
public interface Progress {
  /** Progress that nobody listens to. */
  Progress NONE = (stage, queries) -> done -> {};

  /**
   * A stage begins.
   *
   * @param stage what it is, in words
   * @param queries it has
   * @return told from any thread of queries that were gone through since it was last told
   */
  IntConsumer begin(String stage, int queries);
}
