package org.marginsoftmax.run;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.io.PrintStream;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.cluster.TrainingSamples;

/**
 * What a worker has to know of a training to read its samples as the chief would.
 *
 * @param data where they are
 * @param batches how batches are drawn and changed, with all sizes filled in
 * @param batchSize samples of a whole batch
 * @param seed of the training
 */
record SamplesConfig(DataConfig data, BatchConfig batches, int batchSize, long seed) {
  static SamplesConfig of(TrainConfig config) {
    LoopConfig loop = config.loop();
    return new SamplesConfig(config.data(), config.batches(), loop.batchSize(), loop.seed());
  }

  /**
   * Opens the samples that a chief names.
   *
   * @param text as JSON
   * @param progress gets a line for each file that is not read
   * @throws InvalidInputException if they are not there, or cannot be read
   */
  static TrainingSamples open(String text, PrintStream progress) {
    SamplesConfig config;
    try {
      config = Json.convert(Json.MAPPER.readTree(text), SamplesConfig.class);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e); // Versions are compared before.
    }
    TrainingData read = TrainingData.of(config.data, config.seed, null, progress);
    return new TrainingSamples(
        TrainingEpochs.of(config.batches, read.train(), config.batchSize, config.seed),
        read.hash());
  }
}
