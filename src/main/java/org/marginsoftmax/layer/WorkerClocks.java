package org.marginsoftmax.layer;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.tensorflow.Graph;
import org.tensorflow.GraphOperation;
import org.tensorflow.Operand;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat64;

/**
 * When each worker begins its part of the way back through the classes, and when it ends: most of
 * what it does in a step. Each by its own clock, so that only the time between the two says
 * something.
 */
public final class WorkerClocks {
  private WorkerClocks() {}

  /**
   * Adds the clocks to a graph, for the first head in it.
   *
   * @param tf ops that come after what all workers wait for
   * @param last what is last computed of each block
   */
  static void add(Ops tf, BlockOrder order, List<? extends Operand<?>> last) {
    if (order.tasks().workers() < 2
        || ((Graph) tf.scope().env()).operation(name(0, "begins")) != null) {
      return;
    }
    Map<Integer, Op> ends = new LinkedHashMap<>();
    for (int k = 0; k < order.blocks(); k++) {
      if (order.isLast(k)) {
        ends.put(k, last.get(k));
      }
    }
    order
        .byWorker(ends)
        .forEach(
            (worker, own) -> {
              Ops there = order.tasks().on(tf, worker);
              there.withName(name(worker, "begins")).timestamp();
              there.withControlDependencies(own).withName(name(worker, "ends")).timestamp();
            });
  }

  /**
   * Seconds at which each worker begins and ends, in the order of the workers; none in one process.
   */
  public static List<Operand<TFloat64>> of(Graph graph, Tasks tasks) {
    List<Operand<TFloat64>> clocks = new ArrayList<>();
    for (int worker = 0; worker < tasks.workers(); worker++) {
      for (String when : List.of("begins", "ends")) {
        GraphOperation clock = graph.operation(name(worker, when));
        if (clock != null) {
          clocks.add(clock.output(0));
        }
      }
    }
    return clocks;
  }

  private static String name(int worker, String when) {
    return "worker." + worker + "." + when;
  }
}
