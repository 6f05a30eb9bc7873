package org.marginsoftmax.keras;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Collection;
import org.marginsoftmax.savedmodel.Shapes;
import org.tensorflow.proto.TensorProto;

/** The mean of a constant's elements. */
final class ConstantMean {
  private ConstantMean() {}

  /** Of numbers; NaN of anything else. */
  static double of(TensorProto tensor) {
    if (!tensor.getTensorContent().isEmpty()) {
      return content(tensor);
    }
    return switch (tensor.getDtype()) {
      case DT_FLOAT -> mean(tensor.getFloatValList(), tensor);
      case DT_DOUBLE -> mean(tensor.getDoubleValList(), tensor);
      case DT_INT32, DT_UINT8, DT_INT8, DT_INT16, DT_UINT16 -> mean(tensor.getIntValList(), tensor);
      case DT_INT64 -> mean(tensor.getInt64ValList(), tensor);
      case DT_HALF ->
          mean(tensor.getHalfValList().stream().map(v -> half(v.shortValue())).toList(), tensor);
      case DT_BFLOAT16 ->
          mean(
              tensor.getHalfValList().stream()
                  .map(v -> Float.intBitsToFloat(v.shortValue() << 16))
                  .toList(),
              tensor);
      default -> Double.NaN;
    };
  }

  /** The last of the values that a file gives stands for all that it leaves out. */
  private static double mean(Collection<? extends Number> values, TensorProto tensor) {
    long elements = Shapes.elements(tensor.getTensorShape());
    double sum = 0;
    double last = 0;
    for (Number value : values) {
      last = value.doubleValue();
      sum += last;
    }
    return elements <= 0 ? Double.NaN : (sum + last * (elements - values.size())) / elements;
  }

  private static double content(TensorProto tensor) {
    ByteBuffer bytes =
        tensor.getTensorContent().asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
    int size = Shapes.bytes(tensor.getDtype());
    if (size == 0) {
      return Double.NaN;
    }
    double sum = 0;
    int count = bytes.remaining() / size;
    for (int i = 0; i < count; i++) {
      sum +=
          switch (tensor.getDtype()) {
            case DT_FLOAT -> bytes.getFloat();
            case DT_DOUBLE -> bytes.getDouble();
            case DT_INT32 -> bytes.getInt();
            case DT_INT64 -> bytes.getLong();
            case DT_INT16 -> bytes.getShort();
            case DT_INT8 -> bytes.get();
            case DT_UINT8 -> bytes.get() & 0xff;
            case DT_HALF -> half(bytes.getShort());
            case DT_BFLOAT16 -> Float.intBitsToFloat(bytes.getShort() << 16);
            default -> Double.NaN;
          };
    }
    return sum / count;
  }

  /** A float16 by its bits. */
  private static float half(short bits) {
    int exponent = bits >> 10 & 0x1f;
    int fraction = bits & 0x3ff;
    float size =
        exponent == 0
            ? fraction * 0x1p-24f
            : exponent == 31
                ? fraction == 0 ? Float.POSITIVE_INFINITY : Float.NaN
                : (1 + fraction * 0x1p-10f) * (float) Math.pow(2, exponent - 15);
    return bits < 0 ? -size : size;
  }
}
