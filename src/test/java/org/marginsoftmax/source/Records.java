package org.marginsoftmax.source;

import com.google.protobuf.ByteString;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.tensorflow.proto.BytesList;
import org.tensorflow.proto.Example;
import org.tensorflow.proto.Feature;
import org.tensorflow.proto.Features;

/** Records of samples for tests. */
final class Records {
  private Records() {}

  /** A record of MXNet, of one part. */
  static byte[] recordIo(int label, byte[] image) {
    int padding = -image.length & 3;
    ByteBuffer record =
        ByteBuffer.allocate(32 + image.length + padding).order(ByteOrder.LITTLE_ENDIAN);
    record.putInt(0xced7230a).putInt(24 + image.length).putInt(0).putFloat(label);
    return record.put(32, image).array();
  }

  /** A record of TensorFlow. */
  static byte[] tfRecord(String label, String name, byte[] image) {
    byte[] example =
        Example.newBuilder()
            .setFeatures(
                Features.newBuilder()
                    .putFeature("image/class/text", feature(label.getBytes(StandardCharsets.UTF_8)))
                    .putFeature("image/filename", feature(name.getBytes(StandardCharsets.UTF_8)))
                    .putFeature("image/encoded", feature(image)))
            .build()
            .toByteArray();
    ByteBuffer record = ByteBuffer.allocate(16 + example.length).order(ByteOrder.LITTLE_ENDIAN);
    record.putLong(example.length).putInt(TfRecords.masked(record.array(), 0, 8));
    record.put(example).putInt(TfRecords.masked(example, 0, example.length));
    return record.array();
  }

  private static Feature feature(byte[] value) {
    return Feature.newBuilder()
        .setBytesList(BytesList.newBuilder().addValue(ByteString.copyFrom(value)))
        .build();
  }
}
