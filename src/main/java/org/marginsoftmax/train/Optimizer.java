package org.marginsoftmax.train;

import java.util.ArrayList;
import java.util.List;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.layer.Constants;
import org.marginsoftmax.layer.Initializer;
import org.marginsoftmax.layer.Variable;
import org.marginsoftmax.layer.Variables;
import org.tensorflow.Operand;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.train.ResourceApplyMomentum;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;

/**
 * How gradients update variables. Weight decay acts only on kernels and class centers, never on
 * biases and batch norm.
 *
 * <p>Implemented with TensorFlow's update kernels, because the optimizers of TensorFlow Framework
 * 1.0.0 fix the learning rate in the graph, and its Adam updates the powers of beta in no defined
 * order.
 */
public sealed interface Optimizer permits Optimizer.Sgd, Optimizer.Adam, Optimizer.AdamW {

  /** Where an optimizer keeps what it remembers of a variable. */
  @FunctionalInterface
  interface Slots {
    /** The slot with this name of a variable, of the same shape, 0 at first. */
    Variable of(Variable variable, String name);

    /** Slots that are variables, which checkpoints have. */
    static Slots in(Variables variables) {
      return (variable, name) ->
          variables.beside(
              variable, "optimizer/", "/" + name, Variable.Role.SLOT, Initializer.constant(0));
    }
  }

  /** Number of values that it remembers for each weight, 0..2. */
  int slots();

  /**
   * Adds one step of the optimizer to the graph; its slots become variables.
   *
   * @param gradients of whole variables
   * @param step number of steps already taken, float64 []
   * @param learningRate float32 []
   */
  default List<Op> apply(
      Ops tf,
      Variables variables,
      List<Gradient> gradients,
      Operand<TFloat64> step,
      Operand<TFloat32> learningRate) {
    return move(tf, Slots.in(variables), gradients, step, learningRate);
  }

  /**
   * Adds one step of the optimizer to the graph.
   *
   * @param slots where it keeps what it remembers
   * @param gradients of whole variables
   * @param step number of steps already taken, float64 []
   * @param learningRate float32 []
   */
  List<Op> move(
      Ops tf,
      Slots slots,
      List<Gradient> gradients,
      Operand<TFloat64> step,
      Operand<TFloat32> learningRate);

  /**
   * Stochastic gradient descent: v = momentum v + g + decay w, then w -= rate v; with Nesterov w -=
   * rate (g + decay w + momentum v).
   *
   * @param momentum momentum, 0 up to below 1
   * @param nesterov whether to use Nesterov momentum, which requires a momentum above 0
   * @param weightDecay decay, 0..1; decay w is added to the gradient
   */
  record Sgd(double momentum, boolean nesterov, double weightDecay) implements Optimizer {
    /** Name of the slot for v. */
    static final String MOMENTUM = "momentum";

    @Override
    public int slots() {
      return momentum > 0 ? 1 : 0;
    }

    /**
     * @throws InvalidInputException if a value is out of range
     */
    public Sgd {
      require(momentum >= 0 && momentum < 1, "momentum", "0 up to below 1", momentum);
      require(!nesterov || momentum > 0, "momentum", "above 0 with Nesterov", momentum);
      requireDecay(weightDecay);
    }

    @Override
    public List<Op> move(
        Ops tf,
        Slots slots,
        List<Gradient> gradients,
        Operand<TFloat64> step,
        Operand<TFloat32> learningRate) {
      List<Op> updates = new ArrayList<>();
      for (Gradient gradient : gradients) {
        Variable variable = gradient.variable();
        Ops own = variable.on(tf);
        Operand<TFloat32> slope = slope(own, variable, variable.value(), gradient.value());
        if (momentum == 0) {
          updates.add(
              own.train.resourceApplyGradientDescent(variable.handle(), learningRate, slope));
        } else {
          updates.add(
              own.train.resourceApplyMomentum(
                  variable.handle(),
                  slots.of(variable, MOMENTUM).handle(),
                  learningRate,
                  slope,
                  Constants.of(own, (float) momentum),
                  ResourceApplyMomentum.useNesterov(nesterov)));
        }
      }
      return updates;
    }

