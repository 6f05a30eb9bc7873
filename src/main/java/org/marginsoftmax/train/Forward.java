package org.marginsoftmax.train;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.marginsoftmax.layer.Centers;
import org.marginsoftmax.layer.HeadOutput;
import org.marginsoftmax.layer.HeadStep;
import org.marginsoftmax.layer.Layers;
import org.marginsoftmax.layer.MarginSoftmax;
import org.marginsoftmax.layer.Replica;
import org.marginsoftmax.layer.SampledClasses;
import org.marginsoftmax.layer.Tasks;
import org.marginsoftmax.layer.Variable;
import org.marginsoftmax.layer.Variables;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.linalg.EuclideanNorm;
import org.tensorflow.op.math.Mean;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.family.TNumber;

/**
 * A training step up to the loss: a batch to features, and what the head makes of them.
 *
 * @param layers of the backbone
 * @param features float32 [N, D]
 * @param centers of the classes, in blocks
 * @param sampled rows of each block that the step has; null for all
 * @param ownNorms of the first center of each sample's class, float32 [N]
 * @param state state of the head, by name
 * @param parameters trainable parameters of the head, by name
 * @param head its loss and its gradients
 */
record Forward(
    Layers layers,
    Operand<TFloat32> features,
    List<Variable> centers,
    List<SampledRows> sampled,
    Operand<TFloat32> ownNorms,
    Map<String, Variable> state,
    Map<String, Variable> parameters,
    HeadOutput head) {

  static Forward of(
      Ops tf, Variables variables, StepInputs in, BlockUpdates blocks, Optimizer optimizer) {
    Network network = in.network();
    Operand<TInt64> seedAndBatch =
        tf.stack(List.of(tf.constant(in.seed()), tf.dtypes.cast(in.draw(), TInt64.class)));
    Features built = Features.of(tf, variables, in, seedAndBatch);
    Operand<TFloat32> features = built.values;
    List<Variable> parts = network.centers(variables, features);
    List<SampledRows> sampled = null;
    Centers centers;
    if (in.sampled() == null) {
      centers = Centers.of(Network.values(parts), network.head().subcenters());
    } else {
      SampledClasses classes = network.sampledClasses(tf, in.sampled());
      sampled = SampledCenters.of(tf, variables, in, classes, parts, optimizer);
      centers =
          Centers.sampled(
              sampled.stream().map(SampledRows::values).toList(),
              network.head().subcenters(),
              classes);
    }
    centers = centers.in(network.precision()).over(variables.tasks());
    Operand<TFloat32> own =
        centers.norms(tf, tf.math.mul(in.labels(), tf.constant(network.head().subcenters())));
    Map<String, Variable> state = network.headState(variables);
    Map<String, Variable> parameters = network.headParameters(variables);
    HeadStep step =
        new HeadStep(in.strength(), in.scaleShare(), in.draws(), values(state), values(parameters));
    HeadOutput head =
        MarginSoftmax.apply(
            tf,
            network.head(),
            features,
            in.labels(),
            blocks == null ? centers : centers.into(blocks.after(own, parts, sampled)),
            step);
    if (in.others() != null) {
      HeadOutput others =
          MarginSoftmax.apply(tf, network.head(), features, in.others(), centers, step);
      head = head.mixedWith(tf, others, in.labelShare());
    }
    return new Forward(built.layers, features, parts, sampled, own, state, parameters, head);
  }

  /**
   * The features of a batch, or of a part of it.
   *
   * @param layers that they were built from; of several parts those of the first
   * @param values float32 [N, D]
   */
  private record Features(Layers layers, Operand<TFloat32> values) {
    static Features of(Ops tf, Variables variables, StepInputs in, Operand<TInt64> seedAndBatch) {
      Network network = in.network();
      if (variables.tasks().workers() > 0 && network.backbone().divides()) {
        Layers layers = Layers.training(tf, variables.spread(), seedAndBatch, network.precision());
        return divided(tf, variables.tasks(), in, layers);
      }
      Layers layers = Layers.training(tf, variables, seedAndBatch, network.precision());
      return new Features(layers, network.features(layers, in.elements()));
    }

    /** A part of them by each worker. */
    private static Features divided(Ops tf, Tasks tasks, StepInputs in, Layers layers) {
      Network network = in.network();
      int workers = tasks.workers();
      int[] bounds = new int[workers + 1];
      Arrays.setAll(bounds, k -> k);
      Operand<TInt32> size = tf.shape(in.labels());
      Operand<TInt32> ends =
          tf.math.div(tf.math.mul(tf.constant(bounds), size), tf.constant(workers));
      Operand<TInt32> sizes =
          tf.math.sub(
              tf.slice(ends, tf.array(1), tf.array(workers)),
              tf.slice(ends, tf.array(0), tf.array(workers)));
      List<? extends Operand<? extends TNumber>> fed =
          in.readers() == null
              ? tf.splitV(in.elements(), sizes, tf.constant(0), (long) workers).output()
              : List.of();
      Operand<TInt64> trained = tf.dtypes.cast(in.draw(), TInt64.class);
      List<Features> parts =
          Replica.each(
              tf,
              tasks,
              sizes,
              replica -> {
                Layers own = layers.of(replica, tasks);
                Operand<? extends TNumber> samples =
                    in.readers() == null
                        ? fed.get(replica.number())
                        : ElementTensor.read(own.tf(), in.readers(), trained, network.element());
                return new Features(own, network.features(own, samples));
              });
      Features first = parts.get(0);
      return parts.size() == 1
          ? first
          : new Features(
              first.layers,
              tf.concat(
                  parts.stream().<Operand<TFloat32>>map(Features::values).toList(),
                  tf.constant(0)));
    }
  }

  /** The gradient with respect to a block of the centers, or to the rows that the step has. */
  Gradient ofCenters(int block, Operand<TFloat32> value) {
    return new Gradient(centers.get(block), value, sampled == null ? null : sampled.get(block));
  }

  /** Mean over the batch of the loss, then of the other metrics of {@link StepResult}. */
  List<Operand<TFloat32>> means(Ops tf, StepInputs in) {
    Operand<TFloat64> degrees = tf.math.mul(head.targetAngle(), tf.constant(180 / Math.PI));
    return List.of(
        head.loss(),
        mean(tf, head.correct()),
        mean(tf, tf.dtypes.cast(degrees, TFloat32.class)),
        mean(tf, tf.linalg.euclideanNorm(features, tf.constant(1))),
        mean(tf, ownNorms),
        spread(tf));
  }

  private Operand<TFloat32> spread(Ops tf) {
    Operand<TFloat32> norms =
        tf.linalg.euclideanNorm(features, tf.constant(1), EuclideanNorm.keepDims(true));
    Operand<TFloat32> unit = tf.math.divNoNan(features, norms);
    Operand<TFloat32> apart =
        tf.math.sub(unit, tf.math.mean(unit, tf.constant(0), Mean.keepDims(true)));
    return mean(tf, tf.reduceSum(tf.math.square(apart), tf.constant(1)));
  }

  private static Operand<TFloat32> mean(Ops tf, Operand<TFloat32> values) {
    return tf.math.mean(values, tf.constant(0));
  }

  private static Map<String, Operand<TFloat32>> values(Map<String, Variable> variables) {
    Map<String, Operand<TFloat32>> values = new LinkedHashMap<>();
    variables.forEach((name, variable) -> values.put(name, variable.value()));
    return values;
  }
}
