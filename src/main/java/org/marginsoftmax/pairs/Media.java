package org.marginsoftmax.pairs;

import org.marginsoftmax.source.Listing;
import org.marginsoftmax.source.Source;

/** The images that a list of pairs names, before it is known whose they are. */
interface Media {
  /** Number of images. */
  int size();

  /** The name of an image, unlike that of any other; 0..size()-1. */
  String name(int medium);

  /** For each image the first one whose encoded bytes are the same, which may be itself. */
  int[] firstEqual();

  /**
   * Some of the images as a source.
   *
   * @param chosen images, in the order in which the listing was given them
   */
  Source source(int[] chosen, Listing listing);
}
