package org.marginsoftmax.train;

import java.util.Arrays;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.types.TFloat32;

/**
 * What stochastic gradient descent makes of a weight w and its momentum v over steps in which their
 * gradient is zero. A step is linear in both, and so are many: for each step since a first one, w'
 * = a w + b v and v' = c w + d v, in float64.
 */
final class IdleSteps {
  private static final int NUMBERS = 4;

  private final Optimizer.Sgd sgd;
  private final double share;
  private final long since;
  private int steps;
  private double[] products = {1, 0, 0, 1};

  /**
   * @param share factor on the learning rate for the weight
   * @param since number of steps already taken
   */
  IdleSteps(Optimizer.Sgd sgd, double share, long since) {
    this.sgd = sgd;
    this.share = share;
    this.since = since;
  }

  /** Number of steps taken before the first one. */
  long since() {
    return since;
  }

  /** Another step, at this learning rate. */
  void add(double learningRate) {
    double rate = share * learningRate;
    // v <- momentum v + decay w, w <- w - rate v; with Nesterov w <- w - rate (decay w + momentum
    // v).
    double m = sgd.momentum();
    double decay = sgd.weightDecay();
    double a = 1 - rate * decay * (sgd.nesterov() ? 1 + m : 1);
    double b = -rate * m * (sgd.nesterov() ? m : 1);
    for (int i = 0; i < NUMBERS * (steps + 1); i += NUMBERS) {
      double w0 = products[i];
      double w1 = products[i + 1];
      double v0 = products[i + 2];
      double v1 = products[i + 3];
      products[i] = a * w0 + b * v0;
      products[i + 1] = a * w1 + b * v1;
      products[i + 2] = decay * w0 + m * v0;
      products[i + 3] = decay * w1 + m * v1;
    }
    steps++;
    int end = NUMBERS * steps;
    if (products.length < end + NUMBERS) {
      products = Arrays.copyOf(products, 2 * (end + NUMBERS));
    }
    products[end] = 1;
    products[end + 1] = 0;
    products[end + 2] = 0;
    products[end + 3] = 1;
  }

  /** a, b, c and d of the steps from each on, the first one first, float32 [steps + 1, 4]. */
  TFloat32 table() {
    float[] values = new float[NUMBERS * (steps + 1)];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) products[i];
    }
    return TFloat32.tensorOf(Shape.of(steps + 1L, NUMBERS), DataBuffers.of(values, true, false));
  }
}
