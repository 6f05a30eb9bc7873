package org.marginsoftmax.savedmodel;

/** The occasion on which an operation runs. */
enum Role {
  /** An output of a signature is computed. */
  USE,
  /** The model is loaded. */
  LOAD,
  /** The variables are restored on loading. */
  RESTORE,
  /** The variables are saved. */
  SAVE,
  /** None, unless a caller names the operation. */
  OTHER
}
