package org.marginsoftmax.layer;

import java.util.ArrayList;
import java.util.List;
import org.marginsoftmax.InvalidInputException;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Gather;
import org.tensorflow.op.nn.TopK;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.family.TNumber;

/**
 * The margin softmax layer: computes logits, loss and gradients from features and their correct
 * labels.
 *
 * <pre>
 * features  float32 [N, D]   from a backbone; N may be unknown, D not
 * labels    int [N], 0..C-1, or one-hot [N, C] of any number type
 * centers   float32 [C, D]   one row per class, C at least 2; [C K, D] with K rows per class
 * </pre>
 *
 * <p>The backward pass is in closed form: {@link Backpropagation#gradients} carries {@link
 * HeadOutput#gradFeatures()} on into a backbone, and {@link HeadOutput#gradCenters()} goes to an
 * optimizer. Automatic differentiation through acos or sqrt(1 - cos^2) loses the gradient of
 * well-learnt samples in float32; here the column of the label is computed in float64, and the N by
 * C matrices of logits and exponentials are reused where possible.
 *
 * <p>A feature or center whose norm lies outside 1e-18..1e18 is treated as the zero vector: at 90
 * degrees to everything, with no gradient through its direction. NaN and infinities in features or
 * centers make the loss NaN.
 */
public final class MarginSoftmax {
  private MarginSoftmax() {}

  /**
   * Whether a vector of this norm has a direction: 1e-18 to 1e18. Others count as zero: they are at
   * 90 degrees to everything, and no gradient passes.
   */
  public static boolean hasDirection(double norm) {
    return Norms.direct(norm);
  }

  /**
   * Builds the layer into the graph of {@code tf} at full margin and scale, with the initial state
   * of the head.
   *
   * @throws InvalidInputException if the shapes known so far do not fit together
   */
  public static HeadOutput apply(
      Ops tf,
      Head head,
      Operand<TFloat32> features,
      Operand<? extends TNumber> labels,
      Operand<TFloat32> centers) {
    int classes = (int) (centers.shape().get(0) / head.subcenters());
    return apply(tf, head, features, labels, centers, head.firstStep(tf, classes));
  }

  /**
   * Builds the layer into the graph of {@code tf}.
   *
   * @param centers in blocks of classes, with as many rows a class as the head has
   * @param step margin strength, scale share, draws, state and parameters at this step
   * @throws InvalidInputException if the shapes known so far do not fit together
   */
  public static HeadOutput apply(
      Ops tf,
      Head head,
      Operand<TFloat32> features,
      Operand<? extends TNumber> labels,
      Centers centers,
      HeadStep step) {
    long rows = (long) centers.classes() * centers.subcenters();
    checkShapes(
        features.shape(), labels.shape(), Shape.of(rows, centers.dimension()), head.subcenters());
    return head.apply(tf, features, classIds(tf, labels), centers, step);
  }

  /**
   * Builds the layer into the graph of {@code tf}.
   *
   * @param step margin strength, scale share, draws, state and parameters at this step
   * @throws InvalidInputException if the shapes known so far do not fit together
   */
  public static HeadOutput apply(
      Ops tf,
      Head head,
      Operand<TFloat32> features,
      Operand<? extends TNumber> labels,
      Operand<TFloat32> centers,
      HeadStep step) {
    checkShapes(features.shape(), labels.shape(), centers.shape(), head.subcenters());
    return head.apply(
        tf, features, classIds(tf, labels), Centers.of(centers, head.subcenters()), step);
  }

  /**
   * Cosines between features and classes, for scoring without labels.
   *
   * @param features float32 [N, D]
   * @param centers float32 [C K, D]
   * @param subcenters K, number of centers per class, of which the nearest counts
   * @return float32 [N, C]
   */
  public static Operand<TFloat32> cosines(
      Ops tf, Operand<TFloat32> features, Operand<TFloat32> centers, int subcenters) {
    return cosinesOfUnits(tf, normalize(tf, features), centers, subcenters);
  }

  private static Operand<TFloat32> cosinesOfUnits(
      Ops tf, Operand<TFloat32> units, Operand<TFloat32> centers, int subcenters) {
    Operand<TFloat32> each =
        tf.math.mul(Products.times(tf, units, centers), Norms.inverseOfRows(tf, centers));
    if (subcenters == 1) {
      return each;
    }
    // Either may be 0: no samples, or a block of a sample that has none of its classes.
    Operand<TInt32> shape = tf.math.div(tf.shape(each), tf.array(1, subcenters));
    return tf.max(
        tf.reshape(each, tf.concat(List.of(shape, tf.array(subcenters)), tf.constant(0))),
        tf.constant(2));
  }

