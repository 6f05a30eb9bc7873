package org.marginsoftmax.data;

import java.util.Arrays;

/**
 * The epochs of a training run: which samples come when, and how they are changed. Every batch is a
 * function of these components, the epoch and its number in the epoch; the number of threads plays
 * no part.
 *
 * @param samples training samples
 * @param sampler which samples an epoch visits, in which order
 * @param augmenter how samples are changed
 * @param mixer how the samples of a batch are mixed
 * @param batchSize N, samples per batch, at least 1; a last, smaller batch is left out
 * @param seed of all that is drawn
 * @param threads number of threads that prepare batches, at least 1
 */
public record Epochs(
    Samples samples,
    Sampler sampler,
    Augmenter augmenter,
    Mixer mixer,
    int batchSize,
    long seed,
    int threads) {
  /** Epochs whose samples are not mixed. */
  public Epochs(
      Samples samples,
      Sampler sampler,
      Augmenter augmenter,
      int batchSize,
      long seed,
      int threads) {
    this(samples, sampler, augmenter, Mixer.NONE, batchSize, seed, threads);
  }

  /** Shuffled epochs of unchanged samples, prepared by one thread. */
  public static Epochs shuffled(Samples samples, int batchSize, long seed) {
    return new Epochs(samples, new Shuffled(samples.size()), Augmenter.NONE, batchSize, seed, 1);
  }

  /**
   * Starts preparing the batches of an epoch.
   *
   * @param epoch index of the epoch, from 0
   * @param firstBatch index of the first batch to return, from 0
   * @param neighbors for samplers that need them
   */
  public Batches batches(int epoch, int firstBatch, Sampler.Neighbors neighbors) {
    SampleSeeds seeds = new SampleSeeds(seed, epoch);
    int[] order = order(epoch, neighbors);
    Batches.Prepare read = reading(epoch, order, BatchPart.WHOLE);
    // Numbers of batches are below those of samples.
    return started(
        (number, abandoned) -> {
          Batch batch = read.of(number, abandoned);
          return abandoned.getAsBoolean() ? batch : mixer.mix(batch, seeds.of(-1 - number, 0));
        },
        order,
        firstBatch);
  }

  /**
   * The indices of the samples that an epoch visits, in order.
   *
   * @param neighbors for samplers that need them
   */
  public int[] order(int epoch, Sampler.Neighbors neighbors) {
    return sampler.order(seed, epoch, neighbors);
  }

  /**
   * Starts preparing a part of each batch of an epoch, for processes that share the work. Samples
   * are not mixed, as those of the other parts are not there.
   *
   * @param epoch index of the epoch, from 0
   * @param order of the epoch, {@link #order}
   * @param firstBatch index of the first batch to return, from 0
   */
  public Batches part(int epoch, int[] order, int firstBatch, BatchPart part) {
    return started(reading(epoch, order, part), order, firstBatch);
  }

  /**
   * The batches of an epoch whose samples others read: with labels and numbers, and no elements.
   *
   * @param order of the epoch, {@link #order}
   * @param firstBatch index of the first batch to return, from 0
   */
  public Batches unread(int[] order, int firstBatch) {
    return new Batches(
        (number, abandoned) -> {
          int[] numbers = Arrays.copyOfRange(order, number * batchSize, (number + 1) * batchSize);
          int[] labels = Arrays.stream(numbers).map(samples::label).toArray();
          return new Batch(batchSize, new byte[0], labels, numbers);
        },
        order.length / batchSize,
        firstBatch,
        1);
  }

  private Batches.Prepare reading(int epoch, int[] order, BatchPart part) {
    return Batches.reading(
        samples, order, batchSize, part, change(order, new SampleSeeds(seed, epoch)));
  }

  private Batches started(Batches.Prepare prepare, int[] order, int firstBatch) {
    return new Batches(prepare, order.length / batchSize, firstBatch, threads);
  }

  /** The most batches that exist before a step takes one. */
  public int preparedAhead() {
    return threads + Batches.AHEAD;
  }

  private Batches.Change change(int[] order, SampleSeeds seeds) {
    if (augmenter == Augmenter.NONE) {
      return (place, elements, offset) -> {};
    }
    int[] before = SampleSeeds.before(order, samples.size());
    return (place, elements, offset) ->
        augmenter.augment(elements, offset, seeds.of(order[place], before[place]));
  }

  /**
   * A sample as an epoch feeds it the first time.
   *
   * @param number index of the sample
   * @param epoch index of the epoch, from 0
   */
  public byte[] sample(int number, int epoch) {
    byte[] element = new byte[samples.element().bytes()];
    samples.copy(number, element, 0);
    augmenter.augment(element, 0, new SampleSeeds(seed, epoch).of(number, 0));
    return element;
  }
}
