package org.marginsoftmax.data;

/**
 * Some samples, ready to be fed.
 *
 * @param size n
 * @param elements bytes of the samples, one after the other: pixels of images, floats of arrays
 * @param labels n of them, 0..C-1
 * @param numbers of the samples in the data that is trained on, n of them: whatever is drawn for a
 *     sample is drawn by its number
 */
public record Batch(int size, byte[] elements, int[] labels, int[] numbers) {}
