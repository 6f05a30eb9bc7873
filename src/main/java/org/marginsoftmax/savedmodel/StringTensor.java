package org.marginsoftmax.savedmodel;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.tensorflow.proto.TensorProto;

/** Constants of strings, which files hold in two ways. */
final class StringTensor {
  private StringTensor() {}

  /**
   * The strings that a constant gives, fewer than its elements where the last repeats: one by one,
   * as Python writes them, or in one piece, all lengths first, as TensorFlow Java does.
   *
   * @return empty if the piece is damaged
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
