package org.marginsoftmax.savedmodel;

import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.stream.LongStream;
import org.tensorflow.proto.FunctionDef;

/**
 * Numbers of a flat graph that are the same whatever the model is fed: constants, sizes that its
 * inputs and variables always have, and what is computed from these. Each is worked out for inputs
 * of two sizes where a size is open, such as the batch's: it counts if it is the same for both.
 */
final class StaticValues implements AutoCloseable {
  private final List<SizedGraph> graphs;

  /**
   * @param flat the graph, which may grow later
   * @param functions library functions of the model, by name
   */
  StaticValues(FlatGraph flat, Map<String, FunctionDef> functions) {
    graphs = LongStream.of(7, 11).mapToObj(open -> new SizedGraph(flat, functions, open)).toList();
  }

  /** A scalar integer, or 1 for true and 0 for false; empty if it is not known in advance. */
  OptionalLong number(String output) {
    return same(graph -> graph.number(output));
  }

  /** The outermost size of a tensor; empty if it is not known in advance. */
  OptionalLong length(String output) {
    return same(graph -> graph.length(output));
  }

  private OptionalLong same(Function<SizedGraph, OptionalLong> value) {
    OptionalLong first = value.apply(graphs.get(0));
    return first.isPresent() && first.equals(value.apply(graphs.get(1)))
        ? first
        : OptionalLong.empty();
  }

  @Override
  public void close() {
    graphs.forEach(SizedGraph::close);
  }
}
