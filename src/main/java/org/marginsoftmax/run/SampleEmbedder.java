package org.marginsoftmax.run;

import org.marginsoftmax.data.Samples;

/** A network that embeds samples: that of a run, or a SavedModel. */
interface SampleEmbedder extends AutoCloseable {
  /** How data of a source is read, so that its images are as the network takes them. */
  DataConfig reading(String source);

  /**
   * Requires samples as the network takes them.
   *
   * @param where they are from, for messages
   * @throws org.marginsoftmax.InvalidInputException if they are of another shape
   */
  void requireFit(Samples samples, String where);

  /**
   * Embeds samples, [n][D], not necessarily of norm 1.
   *
   * @param what they are, for progress
   */
  float[][] embed(String what, Samples samples);

  @Override
  void close();
}