    /**
     * g + decay w.
     *
     * @param values w
     * @param gradient g
     */
    Operand<TFloat32> slope(
        Ops tf, Variable variable, Operand<TFloat32> values, Operand<TFloat32> gradient) {
      return decays(variable, weightDecay)
          ? tf.math.add(gradient, tf.math.mul(values, Constants.of(tf, (float) weightDecay)))
          : gradient;
    }
  }

  /**
   * Adam (Kingma and Ba 2015, algorithm 1, with the bias corrections folded into the rate).
   *
   * @param beta1 decay of the first moment, 0 up to below 1
   * @param beta2 decay of the second moment, 0 up to below 1
   * @param epsilon above 0, below 1
   */
  record Adam(double beta1, double beta2, double epsilon) implements Optimizer {
    @Override
    public int slots() {
      return 2;
    }

    /**
     * @throws InvalidInputException if a value is out of range
     */
    public Adam {
      require(beta1 >= 0 && beta1 < 1, "beta 1", "0 up to below 1", beta1);
      require(beta2 >= 0 && beta2 < 1, "beta 2", "0 up to below 1", beta2);
      require(epsilon > 0 && epsilon < 1, "epsilon", "above 0, below 1", epsilon);
    }

    @Override
    public List<Op> move(
        Ops tf,
        Slots slots,
        List<Gradient> gradients,
        Operand<TFloat64> step,
        Operand<TFloat32> learningRate) {
      Operand<TFloat32> power1 = power(tf, beta1, step);
      Operand<TFloat32> power2 = power(tf, beta2, step);
      List<Op> updates = new ArrayList<>();
      for (Gradient gradient : gradients) {
        Variable variable = gradient.variable();
        Ops own = variable.on(tf);
        updates.add(
            own.train.resourceApplyAdam(
                variable.handle(),
                slots.of(variable, "m").handle(),
                slots.of(variable, "v").handle(),
                power1,
                power2,
                learningRate,
                Constants.of(own, (float) beta1),
                Constants.of(own, (float) beta2),
                Constants.of(own, (float) epsilon),
                gradient.value()));
      }
      return updates;
    }

    /** beta^(step + 1), in float64: 0.999^1000 in float32 is off in the fifth digit. */
    private static Operand<TFloat32> power(Ops tf, double beta, Operand<TFloat64> step) {
      return tf.dtypes.cast(
          tf.math.pow(tf.constant(beta), tf.math.add(step, tf.constant(1.0))), TFloat32.class);
    }
  }

  /**
   * Adam with decoupled weight decay: besides Adam's update, w -= rate decay w (Loshchilov and
   * Hutter 2019, algorithm 2).
   *
   * @param adam the update from gradients
   * @param weightDecay decay, 0..1
   */
  record AdamW(Adam adam, double weightDecay) implements Optimizer {
    @Override
    public int slots() {
      return adam.slots();
    }

    /**
     * @throws InvalidInputException if a value is out of range
     */
    public AdamW {
      requireDecay(weightDecay);
    }

    @Override
    public List<Op> move(
        Ops tf,
        Slots slots,
        List<Gradient> gradients,
        Operand<TFloat64> step,
        Operand<TFloat32> learningRate) {
      Operand<TFloat32> share = tf.math.mul(learningRate, Constants.of(tf, (float) weightDecay));
      List<Op> updates = new ArrayList<>();
      for (Gradient gradient : gradients) {
        Variable variable = gradient.variable();
        List<Gradient> one = List.of(gradient);
        if (!decays(variable, weightDecay)) {
          updates.addAll(adam.move(tf, slots, one, step, learningRate));
          continue;
        }
        // The decay of the weights as they were before Adam moved them.
        Ops own = variable.on(tf);
        Operand<TFloat32> decay = own.math.mul(variable.value(), share);
        List<Op> moved =
            adam.move(tf.withControlDependencies(decay), slots, one, step, learningRate);
        updates.add(
            own.withControlDependencies(moved).assignSubVariableOp(variable.handle(), decay));
      }
      return updates;
    }
  }

  private static boolean decays(Variable variable, double weightDecay) {
    return weightDecay > 0 && variable.role() == Variable.Role.KERNEL;
  }

  private static void requireDecay(double weightDecay) {
    require(weightDecay >= 0 && weightDecay <= 1, "weight decay", "0..1", weightDecay);
  }

  private static void require(boolean holds, String what, String range, double found) {
    if (!holds) {
      throw new InvalidInputException(
          what + ": expected " + range + ", found " + found + "; choose one in that range");
    }
  }
}
