package org.marginsoftmax.keras;

import org.marginsoftmax.InvalidInputException;

/**
 * How fast the layers of a Keras model are trained, and from when on. A layer is what has variables
 * of its own, such as a convolution or a batch norm; layers beside each other count as one. See
 * Howard and Ruder 2018 (ULMFiT), sections 3.2 and 3.3.
 *
 * @param rate factor on the learning rate for the model's last trained layer, above 0, up to 1e6
 * @param decay factor on the rate of each layer below, as a share of that of the layer above it;
 *     above 0, up to 1, and 1 for the same rate everywhere
 * @param unfreezeEvery number of steps after which one more layer is trained, from the last layer
 *     down, at least 1; 0 to train all of them from the start
 */
public record LayerRates(double rate, double decay, int unfreezeEvery) {
  /** All layers at the learning rate of everything else, from the start. */
  public static final LayerRates SAME = of(1);

  /**
   * @throws InvalidInputException if a value is out of range
   */
  public LayerRates {
    if (!(rate > 0 && rate <= 1e6)) {
      throw new InvalidInputException(
          "backbone learning rate: expected a rate above 0, found a share of "
              + rate
              + " of the learning rate; freeze variables that shall not move");
    }
    requireDecay(decay);
    if (unfreezeEvery < 0) {
      throw new InvalidInputException(
          "unfreeze every: expected a number of steps of at least 1, found " + unfreezeEvery);
    }
  }

  /** All layers at one rate, from the start. */
  public static LayerRates of(double rate) {
    return new LayerRates(rate, 1, 0);
  }

  /**
   * Requires a decay above 0, up to 1.
   *
   * @throws InvalidInputException if it is another
   */
  public static void requireDecay(double decay) {
    if (!(decay > 0 && decay <= 1)) {
      throw new InvalidInputException(
          "layer decay: expected above 0, up to 1, found "
              + decay
              + "; 0.9 is usual, 1 trains all layers at one rate");
    }
  }

  /**
   * The factor on the learning rate of a layer.
   *
   * @param above number of trained layers between it and the features
   */
  double rate(int above) {
    return rate * Math.pow(decay, above);
  }

  /**
   * The number of steps before a layer is trained.
   *
   * @param above number of trained layers between it and the features
   */
  long from(int above) {
    return (long) above * unfreezeEvery;
  }

  /**
   * In words, beginning with a comma; empty if all layers are trained alike.
   *
   * @param layers number of trained layers
   */
  String said(int layers) {
    int last = Math.max(0, layers - 1);
    return (decay == 1
            ? ""
            : ", each of %d layers at %s of the rate above it, the lowest at %.2g"
                .formatted(layers, decay, Math.pow(decay, last)))
        + (unfreezeEvery == 0
            ? ""
            : ", one more of %d layers every %,d steps, the lowest from step %,d on"
                .formatted(layers, unfreezeEvery, from(last)));
  }
}
