package org.marginsoftmax.gradient;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.tensorflow.op.Ops;

/** An operation with the gradients of its outputs: what a rule works on. */
final class Step {
  private final Ops tf;
  private final GraphNode node;
  private final List<Value> gradients;

  /**
   * A step.
   *
   * @param gradients of each output, null where there is none
   */
  Step(Ops tf, GraphNode node, List<Value> gradients) {
    this.tf = tf;
    this.node = node;
    this.gradients = gradients;
  }

  int inputs() {
    return node.tensors().size();
  }

  /** An input. */
  Value x(int index) {
    return new Value(tf, node.tensors().get(index));
  }

  /** The first input. */
  Value x() {
    return x(0);
  }

  /** Inputs from one index to before another. */
  List<Value> inputs(int from, int to) {
    List<Value> values = new ArrayList<>();
    for (int i = from; i < to; i++) {
      values.add(x(i));
    }
    return values;
  }

  /** An output. */
  Value y(int index) {
    return new Value(tf, node.operation().output(index));
  }

  /** The first output. */
  Value y() {
    return y(0);
  }

  /** Gradient of an output, zeros where there is none. */
  Value dy(int index) {
    return hasGradient(index) ? gradients.get(index) : y(index).zeros();
  }

  /** Gradient of the first output. */
  Value dy() {
    return dy(0);
  }

  /** The gradients of all outputs. */
  List<Value> gradients() {
    List<Value> all = new ArrayList<>();
    for (int i = 0; i < gradients.size(); i++) {
      all.add(dy(i));
    }
    return all;
  }

  boolean hasGradient(int output) {
    return gradients.get(output) != null;
  }

  Value.Call op(String type) {
    return new Value.Call(tf, type);
  }

  /** An operation with attributes of this one, by name. */
  Value.Call like(String type, String... attributes) {
    Value.Call call = op(type);
    for (String name : attributes) {
      call.set(name, node.attribute(name));
    }
    return call;
  }

  boolean flag(String attribute) {
    return node.attribute(attribute).getB();
  }

  long number(String attribute) {
    return node.attribute(attribute).getI();
  }

  String text(String attribute) {
    return node.attribute(attribute).getS().toStringUtf8();
  }

  List<Long> list(String attribute) {
    return node.attribute(attribute).getList().getIList();
  }

  Node node() {
    return node;
  }

  /** Gradients of all inputs where only the first has one. */
  List<Value> first(Value gradient) {
    return only(0, gradient);
  }

  /** Gradients of all inputs where only one has one. */
  List<Value> only(int input, Value gradient) {
    List<Value> all = new ArrayList<>(Collections.nCopies(inputs(), null));
    all.set(input, gradient);
    return all;
  }

  /**
   * Gradients of two inputs that were broadcast against each other: each is summed over the axes
   * along which its input was repeated.
   */
  List<Value> broadcast(Value gx, Value gy) {
    return Arrays.asList(
        gx == null ? null : reduced(gx, x(0), x(1)), gy == null ? null : reduced(gy, x(1), x(0)));
  }

  /** A gradient summed to the shape of a tensor that was broadcast against another. */
  static Value reduced(Value gradient, Value of, Value against) {
    if (Shapes.sameAndKnown(of.known(), against.known())) {
      return gradient;
    }
    // Where TensorFlow knows the shape it is not asked: it takes that of broadcast logits for
    // theirs.
    Value shape = Shapes.isKnown(of.known()) ? of.ints(Shapes.sizes(of.known())) : of.shape();
    int[] axes = Shapes.repeated(of.known(), against.known());
    if (axes != null && axes.length == 0) {
      return gradient;
    }
    Value over =
        axes != null
            ? gradient.ints(axes)
            : shape.op("BroadcastGradientArgs").outputs(shape, against.shape()).get(0);
    return gradient.sum(over, false).reshape(shape);
  }
}
