package org.marginsoftmax.backbone;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.layer.BatchNorm;
import org.marginsoftmax.layer.Frames;
import org.marginsoftmax.layer.Layers;
import org.marginsoftmax.option.Option;
import org.marginsoftmax.option.OptionValues;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * ECAPA-TDNN (Desplanques 2020, arXiv:2005.07143): Res2Net blocks with squeeze and excitation, all
 * of whose outputs go into a last layer over frames, and attentive statistics pooling. Where the
 * paper is silent, and in that a block's input is the output of the one before, not the sum of all
 * before, it is SpeechBrain's ECAPA_TDNN.py: frames are mirrored at both ends, and the first part
 * of a Res2Net layer passes unchanged.
 */
final class EcapaTdnn implements BackboneType {
  private static final Option<Integer> EMBEDDING = CommonOptions.EMBEDDING.usually(192);
  private static final Option<Integer> CHANNELS = CommonOptions.CHANNELS;
  private static final Option<Integer> POOLED = CommonOptions.POOLED_CHANNELS.usually(1536);

  /** As many frames are mirrored as the widest layer reaches out, 4. */
  private static final List<Integer> SMALLEST = List.of(5, 1);

  @Override
  public String name() {
    return "ecapa-tdnn";
  }

  @Override
  public String title() {
    return "ECAPA-TDNN";
  }

  @Override
  public String source() {
    return "Desplanques 2020, arXiv:2005.07143; SpeechBrain, ECAPA_TDNN.py";
  }

  @Override
  public String when() {
    return "voices, as log-mel frames [T, F]: the most accurate here; the paper also has `channels` 1024";
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
    int channels = values.get(CHANNELS);
    if (channels % Layered.PARTS != 0) {
      throw new InvalidInputException(
          "channels: expected a multiple of %d with ecapa-tdnn, found %d; its Res2Net layers divide them"
              .formatted(Layered.PARTS, channels));
    }
    return new Layered(values.get(EMBEDDING), channels, values.get(POOLED));
  }

  private record Layered(int embedding, int channels, int pooled) implements Backbone {
    /** Into which a Res2Net layer divides the channels. */
    static final int PARTS = 8;

    /** Channels between the two layers of squeeze and excitation, and of attention. */
    private static final int BOTTLENECK = 128;

    private static final float LEAST_VARIANCE = 1e-12f;

    @Override
    public Set<Integer> ranks() {
      return Set.of(2);
    }

    @Override
    public Operand<TFloat32> features(Layers layers, Operand<TFloat32> arrays) {
      SmallestSample.require("ecapa-tdnn", SMALLEST, arrays);
      Ops tf = layers.tf();
      Operand<TFloat32> x = frame(layers, "frame1", arrays, channels, 5, 1);
      List<Operand<TFloat32>> blocks = new ArrayList<>();
      for (int dilation = 2; dilation <= 4; dilation++) {
        x = block(layers, "block" + (dilation - 1), x, dilation);
        blocks.add(x);
      }
      x = frame(layers, "frame5", tf.concat(blocks, tf.constant(2)), pooled, 1, 1);
      x = layers.batchNorm("pooling/norm", pooling(layers, x), BatchNorm.TORCH);
      return layers.linear("embedding", x, embedding);
    }

    /** Convolution along time over mirrored frames, ReLU, batch norm. */
    private static Operand<TFloat32> frame(
        Layers layers, String name, Operand<TFloat32> x, int filters, int size, int dilation) {
      Operand<TFloat32> wide = Frames.mirrored(layers, x, (size - 1) * dilation / 2);
      return layers.batchNorm(
          name + "/norm",
          layers.relu(Frames.conv(layers, name, wide, filters, size, dilation)),
          BatchNorm.TORCH);
    }

    private Operand<TFloat32> block(Layers layers, String name, Operand<TFloat32> x, int dilation) {
      Operand<TFloat32> y = frame(layers, name + "/first", x, channels, 1, 1);
      y = parts(layers, name, y, dilation);
      y = frame(layers, name + "/last", y, channels, 1, 1);
      return layers.tf().math.add(excited(layers, name, y), x);
    }

    /** A Res2Net layer (Gao 2019, arXiv:1904.01169): each part also sees the part before it. */
    private Operand<TFloat32> parts(Layers layers, String name, Operand<TFloat32> x, int dilation) {
      Ops tf = layers.tf();
      int each = channels / PARTS;
      List<Operand<TFloat32>> done = new ArrayList<>();
      for (int part = 0; part < PARTS; part++) {
        Operand<TFloat32> y = tf.slice(x, tf.array(0, 0, part * each), tf.array(-1, -1, each));
        if (part > 0) {
          Operand<TFloat32> seen = part == 1 ? y : tf.math.add(y, done.get(part - 1));
          y = frame(layers, name + "/part" + (part + 1), seen, each, 3, dilation);
        }
        done.add(y);
      }
      return tf.concat(done, tf.constant(2));
    }

    /** Squeeze and excitation (Hu 2017, arXiv:1709.01507). */
    private Operand<TFloat32> excited(Layers layers, String name, Operand<TFloat32> x) {
      Ops tf = layers.tf();
      Operand<TFloat32> mean = tf.math.mean(x, tf.constant(1));
      Operand<TFloat32> squeezed = layers.relu(layers.linear(name + "/squeeze", mean, BOTTLENECK));
      Operand<TFloat32> gate = tf.math.sigmoid(layers.linear(name + "/excite", squeezed, channels));
      return tf.math.mul(x, tf.expandDims(gate, tf.constant(1)));
    }

    /** Attentive statistics pooling with global context, [N, 2 C]. */
    private Operand<TFloat32> pooling(Layers layers, Operand<TFloat32> x) {
      Ops tf = layers.tf();
      Operand<TFloat32> mean = Frames.mean(layers, x);
      Operand<TFloat32> even = tf.constant(1f / x.shape().get(1));
      Operand<TFloat32> deviation = deviation(layers, x, mean, even);
      Operand<TFloat32> seen =
          tf.concat(
              List.of(x, tf.broadcastTo(mean, tf.shape(x)), tf.broadcastTo(deviation, tf.shape(x))),
              tf.constant(2));
      Operand<TFloat32> scores =
          tf.math.tanh(frame(layers, "attention/first", seen, BOTTLENECK, 1, 1));
      Operand<TFloat32> weights =
          Frames.softmax(layers, Frames.conv(layers, "attention/last", scores, pooled, 1, 1));
      Operand<TFloat32> weighted = Frames.sum(layers, tf.math.mul(weights, x));
      return layers.flatten(
          tf.concat(List.of(weighted, deviation(layers, x, weighted, weights)), tf.constant(2)));
    }

    private static Operand<TFloat32> deviation(
        Layers layers, Operand<TFloat32> x, Operand<TFloat32> mean, Operand<TFloat32> weights) {
      Ops tf = layers.tf();
      Operand<TFloat32> variance = Frames.variance(layers, x, mean, weights);
      return tf.math.sqrt(tf.math.maximum(variance, tf.constant(LEAST_VARIANCE)));
    }
  }
}
