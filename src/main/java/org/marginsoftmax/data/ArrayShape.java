package org.marginsoftmax.data;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.stream.Collectors;
import org.marginsoftmax.InvalidInputException;

/**
 * The shape of a float32 array: [D] for features, [T, F] for a sequence, or any other fixed shape.
 * Its bytes are in C order and in the byte order of the machine.
 *
 * @param sizes sizes, outermost first, at least one, each at least 1
 */
public record ArrayShape(List<Integer> sizes) implements ElementSpec {
  /** The longest array that every Java virtual machine allocates. */
  private static final int LARGEST = Integer.MAX_VALUE - 8;

  /**
   * @throws InvalidInputException if there are no sizes, a size is not positive, or one array does
   *     not fit in a Java array
   */
  public ArrayShape {
    sizes = List.copyOf(sizes);
    double bytes = Float.BYTES;
    for (int size : sizes) {
      bytes *= size;
    }
    if (sizes.isEmpty() || sizes.stream().anyMatch(size -> size < 1) || bytes > LARGEST) {
      throw new InvalidInputException(
          "array: expected positive sizes, and at most %d bytes a sample, found %s; give samples of another shape"
              .formatted(LARGEST, sizes));
    }
  }

  @Override
  public int bytesPerNumber() {
    return Float.BYTES;
  }

  /**
   * A view of the bytes of samples as floats, for reading and writing.
   *
   * @param bytes bytes of one or more samples
   */
  public static FloatBuffer floats(byte[] bytes) {
    return floats(bytes, 0, bytes.length);
  }

  static FloatBuffer floats(byte[] bytes, int offset, int length) {
    return ByteBuffer.wrap(bytes, offset, length).order(ByteOrder.nativeOrder()).asFloatBuffer();
  }

  /** For example {@code float32 [40, 13]}. */
  @Override
  public String toString() {
    return sizes.stream().map(String::valueOf).collect(Collectors.joining(", ", "float32 [", "]"));
  }
}
