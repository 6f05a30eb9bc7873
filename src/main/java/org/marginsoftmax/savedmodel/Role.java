package org.marginsoftmax.savedmodel;

/** What makes an operation run. */
enum Role {
  /** A signature's outputs are fetched. */
  USE,
  /** The model is loaded. */
  LOAD,
  /** The variables get their values on loading. */
  RESTORE,
  /** The variables are written. */
  SAVE,
  /** Nothing does, unless someone asks for it by name. */
  OTHER
}
