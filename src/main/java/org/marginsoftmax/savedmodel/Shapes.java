package org.marginsoftmax.savedmodel;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.TensorShapeProto;

/** Shapes and element types of tensors, as files declare them. */
public final class Shapes {
  private Shapes() {}

  /**
   * The sizes of a shape, outermost first, -1 for each unknown one; null if the rank is unknown.
   */
  public static List<Long> sizes(TensorShapeProto shape) {
    return shape.getUnknownRank()
        ? null
        : shape.getDimList().stream().map(TensorShapeProto.Dim::getSize).toList();
  }

  /** Sizes as text for display: {@code [?, 28, 28, 1]}. */
  public static String text(List<Long> sizes) {
    return sizes == null
        ? "[...]"
        : sizes.stream()
            .map(n -> n < 0 ? "?" : n.toString())
            .collect(Collectors.joining(", ", "[", "]"));
  }

  /** Whether no size lies below -1, which stands for unknown. */
  static boolean isValid(TensorShapeProto shape) {
    return shape.getDimList().stream().allMatch(d -> d.getSize() >= -1);
  }

  /**
   * Number of elements; -1 if a size is unknown, {@link Long#MAX_VALUE} if the number does not fit.
   */
  public static long elements(TensorShapeProto shape) {
    if (shape.getUnknownRank() || shape.getDimList().stream().anyMatch(d -> d.getSize() < 0)) {
      return -1;
    }
    long product = 1;
    for (TensorShapeProto.Dim dim : shape.getDimList()) {
      if (dim.getSize() == 0) {
        return 0;
      }
      if (product > Long.MAX_VALUE / dim.getSize()) {
        return Long.MAX_VALUE;
      }
      product *= dim.getSize();
    }
    return product;
  }

  /** Whether a type is one of the floating-point types that features and images may have. */
  public static boolean isFloat(DataType type) {
    return switch (type) {
      case DT_FLOAT, DT_DOUBLE, DT_HALF, DT_BFLOAT16 -> true;
      default -> false;
    };
  }

  /** Size of one element in bytes; 0 if the type has no fixed size. */
  public static int bytes(DataType type) {
    return switch (type) {
      case DT_FLOAT, DT_INT32, DT_UINT32, DT_QINT32 -> 4;
      case DT_DOUBLE, DT_INT64, DT_UINT64, DT_COMPLEX64 -> 8;
      case DT_COMPLEX128 -> 16;
      case DT_HALF, DT_BFLOAT16, DT_INT16, DT_UINT16, DT_QINT16, DT_QUINT16 -> 2;
      case DT_BOOL, DT_INT8, DT_UINT8, DT_QINT8, DT_QUINT8 -> 1;
      default -> 0;
    };
  }

  /** Numpy's name for a type: {@code float32}. */
  public static String name(DataType type) {
    return switch (type) {
      case DT_FLOAT -> "float32";
      case DT_DOUBLE -> "float64";
      case DT_HALF -> "float16";
      case UNRECOGNIZED -> "unknown";
      default -> type.name().substring("DT_".length()).toLowerCase(Locale.ROOT);
    };
  }
}
