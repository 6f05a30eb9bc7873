package org.marginsoftmax.layer;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;

/**
 * What comes back through all blocks of classes.
 *
 * @param features the sum over the classes, float32 [N, D]
 * @param centers d loss / d centers of each block, float32 [C_k K, D]
 */
record Backwards(Operand<TFloat32> features, List<Operand<TFloat32>> centers) {

  /**
   * What comes back through a block, the labels' own centers apart.
   *
   * @param features float32 [N, D]
   * @param centers d loss / d centers, float32 [C_k K, D]; changed in place
   */
  record Block(Operand<TFloat32> features, Operand<TFloat32> centers) {}

  /**
   * Goes back through one block after the other. Each gradient of a block is taken by the sink of
   * the centers before the next is begun.
   *
   * @param loss of each sample, float64 [N]
   * @param labels where the rows of the labels' centers lie
   * @param ofLabels d loss / d centers of the labels, float64, row by row
   */
  static Backwards of(
      Ops tf,
      Operand<TFloat64> loss,
      Centers centers,
      Blocked<Block> blocks,
      Blocked<Place> labels,
      Operand<TFloat64> ofLabels) {
    BlockOrder order = centers.order();
    Map<Integer, Operand<TFloat32>> ends = new LinkedHashMap<>();
    List<Operand<TFloat32>> sums = new ArrayList<>();
    List<Operand<TFloat32>> gradients = new ArrayList<>();
    Ops begun = tf.withControlDependencies(centers.sink().begin(tf, loss));
    List<Operand<?>> last =
        order.<Operand<?>>each(
            begun,
            (own, k) -> {
              Block block = blocks.at(own, k);
              Place place = labels.at(own, k);
              Operand<TFloat32> gradient =
                  LabelColumn.addToRows(
                      own,
                      block.features,
                      block.centers,
                      place.rows(),
                      place.ofShare(own, ofLabels));
              // Added at once, in the memory of the sum: those of all blocks together can take more
              // than the logits.
              Operand<TFloat32> sum =
                  order.isFirst(k)
                      ? block.features
                      : own.math.add(sums.get(k - order.lanes()), block.features);
              sums.add(sum);
              gradients.add(gradient);
              if (order.isLast(k)) {
                ends.put(k, sum);
              }
              return centers.sink().take(own.withControlDependencies(sum), k, gradient);
            });
    WorkerClocks.add(begun, order, last);
    List<Operand<TFloat32>> ofWorkers =
        order.joinedPerWorker(tf, ends, (own, some) -> own.math.addN(some));
    List<Operand<TFloat32>> sent = new ArrayList<>();
    for (int worker = 0; worker < ofWorkers.size(); worker++) {
      Ops there = order.tasks().on(tf, worker);
      sent.add(order.tasks().sent(there, tf, ofWorkers.get(worker)));
    }
    return new Backwards(sent.size() == 1 ? sent.get(0) : tf.math.addN(sent), gradients);
  }
}
