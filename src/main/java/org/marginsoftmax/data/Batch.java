package org.marginsoftmax.data;

/**
 * A batch of samples, ready to be fed.
 *
 * @param size n, number of samples
 * @param elements bytes of the samples, one after another: pixels of images, floats of arrays
 * @param labels n labels, 0..C-1
 * @param numbers n indices of the samples in the training data; random draws for a sample depend on
 *     its index
 */
public record Batch(int size, byte[] elements, int[] labels, int[] numbers) {}
