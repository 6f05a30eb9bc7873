package org.marginsoftmax.savedmodel;

import java.util.HashSet;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import org.marginsoftmax.InvalidInputException;
import org.tensorflow.Graph;
import org.tensorflow.GraphOperationBuilder;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.op.Ops;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.FunctionDef;
import org.tensorflow.proto.TensorShapeProto;
import org.tensorflow.types.TInt64;

/**
 * A flat graph in which every input has one size. TensorFlow's shape inference then works out
 * numbers that follow from sizes: it is asked for the shape of a tensor with the number as its
 * size.
 */
final class SizedGraph implements AutoCloseable {
  private static final Set<DataType> COUNTABLE =
      Set.of(DataType.DT_INT32, DataType.DT_INT64, DataType.DT_BOOL);

  /** Added to every number, as sizes are not negative. */
  private static final long OFFSET = 1L << 32;

  private final Graph graph = new Graph();
  private final Ops tf = Ops.create(graph);
  private final FlatGraph flat;
  private final long open;
  private final FlatGraphWriter writer;
  private final Set<String> fed = new HashSet<>();

  /**
   * @param flat the graph, which may grow later
   * @param functions library functions of the model, by name
   * @param open the size of inputs where the model leaves it open
   */
  SizedGraph(FlatGraph flat, Map<String, FunctionDef> functions, long open) {
    this.flat = flat;
    this.open = open;
    this.writer = new FlatGraphWriter(tf, "", functions, new Unread());
  }

  /** A scalar integer, or 1 for true and 0 for false; empty if it does not follow from sizes. */
  OptionalLong number(String output) {
    Output<?> value = written(output);
    if (value == null
        || !COUNTABLE.contains(value.dataType())
        || value.shape().numDimensions() != 0) {
      return OptionalLong.empty();
    }
    Operand<TInt64> count =
        tf.math.add(
            Operations.cast(tf, value, DataType.DT_INT64).asOutput().expect(TInt64.class),
            tf.constant(OFFSET));
    long size =
        tf.fill(tf.reshape(count, tf.array(1)), tf.constant(false)).asOutput().shape().get(0);
    return size < 0 ? OptionalLong.empty() : OptionalLong.of(size - OFFSET);
  }

  /** The outermost size of a tensor; empty if it does not follow from sizes. */
  OptionalLong length(String output) {
    Output<?> value = written(output);
    return value == null || value.shape().numDimensions() < 1 || value.shape().get(0) < 0
        ? OptionalLong.empty()
        : OptionalLong.of(value.shape().get(0));
  }

  /** The tensor in this graph; null if it cannot be written here. */
  private Output<?> written(String output) {
    try {
      for (FlatNode node : flat.needed(Set.of(output), fed)) {
        if (node.type().equals("Placeholder")) {
          writer.replace(node.output(0), of("Placeholder", node));
          fed.add(node.output(0));
        }
      }
      return writer.write(flat, output);
    } catch (InvalidInputException e) {
      // A graph that TensorFlow does not take is refused where it is used.
      return null;
    }
  }

  /** What is fed, or kept in a variable: its type and shape alone count. */
  private Output<?> of(String type, FlatNode node) {
    GraphOperationBuilder builder = graph.opBuilder(type, tf.scope().makeOpName(type), tf.scope());
    builder.setAttr("dtype", node.attributes().get("dtype"));
    builder.setAttr("shape", closed(node.attributes().get("shape")));
    return builder.build().output(0);
  }

  private AttrValue closed(AttrValue shape) {
    TensorShapeProto.Builder sizes = shape.getShape().toBuilder();
    sizes.getDimBuilderList().stream()
        .filter(dim -> dim.getSize() < 0)
        .forEach(dim -> dim.setSize(open));
    return AttrValue.newBuilder().setShape(sizes).build();
  }

  private final class Unread implements FlatGraphWriter.VariableReader {
    @Override
    public Operand<?> read(FlatNode node) {
      return of("Placeholder", flat.of(node.inputs().get(0)));
    }

    @Override
    public Operand<?> handle(FlatNode node) {
      return of("VarHandleOp", node);
    }

    @Override
    public Operand<?> seed(FlatNode node) {
      return tf.constant(new long[] {0, 0});
    }
  }

  @Override
  public void close() {
    graph.close();
  }
}
