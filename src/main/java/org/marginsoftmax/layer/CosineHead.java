package org.marginsoftmax.layer;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalDouble;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt32;

/**
 * A head whose loss for a batch is any function of the cosines between features and class centers.
 * An implementation gives the loss and its derivatives with respect to the cosines; this interface
 * carries them back to features and centers. The logits are the cosines.
 *
 * <p>The cosines to the centers of the label, and the gradients through them, are float64: in
 * float32 the direction from a well-learnt feature to its center is rounding error.
 */
public interface CosineHead extends Head {
  /**
   * Builds the loss and its slopes.
   *
   * @param in what the loss is computed from
   */
  Value loss(Ops tf, Input in);

  /**
   * The scale s, which a schedule can warm up and which multiplies the cosines in scoring; empty if
   * the head has none.
   */
  default OptionalDouble scale() {
    return OptionalDouble.empty();
  }

  @Override
  default boolean scales() {
    return scale().isPresent();
  }

  @Override
  default Operand<TFloat32> scoringLogits(
      Ops tf,
      Operand<TFloat32> features,
      Operand<TFloat32> centers,
      Operand<TFloat32> cosines,
      Map<String, Operand<TFloat32>> state) {
    return scale().isPresent()
        ? tf.math.mul(cosines, tf.constant((float) scale().getAsDouble()))
        : cosines;
  }

  @Override
  default HeadOutput apply(
      Ops tf, Operand<TFloat32> features, Operand<TInt32> labels, Centers centers, HeadStep step) {
    LabelColumn column =
        LabelColumn.of(tf, features, LabelRows.nearest(tf, features, labels, centers), centers);
    LabelRows own = LabelRows.of(tf, column, labels, centers);
    Operand<TFloat32> unit = tf.dtypes.cast(column.features(), TFloat32.class);
    Blocked<Factor> rows = centers.factors(unit, (ops, all) -> all);
    Operand<TFloat32> ones =
        tf.expandDims(tf.onesLike(tf.dtypes.cast(labels, TFloat32.class)), tf.constant(1));
    Blocked<Place> places = centers.places(tf, labels);
    Blocked<Place> rowPlaces = centers.rowPlaces(tf, own.rows());
    Blocked<Block> blocks = Block.of(tf, centers, unit, rowPlaces);

    Value value =
        loss(
            tf,
            new Input(
                own.cosines(),
                blocks.map((ops, block) -> new Others(block.others, block.isOther)),
                labels,
                places,
                centers,
                step));

    // Through the other centers: d c / d x^ = w^ - c x^, d c / d w = (x^ - c w^) / norm(w).
    Blocked<Operand<TFloat32>> factors =
        value.centerFactors() == null ? blocks.map((ops, block) -> null) : value.centerFactors();
    Blocked<Backwards.Block> backwards =
        blocks
            .with(value.slopes(), (ops, block, slopes) -> new Sloped(block, slopes, null))
            .with(factors, (ops, sloped, more) -> new Sloped(sloped.block, sloped.slopes, more))
            .with(rows, (ops, of, vectors) -> of.backwards(ops, centers, ones, vectors));
    Backwards back =
        Backwards.of(
            tf,
            value.perSample(),
            centers,
            backwards,
            rowPlaces,
            own.gradCenters(tf, column, value.labelSlopes()));
    Operand<TFloat64> pull = tf.dtypes.cast(back.features(), TFloat64.class);
    Operand<TFloat64> radial =
        LabelColumn.column(tf, LabelColumn.rowDot(tf, pull, column.features()));
    Operand<TFloat64> tangent = tf.math.sub(pull, tf.math.mul(radial, column.features()));
    Operand<TFloat64> gradFeatures =
        tf.math.mul(
            tf.math.add(tangent, own.gradUnitFeatures(tf, column, value.labelSlopes())),
            LabelColumn.column(tf, column.inverseFeatureNorm()));

    Blocked<Operand<TFloat32>> nearest = blocks.map((ops, block) -> block.nearest(ops));
    Operand<TFloat32> label = tf.dtypes.cast(column.cosine(), TFloat32.class);
    Operand<TFloat32> logits =
        new OnDemand(
            () ->
                Products.joined(
                    tf, nearest.with(places, (ops, c, place) -> place.replace(ops, c, label))));
    Operand<TFloat32> excluded =
        tf.fill(tf.shape(labels), tf.constant(SoftmaxCrossEntropy.EXCLUDED));
    HeadOutput out =
        HeadOutput.of(
            tf,
            value.perSample(),
            logits,
            new OnDemand(() -> Products.joined(tf, nearest)),
            new OnDemand(() -> tf.nn.softmax(logits)),
            column.angle(),
            SoftmaxCrossEntropy.wins(
                tf,
                column.cosine(),
                nearest
                    .with(places, (ops, c, place) -> place.replace(ops, c, excluded))
                    .largest(tf, SoftmaxCrossEntropy::largest)),
            gradFeatures,
            back.centers(),
            Map.of());
    return out.withParameters(parameters(tf, value));
  }

