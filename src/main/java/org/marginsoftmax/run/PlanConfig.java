package org.marginsoftmax.run;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.backbone.NoBackbone;
import org.marginsoftmax.data.ArrayShape;
import org.marginsoftmax.layer.Head;
import org.marginsoftmax.layer.Precision;
import org.marginsoftmax.layer.Tasks;
import org.marginsoftmax.train.Network;
import org.marginsoftmax.train.PartialFc;
import org.marginsoftmax.train.TrainingMemory;

/**
 * A training of a head that is to be planned, and the machines that there are for it.
 *
 * @param head the head
 * @param classes C, 2..2,000,000,000
 * @param dimension D, size of the features, 1..65,536
 * @param batch N, samples of a batch, 2..1,000,000
 * @param machines number of machines, each with one worker, 1..10,000; with 1 there is one process
 *     and no worker
 * @param memory that a machine has, in GB of 10^9 bytes
 * @param bandwidth of the network between them, in gigabit a second, 10^9 bits
 * @param partialFc shares of the classes that a step has, each to be planned; 1, for all, is always
 *     the first of them; null for 1, 0.3 and 0.1
 * @param shards number of blocks of centers, at least one a machine; null for as many as suit the
 *     processors' cache
 * @param optimizer what keeps slots for the centers
 * @param precision of the head's products: float32 or bfloat16
 * @param compress whether features and their gradients are sent as bfloat16
 * @param frozenFeatures whether nothing is trained below the head
 * @param cost what a step costs on one of the machines
 */
public record PlanConfig(
    HeadConfig head,
    int classes,
    int dimension,
    int batch,
    int machines,
    double memory,
    double bandwidth,
    List<Double> partialFc,
    Integer shards,
    OptimizerConfig optimizer,
    String precision,
    boolean compress,
    boolean frozenFeatures,
    StepCost cost) {
  /** The most machines that are planned for. */
  static final int MOST_MACHINES = 10_000;

  private static final List<Double> USUAL_SHARES = List.of(0.3, 0.1);

  /**
   * Classes for which the head is made: its memory and time are of the same form for any number.
   */
  private static final int MODEL_CLASSES = 1000;

  /** Batches that eight threads prepare ahead, which are the most by default. */
  private static final int PREPARED = 11;

  /** With very many classes the samples that are evaluated take little beside the centers. */
  private static final int EMBEDDED = 1;

  private static final double MOST_MEMORY = 1e6;
  private static final double MOST_BANDWIDTH = 1e5;

  /**
   * @throws InvalidInputException if a value is out of range
   */
  public PlanConfig {
    Turns.require("classes", classes, 2, 2_000_000_000);
    Turns.require("dim", dimension, 1, 65_536);
    Turns.require("batch", batch, 2, 1_000_000);
    Turns.require("machines", machines, 1, Math.min(classes, MOST_MACHINES));
    Turns.require("shards", shards == null ? machines : shards, machines, classes);
    requirePositive("memory", memory, MOST_MEMORY, "GB a machine", "64");
    requirePositive("bandwidth", bandwidth, MOST_BANDWIDTH, "gigabit a second", "10");
    partialFc =
        Stream.concat(Stream.of(1.0), (partialFc == null ? USUAL_SHARES : partialFc).stream())
            .distinct()
            .toList();
    partialFc.forEach(rate -> new PartialFc(rate, PartialFc.LazyStates.KEEP));
    AllowedValues.of("precision", precision, Precision.ids());
  }

  private static void requirePositive(
      String what, double found, double most, String unit, String usual) {
    AllowedValues.require(
        found > 0 && found <= most,
        what,
        "a number of %s above 0, up to %,.0f".formatted(unit, most),
        found,
        "say `%s` %s".formatted(what, usual));
  }

  /** Bytes that a machine has. */
  long memoryBytes() {
    return (long) (memory * 1e9);
  }

  /** The processes that the classes are divided among. */
  Tasks tasks() {
    return new Tasks(machines == 1 ? 0 : machines, compress);
  }

  /** The training with all classes in one process. */
  TrainingMemory.Plan training() {
    Network network =
        new Network(new ArrayShape(List.of(dimension)), new NoBackbone(), model(), classes)
            .withPrecision(kernels(precision));
    return TrainingMemory.Plan.of(
        network, optimizer.update(1), batch, false, PREPARED, EMBEDDED, SystemMemory.USUAL_PROCESS);
  }

  /** The precision of this id as a processor like this one computes it. */
  static Precision kernels(String precision) {
    return ProcessorUnits.precision(precision, "cpu");
  }

  private Head model() {
    int[] counts = new int[Math.min(classes, MODEL_CLASSES)];
    Arrays.setAll(counts, k -> 1 + k % 100);
    return head.withoutFiles().head(counts.length, counts);
  }
}
