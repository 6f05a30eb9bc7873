package org.marginsoftmax.export;

import com.google.protobuf.ByteString;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.tensorflow.Tensor;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorProto;
import org.tensorflow.proto.TensorShapeProto;

/** Nodes of type Const, and the numbers in them. */
final class Constants {
  private Constants() {}

  /** A constant of numbers that a session has computed. */
  static NodeDef of(String name, Tensor tensor) {
    byte[] content = new byte[Math.toIntExact(tensor.numBytes())];
    tensor.asRawTensor().data().read(content);
    return of(name, tensor.dataType(), tensor.shape().asArray(), content);
  }

  /** A float32 constant. */
  static NodeDef of(String name, double[] values, long... shape) {
    ByteBuffer content = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    for (double value : values) {
      content.putFloat((float) value);
    }
    return of(name, DataType.DT_FLOAT, shape, content.array());
  }

  private static NodeDef of(String name, DataType type, long[] shape, byte[] content) {
    TensorShapeProto.Builder sizes = TensorShapeProto.newBuilder();
    for (long size : shape) {
      sizes.addDim(TensorShapeProto.Dim.newBuilder().setSize(size));
    }
    return NodeDef.newBuilder()
        .setName(name)
        .setOp("Const")
        .putAttr("dtype", AttrValue.newBuilder().setType(type).build())
        .putAttr(
            "value",
            AttrValue.newBuilder()
                .setTensor(
                    TensorProto.newBuilder()
                        .setDtype(type)
                        .setTensorShape(sizes)
                        .setTensorContent(ByteString.copyFrom(content)))
                .build())
        .build();
  }

  static boolean isFloats(NodeDef node) {
    return node.getOp().equals("Const")
        && node.getAttrOrThrow("dtype").getType() == DataType.DT_FLOAT;
  }

  static long[] shape(NodeDef constant) {
    return tensor(constant).getTensorShape().getDimList().stream()
        .mapToLong(TensorShapeProto.Dim::getSize)
        .toArray();
  }

  /** The numbers of a float32 constant, row by row. */
  static double[] floats(NodeDef constant) {
    TensorProto tensor = tensor(constant);
    double[] values = new double[elements(constant)];
    ByteBuffer content = content(tensor);
    int listed = tensor.getFloatValCount();
    for (int i = 0; i < values.length; i++) {
      // A list that is too short goes on with its last number.
      values[i] =
          content.hasRemaining()
              ? content.getFloat()
              : listed == 0 ? 0 : tensor.getFloatVal(Math.min(i, listed - 1));
    }
    return values;
  }

  /** The numbers of an integer constant; none of any other node. */
  static long[] integers(NodeDef node) {
    if (!node.getOp().equals("Const")) {
      return new long[0];
    }
    TensorProto tensor = tensor(node);
    ByteBuffer content = content(tensor);
    long[] values = new long[elements(node)];
    boolean wide = tensor.getDtype() == DataType.DT_INT64;
    if (!wide && tensor.getDtype() != DataType.DT_INT32 || !content.hasRemaining()) {
      return new long[0];
    }
    for (int i = 0; i < values.length; i++) {
      values[i] = wide ? content.getLong() : content.getInt();
    }
    return values;
  }

  private static int elements(NodeDef constant) {
    return Math.toIntExact(Arrays.stream(shape(constant)).reduce(1, Math::multiplyExact));
  }

  private static TensorProto tensor(NodeDef constant) {
    return constant.getAttrOrThrow("value").getTensor();
  }

  private static ByteBuffer content(TensorProto tensor) {
    return tensor.getTensorContent().asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
  }
}
