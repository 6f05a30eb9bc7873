package org.marginsoftmax.gradient;

import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.tensorflow.Operation;
import org.tensorflow.OperationBuilder;
import org.tensorflow.Output;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;

/** A tensor of the graph that gradients are written into, of any type. */
record Value(Ops tf, Output<?> output) {

  static List<Value> outputs(Ops tf, Operation operation) {
    return IntStream.range(0, operation.numOutputs())
        .mapToObj(i -> new Value(tf, operation.output(i)))
        .toList();
  }

  DataType type() {
    return output.dataType();
  }

  /** Its sizes as far as they are known. */
  Shape known() {
    return output.shape();
  }

  Call op(String type) {
    return new Call(tf, type);
  }

  /** An operation of this and others, without attributes. */
  Value then(String type, Value... others) {
    List<Object> inputs = new ArrayList<>(List.of(this));
    inputs.addAll(List.of(others));
    return op(type).of(inputs.toArray());
  }

  Value ints(int... values) {
    return new Value(tf, tf.constant(values).asOutput());
  }

  Value scalar(int value) {
    return new Value(tf, tf.constant(value).asOutput());
  }

  /** A number of its own type. */
  Value like(double number) {
    return new Value(tf, tf.constant(number).asOutput()).cast(type());
  }

  Value cast(DataType wanted) {
    return type() == wanted ? this : op("Cast").set("DstT", wanted).of(this);
  }

  boolean isComplex() {
    return type() == DataType.DT_COMPLEX64 || type() == DataType.DT_COMPLEX128;
  }

  Value conj() {
    return isComplex() ? then("Conj") : this;
  }

  Value plus(Value other) {
    return then("AddV2", other);
  }

  Value plus(double number) {
    return plus(like(number));
  }

  Value minus(Value other) {
    return then("Sub", other);
  }

  Value times(Value other) {
    return then("Mul", other);
  }

  Value times(double number) {
    return times(like(number));
  }

  Value over(Value other) {
    return type() == DataType.DT_INT32 || type() == DataType.DT_INT64
        ? then("FloorDiv", other)
        : then("RealDiv", other);
  }

  Value negative() {
    return then("Neg");
  }

  Value square() {
    return then("Square");
  }

  Value zeros() {
    return then("ZerosLike");
  }

  /** This where a condition holds, another value elsewhere; they broadcast. */
  Value where(Value condition, Value otherwise) {
    return condition.then("SelectV2", this, otherwise);
  }

  Value sum(Value axes, boolean keep) {
    return op("Sum").set("keep_dims", keep).of(this, axes);
  }

  /** Its sizes, int32. */
  Value shape() {
    return shape(DataType.DT_INT32);
  }

  Value shape(DataType type) {
    boolean wide = type == DataType.DT_INT64;
    DataType known = wide ? type : DataType.DT_INT32;
    return op("Shape").set("out_type", known).of(this).cast(type);
  }

  /** Number of its axes, int32. */
  Value rank() {
    return known().isUnknown() ? then("Rank") : scalar(known().numDimensions());
  }

  /** Number of its elements, int32. */
  Value size() {
    return then("Size");
  }

  Value reshape(Value shape) {
    return then("Reshape", shape);
  }

  Value reshape(int... sizes) {
    return reshape(ints(sizes));
  }

  Value transpose(Value order) {
    return then("Transpose", order);
  }

  Value transpose(int... order) {
    return transpose(ints(order));
  }

  /** Of a vector: the element at an index, a scalar. */
  Value at(Value index) {
    return gather(index);
  }

  /** Rows at indices. */
  Value gather(Value indices) {
    return then("GatherV2", indices, scalar(0));
  }

  /** Of a vector of int32: elements from one index to before another. */
  Value part(Value from, Value to) {
    return then("Slice", from.reshape(1), to.minus(from).reshape(1));
  }

  /** Of a vector: the product of its elements. */
  Value product() {
    return op("Prod").set("keep_dims", false).of(this, scalar(0));
  }

  /** Vectors, or numbers, one after another. */
  Value join(Value... others) {
    List<Value> vectors = new ArrayList<>(List.of(reshape(-1)));
    for (Value other : others) {
      vectors.add(other.reshape(-1));
    }
    return op("ConcatV2").of(vectors, scalar(0));
  }

  /** 0, 1, ... below this int32 number. */
  Value range() {
    return scalar(0).then("Range", this, scalar(1));
  }

  /** Whole numbers of this count from 0 on where they are negative: axes. */
  Value modulo(Value count) {
    return plus(count).then("FloorMod", count);
  }

  /** An operation about to be added to a graph. */
  static final class Call {
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
}
