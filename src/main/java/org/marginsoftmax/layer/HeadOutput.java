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
 * What a head computes at a step. TensorFlow runs only the outputs that are fetched, and what they
 * depend on; built-in heads add the matrices of N by C to the graph only when they are used.
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
 * @param gradBlocks d loss / d centers of each block of classes, float32 [C_k K, D]
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
    List<Operand<TFloat32>> gradBlocks,
    Map<String, Operand<TFloat32>> state,
    Map<String, Operand<TFloat32>> gradParameters) {

  /**
   * d loss / d centers, float32 [C K, D], of centers in one block.
   *
   * @throws IllegalStateException if there are several
   */
  public Operand<TFloat32> gradCenters() {
    if (gradBlocks.size() > 1) {
      throw new IllegalStateException("the centers are in " + gradBlocks.size() + " blocks");
    }
    return gradBlocks.get(0);
  }

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
        gradBlocks,
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
    List<Operand<TFloat32>> mixed = new ArrayList<>();
    for (int k = 0; k < gradBlocks.size(); k++) {
      mixed.add(mixture(tf, gradBlocks.get(k), others.gradBlocks.get(k), share));
    }
    return new HeadOutput(
        mixture(tf, loss, others.loss, share),
        mixture(tf, lossPerSample, others.lossPerSample, share),
        logits,
        cosines,
        probabilities,
        targetAngle,
        correct,
        mixture(tf, gradFeatures, others.gradFeatures, share),
        mixed,
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
      List<Operand<TFloat32>> gradBlocks,
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
        gradBlocks,
        next,
        Map.of());
  }
}
