package org.marginsoftmax.savedmodel;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.tensorflow.proto.TensorProto;

/** Reads string constants, which files store in two ways. */
final class StringTensor {
  private StringTensor() {}

  /**
   * The strings of a constant, fewer than its elements if the last one is repeated. Python writes
   * them one by one, TensorFlow Java in one piece that starts with all lengths.
   *
   * @return empty if that piece is damaged
   */
  static Optional<List<ByteString>> values(TensorProto tensor) {
    if (tensor.getTensorContent().isEmpty()) {
      return Optional.of(tensor.getStringValList());
    }
    long elements = Shapes.elements(tensor.getTensorShape());
    CodedInputStream in = tensor.getTensorContent().newCodedInput();
    List<Integer> lengths = new ArrayList<>();
    List<ByteString> values = new ArrayList<>();
    try {
      while (lengths.size() < elements) {
        lengths.add(in.readRawVarint32());
      }
      for (int length : lengths) {
        values.add(ByteString.copyFrom(in.readRawBytes(length)));
      }
      return in.isAtEnd() ? Optional.of(values) : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}
