package org.marginsoftmax.keras;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.marginsoftmax.layer.Initializer;
import org.marginsoftmax.layer.Layers;
import org.marginsoftmax.layer.Variable;
import org.marginsoftmax.savedmodel.CheckpointEntry;
import org.marginsoftmax.savedmodel.CheckpointTensors;
import org.marginsoftmax.savedmodel.FlatGraphWriter;
import org.marginsoftmax.savedmodel.FlatNode;
import org.marginsoftmax.savedmodel.ModelVariable;
import org.marginsoftmax.savedmodel.ModelVariables;
import org.marginsoftmax.savedmodel.Operations;
import org.marginsoftmax.savedmodel.SavedModelFolder;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.proto.DataType;
import org.tensorflow.types.TFloat32;

/**
 * The variables of a Keras model as variables of the graph that trains or scores, which start from
 * the model's values.
 */
final class ModelWeights {
  /** Prefix of their names. */
  static final String PREFIX = "keras/";

  private final SavedModelFolder folder;
  private final ModelVariables variables;
  private final FineTuning options;

  ModelWeights(SavedModelFolder folder, ModelVariables variables, FineTuning options) {
    this.folder = folder;
    this.variables = variables;
    this.options = options;
  }

  /** Supplies variables and draws to the writer that copies the model's nodes. */
  FlatGraphWriter.VariableReader reader(Layers layers, List<FlatNode> moves) {
    return new Reader(layers, moves);
  }

  /** A float32 variable. */
  Variable variable(Layers layers, ModelVariable variable) {
    return layers.variable(
        PREFIX + variable.name(),
        variable.shape(),
        role(variable),
        value(folder, variable.saved()));
  }

  private Variable.Role role(ModelVariable variable) {
    if (!variable.trainable()) {
      return Variable.Role.STATISTIC;
    }
    if (options.frozen(variable.name())) {
      return Variable.Role.FROZEN;
    }
    return variable.name().endsWith("kernel") || variable.name().endsWith("embeddings")
        ? Variable.Role.KERNEL
        : Variable.Role.BIAS;
  }

  /** Mean of what a model has saved; NaN of anything but floats. */
  double average(String handle) {
    if (!variables.isHandle(handle) || variables.of(handle).type() != DataType.DT_FLOAT) {
      return Double.NaN;
    }
    return CheckpointTensors.read(
        folder.variables(),
        variables.of(handle).saved(),
        tensor -> {
          float[] values = new float[(int) tensor.shape().size()];
          ((TFloat32) tensor).asRawTensor().data().asFloats().read(values);
          return IntStream.range(0, values.length).mapToDouble(i -> values[i]).average().orElse(0);
        });
  }

  /** The value that a model has saved. */
  private static Initializer value(SavedModelFolder folder, CheckpointEntry entry) {
    return (tf, shape, seed, name) -> {
      Output<?> saved = CheckpointTensors.restore(tf, folder.variables(), List.of(entry)).get(0);
      return tf.reshape(saved.expect(TFloat32.class), tf.constant(shape));
    };
  }

  /** Replaces the model's variables by variables of the graph. */
  private final class Reader implements FlatGraphWriter.VariableReader {
    private final Layers layers;
    private final Set<String> moved = new HashSet<>();
    private final Map<CheckpointEntry, Operand<?>> constants = new HashMap<>();

    Reader(Layers layers, List<FlatNode> moves) {
      this.layers = layers;
      moves.forEach(move -> moved.add(move.inputs().get(0)));
    }

    @Override
    public Operand<?> read(FlatNode node) {
      ModelVariable variable = variables.of(node.inputs().get(0));
      if (variable.type() == DataType.DT_FLOAT) {
        return variable(layers, variable).value();
      }
      if (layers.training() && moved.contains(node.inputs().get(0))) {
        // By the node that reads it: several dropouts may share one generator.
        return Operations.cast(layers.tf(), layers.draws(node.name()), variable.type());
      }
      return constants.computeIfAbsent(
          variable.saved(),
          entry -> CheckpointTensors.constant(layers.tf(), folder.variables(), entry));
    }

    @Override
    public Operand<?> handle(FlatNode node) {
      return variable(layers, variables.of(node.output(0))).handle();
    }

    @Override
    public Operand<?> seed(FlatNode node) {
      return layers.draws(node.name());
    }
  }
}
