package org.marginsoftmax.source;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.WireFormat;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The features of a serialized {@code tf.train.Example}. Its five message types are read field by
 * field, so that long values are skipped, and without the generated classes, which belong to
 * TensorFlow's native library.
 */
final class ExampleFeatures {
  /** Bytes of a value that is kept; a longer one is known by its place only. */
  private static final int SHORT = 1024;

  private static final int NESTED = 1; // the only field of Example, Features and the three lists
  private static final int KEY = 1;
  private static final int VALUE = 2;
  private static final int BYTES = 1;
  private static final int INTEGERS = 3;

  private final Map<String, Feature> features = new LinkedHashMap<>();
  private final CodedInputStream in;

  /** Key and value of the entry that is being read. */
  private String key;

  private Feature feature;

  /**
   * A feature.
   *
   * @param values number of its values
   * @param number its first value, if it is an integer; null otherwise
   * @param text its first value, if it is of few bytes; null otherwise
   * @param offset where its first value starts in the message, if it is of bytes; -1 otherwise
   * @param length number of bytes of its first value
   */
  record Feature(int values, Long number, String text, int offset, int length) {
    private static final Feature NONE = new Feature(0, null, null, -1, 0);

    private Feature oneMore() {
      return new Feature(values + 1, number, text, offset, length);
    }
  }

  private ExampleFeatures(CodedInputStream in) {
    this.in = in;
  }

  /**
   * Reads features.
   *
   * @param in at the start of the message, as a stream that ends with it
   * @throws IOException if it is no such message
   */
  static Map<String, Feature> read(CodedInputStream in) throws IOException {
    ExampleFeatures example = new ExampleFeatures(in);
    example.each(NESTED, () -> example.each(NESTED, example::entry));
    return example.features;
  }

  private interface Reading {
    void read() throws IOException;
  }

  /** Reads a message, or rather each of its fields of one number; others are skipped. */
  private void each(int field, Reading reading) throws IOException {
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      if (message(tag) == field) {
        nested(reading);
      } else {
        in.skipField(tag);
      }
    }
  }

  private void nested(Reading reading) throws IOException {
    int limit = in.pushLimit(in.readRawVarint32());
    reading.read();
    if (in.getBytesUntilLimit() != 0) {
      throw new IOException("a field that ends too soon");
    }
    in.popLimit(limit);
  }

  private void entry() throws IOException {
    key = "";
    feature = Feature.NONE;
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      switch (message(tag)) {
        case KEY -> key = in.readString();
        case VALUE -> nested(this::value);
        default -> in.skipField(tag);
      }
    }
    features.put(key, feature);
  }

  private void value() throws IOException {
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      switch (message(tag)) {
        case BYTES -> nested(() -> each(NESTED, this::bytes));
        case INTEGERS -> nested(this::integers);
        default -> in.skipField(tag);
      }
    }
  }

  /** The number of a field that has a length; 0 for any other. */
  private static int message(int tag) {
    return WireFormat.getTagWireType(tag) == WireFormat.WIRETYPE_LENGTH_DELIMITED
        ? WireFormat.getTagFieldNumber(tag)
        : 0;
  }

  /** One value of a list of bytes, whose limit is set. */
  private void bytes() throws IOException {
    if (feature.values > 0) {
      feature = feature.oneMore();
      in.skipRawBytes(in.getBytesUntilLimit());
      return;
    }
    int offset = in.getTotalBytesRead();
    int length = in.getBytesUntilLimit();
    String text = null;
    if (length <= SHORT) {
      text = new String(in.readRawBytes(length), StandardCharsets.UTF_8);
    } else {
      in.skipRawBytes(length);
    }
    feature = new Feature(1, null, text, offset, length);
  }

  private void integers() throws IOException {
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      if (WireFormat.getTagWireType(tag) == WireFormat.WIRETYPE_LENGTH_DELIMITED) {
        nested(
            () -> {
              while (in.getBytesUntilLimit() > 0) {
                integer(in.readInt64());
              }
            });
      } else {
        integer(in.readInt64());
      }
    }
  }

  private void integer(long value) {
    feature = feature.values > 0 ? feature.oneMore() : new Feature(1, value, null, -1, 0);
  }
}
