package org.marginsoftmax.data;

/**
 * A batch of samples, ready to be fed.
 *
 * @param size n, number of samples
 * @param elements bytes of the samples, one after another: pixels of images, floats of arrays
 * @param labels n labels, 0..C-1
 * @param numbers n indices of the samples in the training data; random draws for a sample depend on
 *     its index
 * @param others n labels of what was mixed into the samples; those of the samples if nothing was
 * @param share share of {@code labels} in a mixture, 0..1, the same for all samples; {@code others}
 *     have the rest
 */
public record Batch(
    int size, byte[] elements, int[] labels, int[] numbers, int[] others, double share) {
  /** A batch in which nothing is mixed. */
  public Batch(int size, byte[] elements, int[] labels, int[] numbers) {
    this(size, elements, labels, numbers, labels, 1);
  }
}
