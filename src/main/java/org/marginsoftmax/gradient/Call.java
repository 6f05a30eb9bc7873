package org.marginsoftmax.gradient;

import com.google.protobuf.ByteString;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.tensorflow.OperationBuilder;
import org.tensorflow.Output;
import org.tensorflow.op.Ops;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;

/** An operation about to be added to a graph. */
final class Call {
  private final Ops tf;
  private final String type;
  private final Map<String, AttrValue> attributes = new LinkedHashMap<>();

  Call(Ops tf, String type) {
    this.tf = tf;
    this.type = type;
  }

  Call set(String name, AttrValue value) {
    attributes.put(name, value);
    return this;
  }

  Call set(String name, boolean value) {
    return set(name, AttrValue.newBuilder().setB(value).build());
  }

  Call set(String name, long value) {
    return set(name, AttrValue.newBuilder().setI(value).build());
  }

  Call set(String name, DataType value) {
    return set(name, AttrValue.newBuilder().setType(value).build());
  }

  Call set(String name, String value) {
    return set(name, AttrValue.newBuilder().setS(ByteString.copyFromUtf8(value)).build());
  }

  Call set(String name, List<Long> values) {
    AttrValue.ListValue list = AttrValue.ListValue.newBuilder().addAllI(values).build();
    return set(name, AttrValue.newBuilder().setList(list).build());
  }

  /** Adds it; its first output. */
  Value of(Object... inputs) {
    return outputs(inputs).get(0);
  }

  /**
   * Adds it; all its outputs.
   *
   * @param inputs values, and lists of values where it takes lists
   */
  List<Value> outputs(Object... inputs) {
    OperationBuilder builder =
        tf.scope().env().opBuilder(type, tf.scope().makeOpName(type), tf.scope());
    for (Object input : inputs) {
      if (input instanceof Value value) {
        builder.addInput(value.output());
      } else {
        List<?> list = (List<?>) input;
        builder.addInputList(
            list.stream().map(value -> ((Value) value).output()).toArray(Output<?>[]::new));
      }
    }
    attributes.forEach(builder::setAttr);
    return Value.outputs(tf, builder.build());
  }
}
