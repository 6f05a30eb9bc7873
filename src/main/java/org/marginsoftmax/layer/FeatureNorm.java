package org.marginsoftmax.layer;

/** What becomes of the norm of the features. */
public enum FeatureNorm {
  /** Features are scaled to norm s: only their direction counts (Wang 2018). */
  UNIT,
  /** Logits are multiplied by the feature's own norm besides s, as in SphereFace (Liu 2017). */
  KEEP
}
