package org.marginsoftmax.source;

import java.io.IOException;
import java.nio.file.Path;

/**
 * Images in files of some format: listed first, then read one by one as they are encoded. Safe to
 * read from several threads.
 */
public interface Source {
  /** The file or folder that the images come from, as it was given. */
  Path path();

  /** All images that there are, in the order of their samples. */
  Listing listing();

  /**
   * The bytes of an image as it is encoded, such as those of a PNG file.
   *
   * @param item 0..listing().size()-1
   * @throws IOException if they cannot be read, or are damaged
   */
  byte[] content(int item) throws IOException;

  /**
   * What tells an image from others and from itself after a change, without reading it: its name,
   * and size and time of change of its file. It is short text.
   *
   * @param item 0..listing().size()-1
   */
  String stamp(int item);

  /**
   * Why a class has no image, as an addition to an error message; empty if there is nothing to say.
   *
   * @param label 0..listing().classNames().size()-1
   */
  default String whyEmpty(int label) {
    return "";
  }
}
