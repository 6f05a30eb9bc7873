package org.marginsoftmax.savedmodel;

import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;

/**
 * A variable of a SavedModel.
 *
 * @param name as in Keras, {@code conv2d/kernel}; the node's name if that is not unique
 * @param handle node of the main graph
 * @param saved the entry of the model's checkpoint that holds its value
 * @param restored whether TensorFlow's runtime restores it; otherwise only Python does, through its
 *     objects
 * @param object its index in the object graph; null if no signature captures it
 * @param shape fully known
 * @param type of its elements
 * @param trainable whether Keras trains it; false for the statistics of batch norm
 */
public record ModelVariable(
    String name,
    String handle,
    CheckpointEntry saved,
    boolean restored,
    Integer object,
    Shape shape,
    DataType type,
    boolean trainable) {}
