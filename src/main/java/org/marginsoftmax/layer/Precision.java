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
   * As {@link #FLOAT32}, by the kernels of oneDNN: they add a product to a matrix in the pass that
   * computes it. For processors only, where TensorFlow uses oneDNN: other kernels refuse that.
   */
  FLOAT32_BY_ONEDNN,
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
    return (rounds() ? BFLOAT16 : FLOAT32).name().toLowerCase(Locale.ROOT);
  }

  /** Whether numbers are rounded to fewer bits than they have. */
  public boolean rounds() {
    return this == BFLOAT16 || this == BFLOAT16_BY_FLOAT32;
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
