package org.marginsoftmax.backbone;

import java.util.List;
import java.util.Set;
import org.marginsoftmax.layer.BatchNorm;
import org.marginsoftmax.layer.Frames;
import org.marginsoftmax.layer.Layers;
import org.marginsoftmax.option.Option;
import org.marginsoftmax.option.OptionValues;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * The x-vector network (Snyder 2018, ICASSP, table 1): five layers over frames with more and more
 * context, mean and standard deviation over time, and a dense layer, whose outputs are the
 * features. Batch norm comes after ReLU and has neither scale nor offset, as in Kaldi and in
 * WeSpeaker's tdnn.py; what follows the embedding there, the head replaces.
 */
final class XVector implements BackboneType {
  private static final Option<Integer> EMBEDDING = CommonOptions.EMBEDDING.usually(512);
  private static final Option<Integer> CHANNELS = CommonOptions.CHANNELS;
  private static final Option<Integer> POOLED = CommonOptions.POOLED_CHANNELS;

  /** The context of the first three layers is 4, 4 and 6 frames; a deviation needs two. */
  private static final List<Integer> SMALLEST = List.of(16, 1);

  @Override
  public String name() {
    return "xvector";
  }

  @Override
  public String title() {
    return "x-vector";
  }

  @Override
  public String source() {
    return "Snyder 2018, table 1; Kaldi sre16/v2; WeSpeaker, tdnn.py";
  }

  @Override
  public String when() {
    return "voices, as log-mel or MFCC frames [T, F]: small and fast";
  }

  @Override
  public List<Option<?>> options() {
    return List.of(EMBEDDING, CHANNELS, POOLED);
  }

  @Override
  public List<Integer> smallest() {
    return SMALLEST;
  }

  @Override
  public Backbone backbone(OptionValues values) {
    return new Layered(values.get(EMBEDDING), values.get(CHANNELS), values.get(POOLED));
  }

  private record Layered(int embedding, int channels, int pooled) implements Backbone {
    @Override
    public Set<Integer> ranks() {
      return Set.of(2);
    }

    @Override
    public Operand<TFloat32> features(Layers layers, Operand<TFloat32> arrays) {
      SmallestSample.require("xvector", SMALLEST, arrays);
      Operand<TFloat32> x = frame(layers, "frame1", arrays, channels, 5, 1);
      x = frame(layers, "frame2", x, channels, 3, 2);
      x = frame(layers, "frame3", x, channels, 3, 3);
      x = frame(layers, "frame4", x, channels, 1, 1);
      x = frame(layers, "frame5", x, pooled, 1, 1);
      return layers.linear("embedding", statistics(layers, x), embedding);
    }

    private static Operand<TFloat32> frame(
        Layers layers, String name, Operand<TFloat32> x, int filters, int size, int dilation) {
      return layers.batchNorm(
          name + "/norm",
          layers.relu(Frames.conv(layers, name, x, filters, size, dilation)),
          BatchNorm.TORCH.with(BatchNorm.Affine.NONE));
    }

    /** Mean and standard deviation over time, [N, 2 C]. */
    private static Operand<TFloat32> statistics(Layers layers, Operand<TFloat32> x) {
      Ops tf = layers.tf();
      Operand<TFloat32> mean = Frames.mean(layers, x);
      Operand<TFloat32> weight = tf.constant(1f / (x.shape().get(1) - 1));
      Operand<TFloat32> variance = Frames.variance(layers, x, mean, weight);
      Operand<TFloat32> deviation = tf.math.sqrt(tf.math.add(variance, tf.constant(1e-8f)));
      return layers.flatten(tf.concat(List.of(mean, deviation), tf.constant(2)));
    }
  }
}
