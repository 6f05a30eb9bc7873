package org.marginsoftmax.layer;

import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** The type that numbers are rounded to before matrix products are taken of them. */
public enum Precision {
  /** 24 significant bits. */
  FLOAT32,
  /**
   * 8 significant bits, and the range of float32. Products are summed in float32, and the sums are
   * rounded to 8 bits too, for TensorFlow's kernels give back the type that they take.
   */
  BFLOAT16;

  /** {@code float32} or {@code bfloat16}. */
  public String id() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** All of them by {@link #id}. */
  public static List<String> ids() {
    return Stream.of(values()).map(Precision::id).toList();
  }

  /**
   * The precision of this {@link #id}.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static Precision of(String id) {
    return valueOf(id.toUpperCase(Locale.ROOT));
  }
}
