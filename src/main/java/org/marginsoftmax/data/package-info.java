/**
 * Where samples come from and how they become batches. Images are uint8 in the order height, width,
 * channel, other samples arrays of float32 in C order; labels are 0..C-1. Plain Java: nothing here
 * knows of TensorFlow or of another package of this library.
 */
package org.marginsoftmax.data;
