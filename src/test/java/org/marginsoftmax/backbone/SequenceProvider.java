package org.marginsoftmax.backbone;

import java.util.Set;
import org.marginsoftmax.layer.Layers;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/** A backbone of sequences [T, F], as a user's jar has it: a convolution along T, then its mean. */
public final class SequenceProvider implements BackboneProvider {
  @Override
  public String name() {
    return "sequence-net";
  }

  @Override
  public Backbone backbone(int embedding) {
    return new Backbone() {
      @Override
      public Set<Integer> ranks() {
        return Set.of(2);
      }

      @Override
      public Operand<TFloat32> features(Layers layers, Operand<TFloat32> sequences) {
        Ops tf = layers.tf();
        Operand<TFloat32> x = tf.expandDims(sequences, tf.constant(2));
        x = layers.relu(layers.batchNorm("norm", layers.conv2d("conv", x, 16, 3)));
        return layers.dense("embedding", tf.math.mean(x, tf.array(1, 2)), embedding);
      }
    };
  }
}
