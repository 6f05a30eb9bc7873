package org.marginsoftmax.data;

import org.marginsoftmax.InvalidInputException;

/**
 * One of several parts that each batch is divided into, as equal as they can be.
 *
 * @param number of the part, from 0
 * @param parts how many there are, at least 1
 */
public record BatchPart(int number, int parts) {
  /** All of it. */
  static final BatchPart WHOLE = new BatchPart(0, 1);

  /**
   * @throws InvalidInputException if there is no such part
   */
  public BatchPart {
    if (parts < 1 || number < 0 || number >= parts) {
      throw new InvalidInputException(
          "part of a batch: expected 0..%d, found %d; parts count from 0"
              .formatted(parts - 1, number));
    }
  }

  /** Where the part begins in a batch of n samples, 0..n. */
  int from(int n) {
    return (int) ((long) number * n / parts);
  }

  /** Where it ends, before this sample. */
  int to(int n) {
    return (int) ((number + 1L) * n / parts);
  }
}
