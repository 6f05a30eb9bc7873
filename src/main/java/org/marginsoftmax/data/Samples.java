package org.marginsoftmax.data;

import java.util.List;

/**
 * Labelled images or arrays of one shape, in a fixed order. They are read one at a time, so that
 * they need not all lie in memory. Implementations are immutable and safe to read from several
 * threads.
 */
public interface Samples {
  /** Number of samples; 0 for an empty selection. */
  int size();

  /** What every sample is. */
  ElementSpec element();

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
   * Copies one sample: of an image uint8 in the order height, width, channel, of an array float32
   * in C order and the machine's byte order.
   *
   * @param index sample, 0..size()-1
   * @param target receives {@code element().bytes()} bytes
   * @param offset where in the target the first byte goes
   * @throws IndexOutOfBoundsException if there is no such sample, or the target is too short
   */
  void copy(int index, byte[] target, int offset);

  /**
   * SHA-256 (64 hexadecimal digits) of everything that these samples are: equal hashes mean equal
   * samples, labels and class names in the same order. A selection's hash follows from its parent's
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