  /**
   * Cosines between features and classes, for scoring without labels.
   *
   * @param features float32 [N, D]
   * @return float32 [N, C]
   */
  public static Operand<TFloat32> cosines(Ops tf, Operand<TFloat32> features, Centers centers) {
    List<Operand<TFloat32>> blocks = new ArrayList<>();
    for (Operand<TFloat32> block : centers.blocks()) {
      blocks.add(cosines(tf, features, block, centers.subcenters()));
    }
    return blocks.size() == 1 ? blocks.get(0) : tf.concat(blocks, tf.constant(1));
  }

  /**
   * The classes with the largest cosines, the first of equal ones first, for scoring without
   * labels. Blocks of classes are worked on one after the other, so that no cosines of all of them
   * exist.
   *
   * @param features float32 [N, D]
   * @param count how many classes, 1..C
   * @return int32 [N, count]
   */
  public static Operand<TInt32> nearest(
      Ops tf, Operand<TFloat32> features, Centers centers, int count) {
    Operand<TFloat32> unit = normalize(tf, features);
    int perBlock = (int) centers.blocks().get(0).shape().get(0) / centers.subcenters();
    List<Operand<TInt32>> classes = new ArrayList<>();
    List<Operand<TFloat32>> largest =
        centers
            .rows()
            .each(
                tf,
                (own, block) -> {
                  Operand<TFloat32> cosines =
                      cosinesOfUnits(own, unit, block, centers.subcenters());
                  int k = (int) Math.min(count, block.shape().get(0) / centers.subcenters());
                  TopK<TFloat32, TInt32> best = own.nn.topK(cosines, own.constant(k), TInt32.class);
                  classes.add(
                      own.math.add(best.indices(), own.constant(classes.size() * perBlock)));
                  return best.values();
                });
    if (largest.size() == 1) {
      return classes.get(0);
    }
    TopK<TFloat32, TInt32> best =
        tf.nn.topK(tf.concat(largest, tf.constant(1)), tf.constant(count), TInt32.class);
    return tf.gather(
        tf.concat(classes, tf.constant(1)), best.indices(), tf.constant(1), Gather.batchDims(1L));
  }

  /**
   * Rows scaled to norm 1, float32 [N, D]; a row whose norm lies outside 1e-18..1e18 becomes zero.
   */
  public static Operand<TFloat32> normalize(Ops tf, Operand<TFloat32> features) {
    Operand<TFloat32> inverse = Norms.inverseOfRows(tf, features);
    return tf.math.mul(features, tf.expandDims(inverse, tf.constant(1)));
  }

  private static Operand<TInt32> classIds(Ops tf, Operand<? extends TNumber> labels) {
    return labels.shape().numDimensions() == 2
        ? tf.math.argMax(labels, tf.constant(1), TInt32.class)
        : tf.dtypes.cast(labels, TInt32.class);
  }

  private static void checkShapes(Shape features, Shape labels, Shape centers, int subcenters) {
    require(
        features.numDimensions() == 2 && features.get(1) > 0,
        "features: expected [N, D] with a known D",
        features);
    String rows = subcenters == 1 ? "[C, " : "[" + subcenters + " C, ";
    require(
        centers.numDimensions() == 2
            && centers.get(0) >= 2L * subcenters
            && centers.get(0) % subcenters == 0
            && centers.get(1) == features.get(1),
        "centers: expected " + rows + features.get(1) + "] with C at least 2",
        centers);
    long classes = centers.get(0) / subcenters;
    boolean ids = labels.numDimensions() == 1;
    boolean oneHot =
        labels.numDimensions() == 2
            && (labels.get(1) == classes || labels.get(1) == Shape.UNKNOWN_SIZE);
    require(ids || oneHot, "labels: expected int [N] or one-hot [N, " + classes + "]", labels);
    require(
        labels.get(0) == features.get(0)
            || labels.get(0) == Shape.UNKNOWN_SIZE
            || features.get(0) == Shape.UNKNOWN_SIZE,
        "labels: expected one for each of the " + features.get(0) + " features",
        labels);
  }

  private static void require(boolean holds, String expected, Shape found) {
    if (!holds) {
      throw new InvalidInputException(expected + ", found " + found);
    }
  }
}
