package org.marginsoftmax.savedmodel;

import java.util.List;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.TensorInfo;

/**
 * An input or output of a signature.
 *
 * @param name by which users know it
 * @param operand tensor in the graph, {@code node:0}; empty for a sparse or composite tensor
 * @param type of its elements
 * @param shape sizes, outermost first, -1 for each unknown one; null if the rank is unknown
 */
public record TensorSpec(String name, String operand, DataType type, List<Long> shape) {
  static TensorSpec of(String name, TensorInfo info) {
    String operand = info.getEncodingCase() == TensorInfo.EncodingCase.NAME ? info.getName() : "";
    return new TensorSpec(name, operand, info.getDtype(), Shapes.sizes(info.getTensorShape()));
  }

  /** Name, type and shape as messages show them: {@code image, float32 [?, 28, 28, 1]}. */
  @Override
  public String toString() {
    return "%s, %s %s".formatted(name, Shapes.name(type), Shapes.text(shape));
  }
}
