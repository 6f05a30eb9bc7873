package org.marginsoftmax.data;

/**
 * Some samples, ready to be fed.
 *
 * @param size n
 * @param pixels uint8, n x height x width x channels
 * @param labels n of them, 0..C-1
 */
public record Batch(int size, byte[] pixels, int[] labels) {}
