package org.marginsoftmax.data;

import java.util.List;

/**
 * Labelled images of one shape, in a fixed order. Implementations are immutable and safe to read
 * from several threads.
 */
public interface Samples {
  /** Number of samples; 0 for an empty selection. */
  int size();

  /** Shape of every image. */
  ImageShape shape();

  /**
   * @param index sample, 0..size()-1
   * @return its class, 0..classes()-1
   */
  int label(int index);

  /** Names of the classes, by label. */
  List<String> classNames();

  /** Number of classes, whether or not each has a sample here. */
  default int classes() {
    return classNames().size();
  }

  /**
   * Copies one image, uint8 in the order height, width, channel.
   *
   * @param index sample, 0..size()-1
   * @param target receives {@code shape().size()} bytes
   * @param offset where in the target the first byte goes
   * @throws IndexOutOfBoundsException if there is no such sample, or the target is too short
   */
  void copyPixels(int index, byte[] target, int offset);

  /**
   * SHA-256 (64 hexadecimal digits) of everything that these samples are: equal hashes mean equal
   * images, labels and class names in the same order. A selection's hash follows from its parent's
   * and from what was selected.
   */
  String hash();

  /**
   * What a sample is called where it comes from: its file, or its number in a file of many.
   *
   * @param index sample, 0..size()-1
   */
  default String name(int index) {
    return String.valueOf(index);
  }

  /**
   * The samples that these were selected from, which keep the memory of all: themselves where they
   * are no selection.
   */
  default Samples source() {
    return this;
  }

  /** A new array of every sample's label. */
  default int[] labels() {
    int[] labels = new int[size()];
    for (int i = 0; i < labels.length; i++) {
      labels[i] = label(i);
    }
    return labels;
  }
}
