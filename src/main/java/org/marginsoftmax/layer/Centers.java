package org.marginsoftmax.layer;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import org.marginsoftmax.InvalidInputException;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.family.TType;

/**
 * The class centers, in blocks of classes. A head computes with one block after the other: what is
 * of the size of the centers or of samples by classes then stays in the processor's cache, and none
 * of it exists as a whole but the centers themselves.
 *
 * @param blocks of rows, float32 [C_k K, D] each, class by class
 * @param subcenters K, number of centers per class
 * @param lanes how many blocks are worked on next to each other
 * @param precision of the products with features and gradients
 * @param sink takes the gradient of each block
 * @param sample the classes that the blocks have; null for all
 * @param tasks processes that the blocks are divided among
 */
public record Centers(
    List<Operand<TFloat32>> blocks,
    int subcenters,
    int lanes,
    Precision precision,
    GradientSink sink,
    SampledClasses sample,
    Tasks tasks) {
  /**
   * Blocks worked on next to each other: with one, products wait while an update uses the memory.
   */
  private static final int LANES = 2;

  /** Size of a block that was fastest on processors with 2 MB of second-level cache a core. */
  private static final long BLOCK_BYTES = 4L << 20;

  /** More take TensorFlow long to prepare the first step, and a megabyte each. */
  private static final int MOST_BLOCKS = 192;

  /** What is done with the gradient of a block of centers as soon as it is there. */
  @FunctionalInterface
  public interface GradientSink {
    /**
     * What must have run before the first gradient is taken; by default nothing of its own.
     *
     * @param lossPerSample float64 [N]
     */
    default Operand<?> begin(Ops tf, Operand<TFloat64> lossPerSample) {
      return lossPerSample;
    }

    /**
     * Takes the gradient of a block.
     *
     * @param tf ops that come after all that reads the centers of the block
     * @param block its number
     * @param gradient d loss / d centers, float32 [C_k K, D]
     * @return what must have run before the next block is begun
     */
    Operand<?> take(Ops tf, int block, Operand<TFloat32> gradient);
  }

  /**
   * @throws InvalidInputException if the blocks are of other shapes, or all but the last are not of
   *     the same
   */
  public Centers {
    blocks = List.copyOf(blocks);
    Shape first = blocks.get(0).shape();
    for (int k = 0; k < blocks.size(); k++) {
      Shape shape = blocks.get(k).shape();
      boolean last = k == blocks.size() - 1;
      if (shape.numDimensions() != 2
          || shape.get(1) != first.get(1)
          || sample == null
              && (shape.get(0) < subcenters
                  || shape.get(0) % subcenters != 0
                  || (last ? shape.get(0) > first.get(0) : shape.get(0) != first.get(0)))) {
        throw new InvalidInputException(
            "centers: expected blocks float32 [%d C, D] of one size, the last of them not larger, found %s after %s; divide the classes evenly"
                .formatted(subcenters, shape, first));
      }
    }
  }

  /** Centers in one block. */
  public static Centers of(Operand<TFloat32> centers, int subcenters) {
    return of(List.of(centers), subcenters);
  }

  /** Centers in blocks, whose gradients wait for whoever wants them. */
  public static Centers of(List<Operand<TFloat32>> blocks, int subcenters) {
    return sampled(blocks, subcenters, null);
  }

  /**
   * Centers of a sample of the classes, in blocks.
   *
   * @param blocks rows of the sampled classes of each block, float32 [S_k K, D]
   * @param sample the classes
   */
  public static Centers sampled(
      List<Operand<TFloat32>> blocks, int subcenters, SampledClasses sample) {
    return new Centers(
        blocks,
        subcenters,
        LANES,
        Precision.FLOAT32,
        (tf, block, gradient) -> gradient,
        sample,
        Tasks.NONE);
  }

  /**
   * The number of blocks that suits the processor's cache, of 4 MB each; at most 192, larger ones.
   *
   * @param classes C
   * @param subcenters K
   * @param dimension D
   */
  public static int usualBlocks(int classes, int subcenters, int dimension) {
    long bytes = (long) classes * subcenters * dimension * Float.BYTES;
    return (int) Math.max(1, Math.min(Math.min(classes, MOST_BLOCKS), bytes / BLOCK_BYTES));
  }

  /**
   * The number of blocks that suits the processors' cache, as many for each worker: at most 192
   * each.
   *
   * @param classes C
   * @param subcenters K
   * @param dimension D
   * @param workers that they are divided among, at least 1
   */
  public static int usualBlocks(int classes, int subcenters, int dimension, int workers) {
    int each = usualBlocks((classes + workers - 1) / workers, subcenters, dimension);
    return Math.min(classes, each * workers);
  }

  /** The same centers, whose gradients are taken by the sink as soon as they are there. */
  public Centers into(GradientSink sink) {
    return new Centers(blocks, subcenters, lanes, precision, sink, sample, tasks);
  }

  /** The same centers, whose products with features and gradients are of this precision. */
  public Centers in(Precision precision) {
    return new Centers(blocks, subcenters, lanes, precision, sink, sample, tasks);
  }

  /** The same centers, whose blocks the workers of a cluster have. */
  public Centers over(Tasks tasks) {
    return new Centers(blocks, subcenters, lanes, precision, sink, sample, tasks);
  }

  /** C, number of all classes. */
  public int classes() {
    if (sample != null) {
      return sample.of();
    }
    long rows = 0;
    for (Operand<TFloat32> block : blocks) {
      rows += block.shape().get(0);
    }
    return Math.toIntExact(rows / subcenters);
  }

  /** The number of classes that the blocks have, float64 []: C, or the size of the sample. */
  public Operand<TFloat64> present(Ops tf) {
    return sample == null
        ? tf.constant((double) classes())
        : tf.dtypes.cast(tf.size(sample.classes()), TFloat64.class);
  }

  /** D, size of a center. */
  public long dimension() {
    return blocks.get(0).shape().get(1);
  }

  BlockOrder order() {
    return new BlockOrder(blocks.size(), lanes, tasks);
  }

  /** The rows of each block, read after what comes before the block. */
  public Blocked<Operand<TFloat32>> rows() {
    return new Blocked<>(
        order(), (tf, k) -> blocks.size() == 1 ? blocks.get(0) : tf.identity(blocks.get(k)));
  }

  /** A matrix as a factor of the products with the centers. */
  Factor factor(Ops tf, Operand<TFloat32> matrix) {
    return Factor.of(tf, precision, matrix);
  }

  /**
   * A matrix that all blocks have products with, as a factor of them, made by each worker.
   *
   * @param matrix float32 [N, D], of the chief's
   * @param made of it by each worker
   */
  Blocked<Factor> factors(
      Operand<TFloat32> matrix, BiFunction<Ops, Operand<TFloat32>, Operand<TFloat32>> made) {
    return Blocked.perWorker(
        order(),
        (tf, worker) -> factor(tf, made.apply(tf, tasks.sent(Tasks.toChief(tf), tf, matrix))));
  }

  /**
   * Rows of the centers.
   *
   * @param rows int32 [n], counted over all classes
   * @return float32 [n, D]
   */
  public Operand<TFloat32> gather(Ops tf, Operand<TInt32> rows) {
    return gathered(tf, rows, (own, found) -> found);
  }

  /**
   * Norms of rows of the centers.
   *
   * @param rows int32 [n], counted over all classes
   * @return float32 [n]
   */
  public Operand<TFloat32> norms(Ops tf, Operand<TInt32> rows) {
    return gathered(
        tf, rows, (own, found) -> own.linalg.euclideanNorm(found, Constants.of(own, 1)));
  }

  /**
   * Something of rows of the centers.
   *
   * @param of from rows that a block has [m, D] to what is gathered of them, [m, ...]
   */
  private Operand<TFloat32> gathered(
      Ops tf, Operand<TInt32> rows, BiFunction<Ops, Operand<TFloat32>, Operand<TFloat32>> of) {
    Blocked<Place> places = rowPlaces(tf, rows);
    if (blocks.size() == 1) {
      Ops own = order().on(tf, 0);
      return of.apply(
          own, own.gather(blocks.get(0), places.at(tf, 0).rows(), Constants.of(own, 0)));
    }
    List<Operand<TInt32>> samples = new ArrayList<>();
    List<Operand<TFloat32>> found = new ArrayList<>();
    for (int k = 0; k < blocks.size(); k++) {
      Place place = places.at(tf, k);
      Ops own = order().on(tf, k);
      samples.add(place.samples());
      found.add(of.apply(own, own.gather(blocks.get(k), place.rows(), Constants.of(own, 0))));
    }
    return tf.dynamicStitch(perWorker(tf, samples), perWorker(tf, found));
  }

  /** What blocks have, of each worker one below the other: it is sent at once. */
  private <T extends TType> List<Operand<T>> perWorker(Ops tf, List<Operand<T>> ofBlocks) {
    if (tasks.workers() == 0) {
      return ofBlocks;
    }
    return order()
        .joinedPerWorker(
            tf,
            BlockOrder.numbered(ofBlocks),
            (own, some) -> own.concat(some, Constants.of(own, 0)));
  }

  /** Where classes lie: in which block, and in which row of its matrices [C_k, N]. */
  Blocked<Place> places(Ops tf, Operand<TInt32> classes) {
    if (sample != null) {
      return Place.of(tf, sample.block(tf, classes), sample.row(tf, classes), order());
    }
    return Place.of(tf, classes, rowsOfFirst() / subcenters, order());
  }

  /** Where rows of the centers lie: in which block, and in which of its rows. */
  Blocked<Place> rowPlaces(Ops tf, Operand<TInt32> rows) {
    if (sample != null) {
      Operand<TInt32> perClass = tf.constant(subcenters);
      Operand<TInt32> classes = tf.math.div(rows, perClass);
      Operand<TInt32> within = tf.math.sub(rows, tf.math.mul(classes, perClass));
      return Place.of(
          tf,
          sample.block(tf, classes),
          tf.math.add(tf.math.mul(sample.row(tf, classes), perClass), within),
          order());
    }
    return Place.of(tf, rows, rowsOfFirst(), order());
  }

  /** All centers that there are, float32 [C K, D]; a copy unless there is one block. */
  public Operand<TFloat32> all(Ops tf) {
    return blocks.size() == 1 ? blocks.get(0) : tf.concat(blocks, tf.constant(0));
  }

  private int rowsOfFirst() {
    return Math.toIntExact(blocks.get(0).shape().get(0));
  }
}
