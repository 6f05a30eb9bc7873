package org.marginsoftmax.layer;

import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * What numbers are rounded to before matrix products and convolutions are taken of them, and by
 * which of TensorFlow's kernels these are taken.
 */
public enum Precision {
  /** 24 significant bits. */
  FLOAT32,
  /**
   * 8 significant bits, and the range of float32. Products are summed in float32, and the sums are
   * rounded to 8 bits too, for TensorFlow's kernels give back the type that they take. Without
   * oneDNN or AVX-512 the kernels of convolutions take some twenty times as long as those of
   * float32.
   */
  BFLOAT16,
  /**
   * As {@link #BFLOAT16}, up to the order of the sums, by the kernels of float32: for processors
   * without units for bfloat16.
   */
  BFLOAT16_BY_FLOAT32;

  /** {@code float32} or {@code bfloat16}: what numbers are rounded to. */
  public String id() {
    return (this == FLOAT32 ? FLOAT32 : BFLOAT16).name().toLowerCase(Locale.ROOT);
  }

  /** Each {@link #id} once. */
  public static List<String> ids() {
    return Stream.of(values()).map(Precision::id).distinct().toList();
  }

  /**
   * The first precision of this {@link #id}.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static Precision of(String id) {
    return valueOf(id.toUpperCase(Locale.ROOT));
  }
}
