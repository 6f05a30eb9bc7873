package org.marginsoftmax.gradient;

import java.util.List;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;

/** An operation, as far as it matters to whether a gradient passes it. */
public interface Node {
  /** Unique among those it is looked at with. */
  String name();

  /** Type of the operation, {@code Conv2D} for one. */
  String type();

  /** Outputs of other nodes, {@code name:index} each. */
  List<String> inputs();

  /** Types of its outputs. */
  List<DataType> outputs();

  /** An attribute, its default where it was left out. */
  AttrValue attribute(String name);

  /** One of its outputs, as inputs name it. */
  default String output(int index) {
    return name() + ":" + index;
  }
}
