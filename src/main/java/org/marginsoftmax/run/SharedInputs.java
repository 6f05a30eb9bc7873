package org.marginsoftmax.run;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.marginsoftmax.backbone.Backbone;

/**
 * What several runs have in common, read once. Of each kind only the latest is kept: the samples of
 * two runs need not fit into memory together.
 */
final class SharedInputs {
  private List<Object> dataKey;
  private TrainingData data;
  private List<Object> backboneKey;
  private Backbone backbone;
  private final Set<List<Object>> tried = new HashSet<>();

  /** The samples; see {@link TrainingData#of}. */
  TrainingData data(DataConfig config, long seed, Path run, PrintStream progress) {
    List<Object> key = List.of(config, seed);
    if (!key.equals(dataKey)) {
      // Let go before others are read.
      dataKey = null;
      data = null;
      data = TrainingData.of(config, seed, run, progress);
      dataKey = key;
    }
    return data;
  }

  /** The backbone of a run that has not started; see {@link KerasSetup#trainable}. */
  Backbone backbone(TrainConfig config, RunInputs inputs) {
    if (config.keras().from() == null) {
      return KerasSetup.trainable(config, inputs, false);
    }
    Path model = inputs.savedModel(config.keras());
    List<Object> key =
        List.of(
            model,
            config.keras(),
            config.backbone(),
            config.input(),
            config.optimizer().learningRate());
    if (!key.equals(backboneKey)) {
      backboneKey = null;
      backbone = null;
      List<Object> trial = List.of(model, String.valueOf(config.keras().signature()));
      backbone = KerasSetup.trainable(config, inputs, tried.contains(trial));
      tried.add(trial);
      backboneKey = key;
    }
    return backbone;
  }
}
