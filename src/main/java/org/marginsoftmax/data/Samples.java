package org.marginsoftmax.data;

import java.util.List;

/**
 * Labelled images or arrays of one shape, in a fixed order. They are read one at a time, so they
 * need not all be in memory. Implementations are immutable and safe to read from several threads.
 */
public interface Samples {
  /** Number of samples; 0 for an empty selection. */
  int size();

  /** The type and shape of every sample. */
  ElementSpec element();

  /**
   * The class of a sample.
   *
   * @param index index of the sample, 0..size()-1
   * @return class, 0..classes()-1
   */
  int label(int index);

  /** Class names, by label. */
  List<String> classNames();

  /** Number of classes, whether or not each has a sample here. */
  default int classes() {
    return classNames().size();
  }

  /**
   * Copies one sample: an image as uint8 in the order height, width, channel; an array as float32
   * in C order and in the byte order of the machine.
   *
   * @param index index of the sample, 0..size()-1
   * @param target receives {@code element().bytes()} bytes
   * @param offset position of the first byte in the target
   * @throws IndexOutOfBoundsException if there is no such sample, or the target is too short
   */
  void copy(int index, byte[] target, int offset);

  /**
   * SHA-256 (64 hexadecimal digits) of the samples: equal hashes mean equal samples, labels and
   * class names in the same order. The hash of a selection is derived from the hash of its source
   * and from what was selected.
   */
  String hash();

  /**
   * The name of a sample in its source: its file, or its number in a file of many samples.
   *
   * @param index index of the sample, 0..size()-1
   */
  default String name(int index) {
    return String.valueOf(index);
  }

  /**
   * The group of a sample. A split never divides a group, such as the photographs of one occasion.
   *
   * @param index index of the sample, 0..size()-1
   * @return number of the group, from 0; -1 for a sample on its own
   */
  default int group(int index) {
    return -1;
  }

  /**
   * How often an epoch of training has a sample, on average.
   *
   * @param index index of the sample, 0..size()-1
   * @return at least 0; 1 unless the source says otherwise
   */
  default double weight(int index) {
    return 1;
  }

  /**
   * The samples that these were selected from, which hold the data in memory; these samples
   * themselves if they are not a selection.
   */
  default Samples source() {
    return this;
  }

  /** Bytes of Java's memory that the samples take; those of a selection are its source's. */
  default long memory() {
    return (long) size() * element().bytes();
  }

  /** The labels of all samples, in a new array. */
  default int[] labels() {
    int[] labels = new int[size()];
    for (int i = 0; i < labels.length; i++) {
      labels[i] = label(i);
    }
    return labels;
  }
}
