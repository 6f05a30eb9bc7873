package org.marginsoftmax.gradient;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.tensorflow.GraphOperation;
import org.tensorflow.Operation;
import org.tensorflow.Output;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;

/** An operation of a graph. Each question goes to the runtime, so that answers are kept. */
record GraphNode(
    GraphOperation operation,
    String name,
    String type,
    List<Output<?>> tensors,
    List<String> inputs,
    List<DataType> outputs)
    implements Node {

  static GraphNode of(Operation operation) {
    GraphOperation graphOperation = (GraphOperation) operation;
    List<Output<?>> tensors = new ArrayList<>();
    for (int i = 0; i < graphOperation.numInputs(); i++) {
      tensors.add(graphOperation.input(i));
    }
    return new GraphNode(
        graphOperation,
        operation.name(),
        operation.type(),
        tensors,
        tensors.stream().map(GraphNode::name).toList(),
        IntStream.range(0, operation.numOutputs())
            .mapToObj(i -> operation.output(i).dataType())
            .toList());
  }

  static String name(Output<?> output) {
    return output.op().name() + ":" + output.index();
  }

  @Override
  public AttrValue attribute(String name) {
    return operation.attributes().getAttrValueProto(name);
  }
}
