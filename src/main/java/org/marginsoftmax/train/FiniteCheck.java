package org.marginsoftmax.train;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.marginsoftmax.data.Batch;
import org.marginsoftmax.layer.Variable;
import org.marginsoftmax.layer.Variables;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.StdArrays;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;

/** Finds where a NaN or an infinity comes from. */
final class FiniteCheck {
  /** What TensorFlow says where a step asserts that the loss is finite. */
  private static final Pattern REFUSED_LOSS =
      Pattern.compile("assertion failed: \\[(-?)(nan|inf)\\]");

  private final Output<TFloat32> loss;
  private final Output<TFloat32> lossPerSample;
  private final Ops tf;
  private final List<Variable> variables;
  private final List<Output<TBool>> finite = new ArrayList<>();

  /** Checks all variables created so far. */
  FiniteCheck(Ops tf, Variables variables, Operand<TFloat32> loss, Forward forward) {
    this.loss = loss.asOutput();
    this.lossPerSample = forward.head().lossPerSample().asOutput();
    this.tf = tf;
    this.variables = List.copyOf(variables.all());
  }

  /** For each variable whether it is finite, added to the graph when that is first asked. */
  private List<Output<TBool>> finite() {
    if (finite.isEmpty()) {
      for (Variable variable : variables) {
        Ops own = variable.on(tf);
        finite.add(
            own.reduceAll(
                    own.math.isFinite(own.reshape(variable.value(), own.array(-1))),
                    own.constant(0))
                .asOutput());
      }
    }
    return finite;
  }

  /** Name of the first variable with NaN or an infinity. */
  Optional<String> firstVariable(Session session) {
    Session.Runner runner = session.runner();
    finite().forEach(runner::fetch);
    try (Result result = runner.run()) {
      for (int i = 0; i < variables.size(); i++) {
        if (!((TBool) result.get(i)).getBoolean()) {
          return Optional.of(variables.get(i).name());
        }
      }
      return Optional.empty();
    }
  }

  /**
   * The exception for a step that failed whose samples workers have read, so that it cannot be run
   * again: a {@link DivergedException} if the loss was not finite, else the original one.
   */
  RuntimeException failure(Session session, long step, RuntimeException refused) {
    Matcher loss = REFUSED_LOSS.matcher(String.valueOf(refused.getMessage()));
    if (!loss.find()) {
      return refused;
    }
    return new DivergedException(
        step + 1,
        loss.group(2).equals("nan") ? Double.NaN : Double.valueOf(loss.group(1) + "Infinity"),
        firstVariable(session)
            .map(name -> "variable '" + name + "'")
            .orElse("a sample that a worker has read"));
  }

  /**
   * The exception for a step that failed: a {@link DivergedException} if the loss is not finite,
   * else the original one.
   */
  RuntimeException failure(
      Session session, StepInputs.Feed feed, Batch batch, long step, RuntimeException refused) {
    try (Result result = feed.runner(session).fetch(loss).fetch(lossPerSample).run()) {
      double found = ((TFloat32) result.get(0)).getFloat();
      if (Double.isFinite(found)) {
        return refused;
      }
      Optional<String> variable = firstVariable(session);
      if (variable.isPresent()) {
        return new DivergedException(step + 1, found, "variable '" + variable.get() + "'");
      }
      float[] losses = StdArrays.array1dCopyOf((TFloat32) result.get(1));
      int sample = 0;
      while (sample < losses.length - 1 && Float.isFinite(losses[sample])) {
        sample++;
      }
      return new DivergedException(
          step + 1,
          found,
          "sample %d of its batch, of class %d".formatted(sample, batch.labels()[sample]));
    }
  }
}
