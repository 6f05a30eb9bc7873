package org.marginsoftmax.keras;

import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;

/**
 * A variable of a SavedModel.
 *
 * @param name as Keras has it, {@code conv2d/kernel}; the node's where that is not unique
 * @param handle node of the main graph
 * @param key of its value in the model's checkpoint, as TensorFlow's runtime restores it
 * @param object of the object graph that it is; null where no signature captures it
 * @param shape fully known
 * @param type of its elements
 * @param trainable whether Keras trains it; batch norm's statistics are not
 */
record ModelVariable(
    String name,
    String handle,
    String key,
    Integer object,
    Shape shape,
    DataType type,
    boolean trainable) {}
