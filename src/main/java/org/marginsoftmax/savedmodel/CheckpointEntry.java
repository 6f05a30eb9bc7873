package org.marginsoftmax.savedmodel;

import org.tensorflow.proto.DataType;

/**
 * A value in a checkpoint, or a slice of one: TensorFlow 1 may split a value across variables.
 *
 * @param key under which the value is stored
 * @param slice in TensorFlow's notation, {@code 10 4 0,5:-}; empty for the whole value
 * @param type of its elements
 */
public record CheckpointEntry(String key, String slice, DataType type) {
  /** The entry of a whole value. */
  public static CheckpointEntry whole(String key, DataType type) {
    return new CheckpointEntry(key, "", type);
  }
}
