package org.marginsoftmax.layer;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Stack;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.family.TType;

/**
 * Where in a block the labels lie that are in it.
 *
 * @param rows of the labels, counted from the block's first, int32 [n_k]
 * @param samples that they are the labels of, int32 [n_k]; all, in order, if it is the only block
 * @param share of the block's worker, that these samples are of
 * @param within which of the share's samples they are, int32 [n_k]
 * @param only whether it is the only block
 */
public record Place(
    Operand<TInt32> rows,
    Operand<TInt32> samples,
    Share share,
    Operand<TInt32> within,
    boolean only) {

  /**
   * The samples whose labels are in a worker's blocks. Of what is a row [D] in float64 for each
   * sample a worker is sent these alone.
   *
   * @param samples int32 [n]; null for all
   * @param sent what has been taken of them
   */
  private record Share(Operand<TInt32> samples, Map<Operand<?>, Operand<?>> sent) {
    @SuppressWarnings("unchecked") // the rows of an operand are of its type
    <T extends TType> Operand<T> of(Ops tf, Operand<T> values) {
      return samples == null
          ? values
          : (Operand<T>)
              sent.computeIfAbsent(
                  values,
                  all -> {
                    Ops chief = Tasks.first(Tasks.toChief(tf));
                    return chief.gather(values, samples, Constants.of(chief, 0));
                  });
    }
  }

  /** The labels of a worker's blocks, by the block. */
  private record Labels(
      Share share,
      List<? extends Operand<TInt32>> rows,
      List<? extends Operand<TInt32>> samples,
      List<? extends Operand<TInt32>> within) {

    static Labels of(
        Ops tf, Operand<TInt32> block, Operand<TInt32> rows, Operand<TInt32> samples, long blocks) {
      List<? extends Operand<TInt32>> found = partition(tf, samples, block, blocks);
      return new Labels(
          new Share(null, Map.of()), partition(tf, rows, block, blocks), found, found);
    }

    /** Those of a worker, which is sent no others. */
    static Labels of(
        Ops tf,
        Operand<TInt32> block,
        Operand<TInt32> rows,
        Operand<TInt32> samples,
        long blocks,
        Operand<TInt32> own) {
      Share share = new Share(own, new HashMap<>());
      Operand<TInt32> blockOf = share.of(tf, block);
      Operand<TInt32> size = tf.size(blockOf);
      return new Labels(
          share,
          partition(tf, share.of(tf, rows), blockOf, blocks),
          partition(tf, share.of(tf, samples), blockOf, blocks),
          partition(tf, tf.range(Constants.of(tf, 0), size, Constants.of(tf, 1)), blockOf, blocks));
    }

    private static List<? extends Operand<TInt32>> partition(
        Ops tf, Operand<TInt32> values, Operand<TInt32> block, long blocks) {
      return tf.dynamicPartition(values, block, blocks).outputs();
    }
  }

  /** In each of so many blocks, all but the last of the same size. */
  static Blocked<Place> of(Ops tf, Operand<TInt32> labels, int size, BlockOrder order) {
    if (order.blocks() == 1) {
      return of(tf, null, labels, order);
    }
    Operand<TInt32> block = tf.math.div(labels, tf.constant(size));
    return of(tf, block, tf.math.sub(labels, tf.math.mul(block, tf.constant(size))), order);
  }

  /**
   * In each block, by the block and the row in it of each label.
   *
   * @param block int32 [N]; not read if there is one block
   * @param rows int32 [N]
   */
  static Blocked<Place> of(Ops tf, Operand<TInt32> block, Operand<TInt32> rows, BlockOrder order) {
    Operand<TInt32> samples = tf.range(tf.constant(0), tf.size(rows), tf.constant(1));
    if (order.blocks() == 1) {
      Place all = new Place(rows, samples, new Share(null, Map.of()), samples, true);
      return new Blocked<>(order, (own, k) -> all);
    }
    List<Operand<TInt32>> shares = shares(tf, block, samples, order);
    Blocked<Labels> labels =
        shares.size() < 2
            ? Blocked.perWorker(
                order, (own, worker) -> Labels.of(own, block, rows, samples, order.blocks()))
            : Blocked.perWorker(
                order,
                (own, worker) ->
                    Labels.of(own, block, rows, samples, order.blocks(), shares.get(worker)));
    return labels.mapNumbered(
        (k, of) -> new Place(of.rows.get(k), of.samples.get(k), of.share, of.within.get(k), false));
  }

  /** The samples of each worker, int32 [n] each; of one none. */
  private static List<Operand<TInt32>> shares(
      Ops tf, Operand<TInt32> block, Operand<TInt32> samples, BlockOrder order) {
    int workers = order.tasks().workers();
    if (workers < 2) {
      return List.of();
    }
    int[] workerOf = IntStream.range(0, order.blocks()).map(order::worker).toArray();
    return List.copyOf(
        tf.dynamicPartition(
                samples, tf.gather(tf.constant(workerOf), block, tf.constant(0)), (long) workers)
            .outputs());
  }

  /**
   * Where the K centers of each label lie, sample by sample, in terms of the samples: sample i has
   * the rows i K to i K + K - 1.
   */
  Place ofSamples(Ops tf, int perSample) {
    return perSample == 1
        ? this
        : new Place(rows, tf.math.div(samples, tf.constant(perSample)), share, within, false);
  }

  /** Values [N] or [N, D] of the samples whose label is in the block. */
  <T extends TType> Operand<T> of(Ops tf, Operand<T> values) {
    return only ? values : tf.gather(values, samples, Constants.of(tf, 0));
  }

  /** The same, of values that the block's worker needs no others of. */
  <T extends TType> Operand<T> ofShare(Ops tf, Operand<T> values) {
    return only ? values : tf.gather(share.of(tf, values), within, Constants.of(tf, 0));
  }

  /**
   * The block's matrix [C_k, N] with the labels' places overwritten by values [N]: the matrix
   * itself, which nothing else may read. It is what TensorFlow's scatter copies, a pass over all of
   * it. The matrix must be computed from something {@link #unmerged}.
   */
  Operand<TFloat32> overwrite(Ops tf, Operand<TFloat32> matrix, Operand<TFloat32> values) {
    Operand<TInt32> shape = tf.shape(matrix);
    Operand<TInt32> one = Constants.of(tf, new int[] {1});
    Operand<TInt32> width = tf.slice(shape, one, one);
    Operand<TFloat32> flat = tf.reshape(matrix, Constants.of(tf, new int[] {-1, 1}));
    Operand<TInt32> at = tf.math.add(tf.math.mul(rows, width), samples);
    return tf.reshape(
        tf.inplaceUpdate(flat, at, tf.expandDims(of(tf, values), Constants.of(tf, 1))), shape);
  }

  /**
   * The same values, as an operation that TensorFlow never takes for another. Two heads on the same
   * features and centers make the same products, which its optimizer of graphs would compute once
   * for both: what one of them overwrites the other would read.
   */
  static Operand<TFloat32> unmerged(Ops tf, Operand<TFloat32> values) {
    return tf.placeholderWithDefault(values, values.shape());
  }

  /** The block's matrix [C_k, N] with the labels' places replaced by values [N]. */
  Operand<TFloat32> replace(Ops tf, Operand<TFloat32> matrix, Operand<TFloat32> values) {
    return tf.tensorScatterNdUpdate(
        matrix, tf.stack(List.of(rows, samples), Stack.axis(1L)), of(tf, values));
  }
}