  /**
   * Cosines to the centers of a block of classes.
   *
   * @param centers of these classes
   * @param all cosines, float32 [C_k K, N]
   * @param others the same, 0 at the centers of the label
   * @param isOther 1 where the center is of another class than the label, else 0, float32 [C_k K,
   *     N]
   */
  record Block(
      Subcenters centers,
      Operand<TFloat32> all,
      Operand<TFloat32> others,
      Operand<TFloat32> isOther) {

    private static Blocked<Block> of(
        Ops tf, Centers centers, Operand<TFloat32> unit, Blocked<Place> labels) {
      Blocked<Factor> columns = centers.factors(unit, Products::transposed);
      Operand<TFloat32> zeros =
          tf.reduceSum(tf.math.mul(unit, Constants.of(tf, 0f)), Constants.of(tf, 1));
      return Subcenters.of(centers)
          .with(
              columns,
              (own, block, vectors) -> new Block(block, block.products(own, vectors), null, null))
          .with(
              labels,
              (own, block, place) ->
                  block.without(own, place.ofSamples(own, centers.subcenters()), zeros));
    }

    /** With 0 at the centers of the label. */
    private Block without(Ops tf, Place labels, Operand<TFloat32> zeros) {
      return new Block(
          centers,
          all,
          labels.replace(tf, all, zeros),
          labels.replace(tf, tf.onesLike(all), zeros));
    }

    /** Cosines to the nearest center of each class, [C_k, N]. */
    private Operand<TFloat32> nearest(Ops tf) {
      return centers.nearest(tf, all).largest();
    }
  }

  /**
   * A block, and the slopes of the loss in its cosines.
   *
   * @param slopes float32 [C_k K, N]
   * @param factors of the centers, {@link Value#centerFactors}; null if there are none
   */
  record Sloped(Block block, Operand<TFloat32> slopes, Operand<TFloat32> factors) {
    private Backwards.Block backwards(
        Ops tf, Centers centers, Operand<TFloat32> ones, Factor vectors) {
      return block.centers.backwards(tf, centers, slopes, block.others, ones, vectors, factors);
    }
  }

  private static Map<String, Operand<TFloat32>> parameters(Ops tf, Value value) {
    Map<String, Operand<TFloat32>> slopes = new LinkedHashMap<>();
    value
        .parameterSlopes()
        .forEach((name, slope) -> slopes.put(name, tf.dtypes.cast(slope, TFloat32.class)));
    return slopes;
  }

  /**
   * The centers of a block of classes, for a loss.
   *
   * @param cosines to each center, class by class, float32 [C_k K, N]; 0 at the centers of the
   *     label
   * @param isOther 1 where the center is of another class than the label, else 0, float32 [C_k K,
   *     N]
   */
  record Others(Operand<TFloat32> cosines, Operand<TFloat32> isOther) {}

