package org.marginsoftmax.savedmodel;

import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;

/**
 * A variable of a SavedModel.
 *
 * @param name as Keras has it, {@code conv2d/kernel}; the node's where that is not unique
 * @param handle node of the main graph
 * @param saved where its value is in the model's checkpoint, as TensorFlow's runtime restores it
 * @param restored whether the runtime does; else Python alone does, by its objects
 * @param object of the object graph that it is; null where no signature captures it
 * @param shape fully known
 * @param type of its elements
 * @param trainable whether Keras trains it; batch norm's statistics are not
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
