package org.marginsoftmax.source;

/** Where the images of one source are kept as pixels. */
interface ImageStore {
  /**
   * Decodes images and keeps them.
   *
   * @param items of the source
   */
  Decoded decode(int[] items);
}
