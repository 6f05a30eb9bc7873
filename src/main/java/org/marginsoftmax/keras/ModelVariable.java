package org.marginsoftmax.keras;

import java.util.List;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;

/**
 * A variable of a SavedModel.
 *
 * @param name as Keras has it, {@code conv2d/kernel}; the node's where that is not unique
 * @param handle node of the main graph
 * @param key of its value in the model's checkpoint, as TensorFlow's runtime restores it
 * @param keys all that it must be written to: Keras 3 saves what a signature uses once for TensorFlow's
 *     runtime and once for Python
 * @param shape fully known
 * @param type of its elements
 * @param trainable whether Keras trains it; batch norm's statistics are not
 */
record ModelVariable(
    String name,
    String handle,
    String key,
    List<String> keys,
    Shape shape,
    DataType type,
    boolean trainable) {}
