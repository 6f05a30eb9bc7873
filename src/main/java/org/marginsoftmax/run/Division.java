package org.marginsoftmax.run;

import org.marginsoftmax.layer.Centers;
import org.marginsoftmax.train.TrainingMemory;
import org.marginsoftmax.train.TrainingMemory.Plan;

/**
 * A training of a head that is divided among machines: each has a worker with an equal share of the
 * classes, and a further process, the chief, has the rest. On one machine one process has
 * everything.
 *
 * @param whole the training in one process
 * @param machines number of machines
 * @param asked number of shards that was asked for; null for as many as suit the processors' cache
 */
record Division(Plan whole, int machines, Integer asked) {
  /** The same training on another number of machines. */
  Division on(int machines) {
    return new Division(whole, machines, asked);
  }

  /** Another training on the same machines. */
  Division of(Plan whole) {
    return new Division(whole, machines, asked);
  }

  /** Blocks of centers on all machines. */
  int shards() {
    return asked == null
        ? Centers.usualBlocks(
            whole.partialFc().size(whole.classes()),
            whole.head().subcenters(),
            whole.dimension(),
            machines)
        : asked;
  }

  /** Whether there is a chief besides what {@link #each} machine has. */
  boolean hasChief() {
    return machines > 1;
  }

  private Plan divided() {
    return whole.withShards(shards()).withWorkers(hasChief() ? machines : 0, false);
  }

  /** What each machine has of it. */
  Plan each() {
    return hasChief() ? divided().ofWorker(whole.process()) : divided();
  }

  /** Bytes that each machine takes while it trains. */
  long eachBytes() {
    return TrainingMemory.of(each()).training();
  }

  /** Bytes that the chief takes while it trains; 0 if there is none. */
  long chiefBytes() {
    return hasChief() ? TrainingMemory.of(divided()).training() : 0;
  }

  /** Bytes that the chief, or the one process, takes after training, with all centers. */
  long evaluationBytes() {
    return TrainingMemory.of(divided()).afterTraining();
  }

  /** Whether every process of it can have so many bytes while it trains. */
  boolean fits(long bytes) {
    return largest() <= bytes;
  }

  /** The most bytes that a process of it takes while it trains. */
  long largest() {
    return Math.max(eachBytes(), chiefBytes());
  }
}
