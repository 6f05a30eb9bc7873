package org.marginsoftmax.data;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.util.Objects;
import org.marginsoftmax.InvalidInputException;

/**
 * Arrays of one shape, back to back in memory.
 *
 * @param element shape of each array
 * @param values values in C order, a whole number of arrays; not copied, so do not change them
 *     afterwards
 */
public record FloatArrays(ArrayShape element, float[] values) implements ElementStore {
  private static final int AT_ONCE = 1 << 14;

  /**
   * @throws InvalidInputException if the values are not a whole number of arrays
   */
  public FloatArrays {
    if (values.length % element.size() != 0) {
      throw new InvalidInputException(
          "arrays: expected a multiple of %d numbers (%s), found %d; give whole samples"
              .formatted(element.size(), element, values.length));
    }
  }

  @Override
  public int count() {
    return values.length / element.size();
  }

  @Override
  public void copy(int index, byte[] target, int offset) {
    int size = element.size();
    Objects.checkIndex(index, count());
    ArrayShape.floats(target, offset, element.bytes()).put(values, index * size, size);
  }

  @Override
  public void update(MessageDigest digest) {
    ByteBuffer bytes = ByteBuffer.allocate(AT_ONCE * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (int from = 0; from < values.length; from += AT_ONCE) {
      int n = Math.min(AT_ONCE, values.length - from);
      bytes.asFloatBuffer().put(values, from, n);
      digest.update(bytes.array(), 0, n * Float.BYTES);
    }
  }
}