  /**
   * What a loss is computed from.
   *
   * @param label cosines to the K centers of the label's class, float64 [N, K]
   * @param others cosines to all centers, block by block
   * @param labels classes, int32 [N], 0..C-1
   * @param places where the labels lie in the blocks
   * @param centers class centers, not normalised
   * @param step margin strength, scale share, draws, state and parameters at this step
   */
  record Input(
      Operand<TFloat64> label,
      Blocked<Others> others,
      Operand<TInt32> labels,
      Blocked<Place> places,
      Centers centers,
      HeadStep step) {
    /** The number of classes that there are cosines to, float64 []. */
    public Operand<TFloat64> classes(Ops tf) {
      return centers.present(tf);
    }

    /** K, number of centers per class. */
    public int subcenters() {
      return centers.subcenters();
    }

    /** Cosine to the only center of the label, float64 [N]; only for heads with K = 1. */
    public Operand<TFloat64> ofLabel(Ops tf) {
      return tf.reshape(label, tf.array(-1));
    }

    /** The batch size N, float64 []. */
    public Operand<TFloat64> samples(Ops tf) {
      return tf.dtypes.cast(tf.size(labels), TFloat64.class);
    }

    /**
     * Softmax cross-entropy, computed from the probability of the other classes so that it stays
     * precise for well-learnt samples.
     *
     * @param label logit of the label, float64 [N]
     * @param others logits of the classes of each block, float32 [C_k, N]; not read at the label
     * @param bound largest absolute value of the other logits; infinite if unknown
     * @param smoothing share of the target distribution spread over all classes, 0 up to below 1
     */
    public CrossEntropy crossEntropy(
        Ops tf,
        Operand<TFloat64> label,
        Blocked<Operand<TFloat32>> others,
        double bound,
        double smoothing) {
      SoftmaxCrossEntropy crossEntropy =
          SoftmaxCrossEntropy.of(tf, others, false, places, label, bound, smoothing);
      SoftmaxCrossEntropy.Gradient gradient = crossEntropy.gradient(tf);
      Operand<TFloat32> weight = SoftmaxCrossEntropy.row32(tf, gradient.weight());
      Operand<TFloat32> zeros = tf.zeros(tf.shape(labels), TFloat32.class);
      return new CrossEntropy(
          crossEntropy.loss(),
          gradient.label(),
          gradient
              .perWeight()
              .with(
                  places,
                  (own, perWeight, place) ->
                      place.replace(own, own.math.mul(perWeight, weight), zeros)));
    }
  }

  /**
   * A cross-entropy and the derivatives of its mean over the batch.
   *
   * @param perSample cross-entropy of each sample, float64 [N]
   * @param labelSlope derivative of the mean with respect to the logit of the label, float64 [N]
   * @param slopes derivatives of the mean with respect to the other logits of each block, float32
   *     [C_k, N]; 0 at the label
   */
  record CrossEntropy(
      Operand<TFloat64> perSample,
      Operand<TFloat64> labelSlope,
      Blocked<Operand<TFloat32>> slopes) {}

  /**
   * A loss and its derivatives.
   *
   * @param perSample loss of each sample, float64 [N]; the loss is its mean
   * @param labelSlopes derivatives of the mean with respect to the cosines of the label, float64
   *     [N, K]
   * @param slopes derivatives of the mean with respect to the other cosines of each block, float32
   *     [C_k K, N]; 0 at the centers of the label
   * @param parameterSlopes derivatives of the mean with respect to the parameters of {@link
   *     Head#parameters}, by name, float64 []
   * @param centerFactors d loss / d centers other than through the cosines, of a loss of the inner
   *     products of centers: the gradient in a center is the sum of the R centers of its group,
   *     itself included, times these factors. Groups of R centers, one next to the other, of each
   *     block, float32 [G, R, R] with G R = C_k K and R known; null if there is none
   */
  record Value(
      Operand<TFloat64> perSample,
      Operand<TFloat64> labelSlopes,
      Blocked<Operand<TFloat32>> slopes,
      Map<String, Operand<TFloat64>> parameterSlopes,
      Blocked<Operand<TFloat32>> centerFactors) {
    /** A loss that depends only on the cosines to one center per class. */
    public static Value of(
        Ops tf,
        Operand<TFloat64> perSample,
        Operand<TFloat64> labelSlope,
        Blocked<Operand<TFloat32>> slopes) {
      return new Value(
          perSample, tf.expandDims(labelSlope, tf.constant(1)), slopes, Map.of(), null);
    }
  }
}
