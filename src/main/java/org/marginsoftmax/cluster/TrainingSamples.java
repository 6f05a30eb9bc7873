package org.marginsoftmax.cluster;

import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.data.Epochs;

/**
 * The samples of a training as a worker has them.
 *
 * @param epochs what the training is fed with
 * @param hash of all samples; it is the chief's if they are the same
 */
public record TrainingSamples(Epochs epochs, String hash) {
  /** Opens samples. */
  @FunctionalInterface
  public interface Opener {
    /**
     * The samples of a configuration.
     *
     * @param config of the training, as the chief says it
     * @throws InvalidInputException if they are not there, or cannot be read
     */
    TrainingSamples open(String config);
  }
}
