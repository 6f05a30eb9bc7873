package org.marginsoftmax.train;

import java.util.ArrayList;
import java.util.List;
import org.marginsoftmax.data.Batch;
import org.tensorflow.Operand;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.family.TNumber;
import org.tensorflow.types.family.TType;

/**
 * What is fed into a training step.
 *
 * @param network that is trained
 * @param seed seed of the head's random draws
 * @param elements the samples, [N, ...]; null if the workers read them
 * @param readers the workers that read the samples; null if they are fed
 * @param labels int32 [N]
 * @param others labels of what is mixed into the samples, int32 [N]; null if nothing is mixed
 * @param labelShare share of the labels in the mixture, float32 []; null if nothing is mixed
 * @param step number of steps already taken, float64 []
 * @param draw number of batches already trained on, float64 []: random layers draw by it
 * @param learningRate float32 []
 * @param strength share of the margin that acts, float64 []
 * @param scaleShare share of the scale that acts, float64 []
 * @param draws standard normal numbers, float64 [N]; null if the head needs none
 * @param sampled the classes that the step has, int32 [S], ascending; null for all
 * @param idle what idle steps make of centers, {@link IdleSteps#table}; null if nothing
 * @param idleSince number of steps taken where the table begins, float32 []; null without it
 */
record StepInputs(
    Network network,
    long seed,
    Placeholder<? extends TNumber> elements,
    SampleReaders readers,
    Placeholder<TInt32> labels,
    Placeholder<TInt32> others,
    Placeholder<TFloat32> labelShare,
    Placeholder<TFloat64> step,
    Placeholder<TFloat64> draw,
    Placeholder<TFloat32> learningRate,
    Placeholder<TFloat64> strength,
    Placeholder<TFloat64> scaleShare,
    Placeholder<TFloat64> draws,
    Placeholder<TInt32> sampled,
    Placeholder<TFloat32> idle,
    Placeholder<TFloat32> idleSince) {

  static StepInputs of(Ops tf, Network network, long seed, boolean mixes, SampleReaders readers) {
    Shape rows = Shape.of(Shape.UNKNOWN_SIZE);
    return new StepInputs(
        network,
        seed,
        readers == null ? ElementTensor.placeholder(tf, "train.elements", network.element()) : null,
        readers,
        fed(tf, "labels", TInt32.class, rows),
        mixes ? fed(tf, "others", TInt32.class, rows) : null,
        mixes ? fed(tf, "label_share", TFloat32.class, Shape.scalar()) : null,
        fed(tf, "step", TFloat64.class, Shape.scalar()),
        fed(tf, "draw", TFloat64.class, Shape.scalar()),
        fed(tf, "learning_rate", TFloat32.class, Shape.scalar()),
        fed(tf, "margin_strength", TFloat64.class, Shape.scalar()),
        fed(tf, "scale_share", TFloat64.class, Shape.scalar()),
        network.head().draws() ? fed(tf, "draws", TFloat64.class, rows) : null,
        network.partialFc().samples() ? fed(tf, "sampled", TInt32.class, rows) : null,
        network.partialFc().catchesUp()
            ? fed(tf, "idle", TFloat32.class, Shape.of(Shape.UNKNOWN_SIZE, 4))
            : null,
        network.partialFc().catchesUp()
            ? fed(tf, "idle_since", TFloat32.class, Shape.scalar())
            : null);
  }

  private static <T extends TType> Placeholder<T> fed(
      Ops tf, String name, Class<T> type, Shape shape) {
    return tf.withName("train." + name).placeholder(type, Placeholder.shape(shape));
  }

  /** The tensors of one step; the caller must close them. */
  final class Feed implements AutoCloseable {
    private final List<Placeholder<?>> where = new ArrayList<>();
    private final List<Tensor> what = new ArrayList<>();

    private Feed with(Placeholder<?> placeholder, Tensor tensor) {
      where.add(placeholder);
      what.add(tensor);
      return this;
    }

    /** A session runner that is fed with these tensors. */
    Session.Runner runner(Session session) {
      Session.Runner runner = session.runner();
      for (int i = 0; i < what.size(); i++) {
        runner.feed((Operand<?>) where.get(i), what.get(i));
      }
      return runner;
    }

    @Override
    public void close() {
      what.forEach(Tensor::close);
    }
  }

  /**
   * Creates the tensors of a batch from the arguments of {@link TrainingGraph#step}.
   *
   * @param trained number of batches already trained on
   * @param classes that the step has; null for all
   * @param idleSteps null if nothing becomes of idle classes
   */
  Feed feed(
      Batch batch,
      long before,
      long trained,
      double rate,
      double margin,
      double share,
      int[] classes,
      IdleSteps idleSteps) {
    Feed feed =
        new Feed()
            .with(labels, TInt32.vectorOf(batch.labels()))
            .with(step, TFloat64.scalarOf(before))
            .with(draw, TFloat64.scalarOf(trained))
            .with(learningRate, TFloat32.scalarOf((float) rate))
            .with(strength, TFloat64.scalarOf(margin))
            .with(scaleShare, TFloat64.scalarOf(share));
    if (elements != null) {
      feed.with(elements, ElementTensor.of(network.element(), batch.elements(), batch.size()));
    }
    if (others != null) {
      feed.with(others, TInt32.vectorOf(batch.others()))
          .with(labelShare, TFloat32.scalarOf((float) batch.share()));
    }
    if (draws != null) {
      double[] values = SampleDraws.normal(seed, before, batch.numbers());
      feed.with(
          draws, TFloat64.tensorOf(Shape.of(values.length), DataBuffers.of(values, true, false)));
    }
    if (sampled != null) {
      feed.with(sampled, TInt32.vectorOf(classes));
    }
    if (idle != null) {
      idle(feed, idleSteps);
    }
    return feed;
  }

  /**
   * Creates the tensors that catch up idle classes.
   *
   * @param before number of steps already taken
   */
  Feed feed(long before, IdleSteps idleSteps) {
    return idle(new Feed().with(step, TFloat64.scalarOf(before)), idleSteps);
  }

  private Feed idle(Feed feed, IdleSteps idleSteps) {
    return feed.with(idle, idleSteps.table()).with(idleSince, TFloat32.scalarOf(idleSteps.since()));
  }
}
