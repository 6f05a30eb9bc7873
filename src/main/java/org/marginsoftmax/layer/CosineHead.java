package org.marginsoftmax.layer;

import java.util.Map;
import java.util.OptionalDouble;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt32;

/**
 * A head whose loss of a batch is a function of the cosines between features and class centres,
 * whatever its form. It says the loss and the slopes of that function; the way back from the slopes
 * to features and centres is the same for all. The logits are the cosines.
 */
public interface CosineHead extends Head {
  /**
   * The loss and its slopes.
   *
   * @param in what it is made from
   */
  Value loss(Ops tf, Input in);

  /** s, which a schedule may let grow and scores are multiplied by; empty where there is none. */
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
  default MarginSoftmax.Output apply(
      Ops tf,
      Operand<TFloat32> features,
      Operand<TInt32> labels,
      Operand<TFloat32> centers,
      HeadStep step) {
    return CosineLayer.build(tf, this, features, labels, centers, step);
  }

  /**
   * What a loss is made from.
   *
   * @param label cosines to the K centres of the label's class, float64 [N, K]
   * @param others cosines to all centres, class by class, float32 [N, C K]; 0 in the label's
   *     columns
   * @param isOther 1 where the centre is of another class than the label, else 0, float32 [N, C K]
   * @param labels int32 [N], 0..C-1
   * @param classes C
   * @param subcenters K
   * @param centers as they are, float32 [C K, D]
   * @param step what the head takes from the run
   */
  record Input(
      Operand<TFloat64> label,
      Operand<TFloat32> others,
      Operand<TFloat32> isOther,
      Operand<TInt32> labels,
      int classes,
      int subcenters,
      Operand<TFloat32> centers,
      HeadStep step) {
    /** Cosine to the only centre of the label's class, float64 [N]; of a head with K 1. */
    public Operand<TFloat64> ofLabel(Ops tf) {
      return tf.reshape(label, tf.array(-1));
    }

    /** N, float64 []. */
    public Operand<TFloat64> samples(Ops tf) {
      return tf.dtypes.cast(tf.size(labels), TFloat64.class);
    }

    /**
     * Softmax cross-entropy of logits, seen from the other classes, so that learnt samples keep
     * their digits.
     *
     * @param label logit of the label, float64 [N]
     * @param others logits of all classes, float32 [N, C]; the label's column is not read
     * @param bound of the size of the other logits; infinite where none is known
     * @param smoothing share of the target spread over all classes, 0 up to below 1
     */
    public CrossEntropy crossEntropy(
        Ops tf, Operand<TFloat64> label, Operand<TFloat32> others, double bound, double smoothing) {
      LabelIndex index = LabelIndex.of(tf, labels);
      Rivals rivals = Rivals.of(tf, others, index, label, bound, smoothing);
      Rivals.Gradient gradient = rivals.gradient(tf);
      Operand<TFloat32> weight =
          tf.dtypes.cast(LabelColumn.column(tf, gradient.weight()), TFloat32.class);
      return new CrossEntropy(
          rivals.loss(),
          gradient.label(),
          index.replace(
              tf,
              tf.math.mul(gradient.perWeight(), weight),
              tf.zeros(tf.shape(labels), TFloat32.class)));
    }
  }

  /**
   * A cross-entropy and the slopes of its mean over the batch.
   *
   * @param perSample float64 [N]
   * @param labelSlope in the label's logit, float64 [N]
   * @param slopes in the other logits, float32 [N, C]; 0 in the label's column
   */
  record CrossEntropy(
      Operand<TFloat64> perSample, Operand<TFloat64> labelSlope, Operand<TFloat32> slopes) {}

  /**
   * The loss and its slopes.
   *
   * @param perSample float64 [N], whose mean is the loss
   * @param labelSlopes slopes of that mean in the label's cosines, float64 [N, K]
   * @param slopes slopes of that mean in the other cosines, float32 [N, C K]; 0 in the label's
   *     columns
   * @param parameterSlopes slopes of that mean in the parameters of {@link Head#parameters}, by
   *     name, float64 []
   * @param centerGradient what the loss has of the centres besides, d loss / d centers, float32 [C
   *     K, D]; null for nothing
   */
  record Value(
      Operand<TFloat64> perSample,
      Operand<TFloat64> labelSlopes,
      Operand<TFloat32> slopes,
      Map<String, Operand<TFloat64>> parameterSlopes,
      Operand<TFloat32> centerGradient) {
    /** A loss of cosines to one centre a class, and of nothing else. */
    public static Value of(
        Ops tf,
        Operand<TFloat64> perSample,
        Operand<TFloat64> labelSlope,
        Operand<TFloat32> slopes) {
      return new Value(
          perSample, tf.expandDims(labelSlope, tf.constant(1)), slopes, Map.of(), null);
    }
  }
}
