package org.marginsoftmax.layer;

/** How logits use the norm of the features. */
public enum FeatureNorm {
  /** Features are normalised, then scaled to norm s: only their direction counts (Wang 2018). */
  UNIT,
  /** Logits are multiplied by the feature norm as well as by s, as in SphereFace (Liu 2017). */
  KEEP
}
