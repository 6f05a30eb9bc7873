package org.marginsoftmax.layer;

import java.util.LinkedHashMap;
import java.util.Map;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;

/**
 * What a head computes at a step. TensorFlow runs only the outputs that are fetched, and what they
 * depend on.
 *
 * @param loss mean loss over the batch, including any regulariser of the head, float32 []
 * @param lossPerSample loss of each sample, float32 [N]
 * @param logits margin logits, float32 [N, C]
 * @param cosines cosines to the nearest center of each class, without margin or scale, float32 [N,
 *     C]
 * @param probabilities softmax of the logits, float32 [N, C]
 * @param targetAngle angle between each feature and the nearest center of its label, radians,
 *     float64 [N]
 * @param correct 1 where the label has the largest cosine or product without a margin, else 0,
 *     float32 [N]; 0 for a tie
 * @param gradFeatures d loss / d features, float32 [N, D]
 * @param gradCenters d loss / d centers, float32 [C K, D]
 * @param state state of the head for the next step, by name, float32 []
 * @param gradParameters d loss / d parameter for each parameter of the head, by name, float32 []
 */
public record HeadOutput(
    Operand<TFloat32> loss,
    Operand<TFloat32> lossPerSample,
    Operand<TFloat32> logits,
    Operand<TFloat32> cosines,
    Operand<TFloat32> probabilities,
    Operand<TFloat64> targetAngle,
    Operand<TFloat32> correct,
    Operand<TFloat32> gradFeatures,
    Operand<TFloat32> gradCenters,
    Map<String, Operand<TFloat32>> state,
    Map<String, Operand<TFloat32>> gradParameters) {

  /** The same output with gradients for the parameters of the head. */
  public HeadOutput withParameters(Map<String, Operand<TFloat32>> gradients) {
    return new HeadOutput(
        loss,
        lossPerSample,
        logits,
        cosines,
        probabilities,
        targetAngle,
        correct,
        gradFeatures,
        gradCenters,
        state,
        gradients);
  }

  /**
   * The loss and the gradients of a mixture of two labels: share of these, the rest of the others.
   * Everything else is of these.
   *
   * @param others outputs for the same features and centers with other labels
   * @param share float32 []
   */
  public HeadOutput mixedWith(Ops tf, HeadOutput others, Operand<TFloat32> share) {
    Map<String, Operand<TFloat32>> parameters = new LinkedHashMap<>();
    gradParameters.forEach(
        (name, own) ->
            parameters.put(name, mixture(tf, own, others.gradParameters.get(name), share)));
    return new HeadOutput(
        mixture(tf, loss, others.loss, share),
        mixture(tf, lossPerSample, others.lossPerSample, share),
        logits,
        cosines,
        probabilities,
        targetAngle,
        correct,
        mixture(tf, gradFeatures, others.gradFeatures, share),
        mixture(tf, gradCenters, others.gradCenters, share),
        state,
        parameters);
  }

  private static Operand<TFloat32> mixture(
      Ops tf, Operand<TFloat32> own, Operand<TFloat32> other, Operand<TFloat32> share) {
    return tf.math.add(
        tf.math.mul(own, share), tf.math.mul(other, tf.math.sub(tf.constant(1f), share)));
  }

  /** Casts what is computed in float64. */
  static HeadOutput of(
      Ops tf,
      Operand<TFloat64> lossPerSample,
      Operand<TFloat32> logits,
      Operand<TFloat32> cosines,
      Operand<TFloat32> probabilities,
      Operand<TFloat64> targetAngle,
      Operand<TFloat32> correct,
      Operand<TFloat64> gradFeatures,
      Operand<TFloat32> gradCenters,
      Map<String, Operand<TFloat64>> state) {
    Map<String, Operand<TFloat32>> next = new LinkedHashMap<>();
    state.forEach((name, value) -> next.put(name, tf.dtypes.cast(value, TFloat32.class)));
    return new HeadOutput(
        tf.dtypes.cast(tf.math.mean(lossPerSample, tf.constant(0)), TFloat32.class),
        tf.dtypes.cast(lossPerSample, TFloat32.class),
        logits,
        cosines,
        probabilities,
        targetAngle,
        correct,
        tf.dtypes.cast(gradFeatures, TFloat32.class),
        gradCenters,
        next,
        Map.of());
  }
}
