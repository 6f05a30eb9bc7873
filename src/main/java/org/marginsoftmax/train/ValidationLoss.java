package org.marginsoftmax.train;

import java.util.LinkedHashMap;
import java.util.Map;
import org.marginsoftmax.data.ElementSpec;
import org.marginsoftmax.data.Samples;
import org.marginsoftmax.layer.HeadStep;
import org.marginsoftmax.layer.MarginSoftmax;
import org.marginsoftmax.layer.Variable;
import org.marginsoftmax.layer.Variables;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt32;

/**
 * The head's loss on samples that it is not trained on: with the features as they are scored, at
 * full margin and scale. Random margins have their mean. It is the only use of labels beside
 * training, and no part of the scoring graph.
 *
 * @param scoring the scoring graph
 * @param labels int32 [N]
 * @param loss mean over a batch, float32 []
 */
record ValidationLoss(Network.Scoring scoring, Placeholder<TInt32> labels, Operand<TFloat32> loss) {
  private static final int BATCH = 256;

  static ValidationLoss of(Ops tf, Variables variables, Network network, Network.Scoring scoring) {
    Placeholder<TInt32> labels =
        tf.withName("validation.labels")
            .placeholder(TInt32.class, Placeholder.shape(Shape.of(Shape.UNKNOWN_SIZE)));
    HeadStep step =
        new HeadStep(
            tf.constant(1.0),
            tf.constant(1.0),
            network.head().draws() ? tf.zerosLike(tf.dtypes.cast(labels, TFloat64.class)) : null,
            values(network.headState(variables)),
            values(network.headParameters(variables)));
    Operand<TFloat32> loss =
        MarginSoftmax.apply(
                tf, network.head(), scoring.of().features(), labels, scoring.of().centers(), step)
            .loss();
    return new ValidationLoss(scoring, labels, loss);
  }

  private static Map<String, Operand<TFloat32>> values(Map<String, Variable> variables) {
    Map<String, Operand<TFloat32>> values = new LinkedHashMap<>();
    variables.forEach((name, variable) -> values.put(name, variable.value()));
    return values;
  }

  /** Mean over samples, in batches of nearly the same size. */
  double mean(Session session, Samples samples) {
    ElementSpec element = samples.element();
    int size = samples.size();
    int batches = (size + BATCH - 1) / BATCH;
    double sum = 0;
    for (int k = 0; k < batches; k++) {
      int first = (int) ((long) size * k / batches);
      int n = (int) ((long) size * (k + 1) / batches) - first;
      byte[] bytes = new byte[Math.multiplyExact(n, element.bytes())];
      int[] of = new int[n];
      for (int i = 0; i < n; i++) {
        samples.copy(first + i, bytes, i * element.bytes());
        of[i] = samples.label(first + i);
      }
      try (Tensor fed = ElementTensor.of(element, bytes, n);
          TInt32 classes = TInt32.vectorOf(of);
          Result result =
              session
                  .runner()
                  .feed(scoring.elements(), fed)
                  .feed(labels, classes)
                  .fetch(loss)
                  .run()) {
        sum += n * (double) ((TFloat32) result.get(0)).getFloat();
      }
    }
    return sum / size;
  }
}
