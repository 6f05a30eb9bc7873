package org.marginsoftmax.train;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.IntToLongFunction;
import java.util.stream.Collectors;
import org.marginsoftmax.layer.Head;
import org.marginsoftmax.layer.Precision;

/**
 * The memory that a training takes at its peak, part by part, in bytes. A step is the peak unless
 * what comes before the first is, with hundreds of blocks of few centers, or the evaluation after
 * training: then all embeddings are arrays of Java.
 *
 * <p>What there is once, such as centers, follows from sizes; what TensorFlow allocates for a
 * moment beside it was measured on processors with two cores (docs/performance.md).
 *
 * @param process Java, TensorFlow and the data, as they were before training, and what TensorFlow
 *     adds to run a graph
 * @param graph operations of the backbone and of each block of centers
 * @param centers all class centers
 * @param slots of the optimizer for the centers, and their averages
 * @param gradients of the centers, where they are kept as a whole
 * @param logits of the classes that a step has, kept from the way there to the way back, with the
 *     copies of sampled or rounded centers
 * @param work matrices of the blocks of centers that are worked on; of a chief, whose workers have
 *     the centers, the share of a worker that passes through it into a checkpoint
 * @param table of the tensors of the head, which TensorFlow keeps
 * @param backbone its weights with slots, averages and gradients
 * @param activations of the backbone, kept for the way back
 * @param input batches prepared ahead
 * @param evaluation what the evaluation after training needs beside the process and the weights
 * @param preparation what TensorFlow needs for a moment, beside the process and the graph, to
 *     prepare a step with several blocks of centers before there are any
 */
public record TrainingMemory(
    long process,
    long graph,
    long centers,
    long slots,
    long gradients,
    long logits,
    long work,
    long table,
    long backbone,
    long activations,
    long input,
    long evaluation,
    long preparation) {

  /**
   * What is trained, and how.
   *
   * @param head the head
   * @param classes C
   * @param dimension D
   * @param batch N, samples of a batch
   * @param shards number of blocks of centers
   * @param partialFc which classes a step has
   * @param precision of the head's products
   * @param slots of the optimizer per weight, 0..2
   * @param averaged whether variables are averaged
   * @param batches per step
   * @param clips whether gradients are clipped by their global norm
   * @param mixes whether samples are mixed, so that the head is applied twice
   * @param backbone what the backbone takes
   * @param sampleBytes bytes of a sample
   * @param prepared number of batches that are prepared ahead
   * @param embedded number of samples that are embedded after training; 0 if there is no evaluation
   * @param process bytes of the process before training
   * @param workers number of processes that the blocks of centers are divided among; 0 if they are
   *     in this one
   * @param divides whether the workers compute the backbone, each for its part of a batch
   */
  public record Plan(
      Head head,
      int classes,
      int dimension,
      int batch,
      int shards,
      PartialFc partialFc,
      Precision precision,
      int slots,
      boolean averaged,
      int batches,
      boolean clips,
      boolean mixes,
      BackboneMemory backbone,
      long sampleBytes,
      int prepared,
      long embedded,
      long process,
      int workers,
      boolean divides) {

    /**
     * The plan of a network's training in this process.
     *
     * @param batch samples of a batch
     * @param mixes whether samples are mixed
     * @param prepared number of batches that are prepared ahead
     * @param embedded number of samples that are embedded after training
     * @param process bytes of the process before training
     */
    public static Plan of(
        Network network,
        Update update,
        int batch,
        boolean mixes,
        int prepared,
        long embedded,
        long process) {
      BackboneMemory backbone = BackboneMemory.of(network);
      return new Plan(
          network.head(),
          network.classes(),
          backbone.dimension(),
          batch,
          network.shards(),
          network.partialFc(),
          network.precision(),
          update.optimizer().slots(),
          update.average() != null,
          update.batches(),
          update.clipNorm() > 0,
          mixes,
          backbone,
          network.element().bytes(),
          prepared,
          embedded,
          process,
          0,
          false);
    }

    /**
     * The same plan with its blocks of centers divided among other processes; 0 for none.
     *
     * @param divides whether they compute the backbone too
     */
    public Plan withWorkers(int workers, boolean divides) {
      return new Plan(
          head,
          classes,
          dimension,
          batch,
          shards,
          partialFc,
          precision,
          slots,
          averaged,
          batches,
          clips,
          mixes,
          backbone,
          sampleBytes,
          prepared,
          embedded,
          process,
          workers,
          divides);
    }

    /**
     * What one of the workers has of it: its share of the centers, and its part of the backbone if
     * that is divided.
     *
     * @param process bytes of the worker before training
     */
    public Plan ofWorker(long process) {
      return new Plan(
          head,
          (classes + workers - 1) / workers,
          dimension,
          batch,
          (shards + workers - 1) / workers,
          partialFc,
          precision,
          slots,
          averaged,
          batches,
          clips,
          mixes,
          divides ? backbone.ofWorker(workers) : BackboneMemory.none(dimension),
          0,
          0,
          0,
          process,
          0,
          false);
    }

    /** The same plan with batches of another size. */
    public Plan withBatch(int batch) {
      return with(classes, dimension, batch, shards, partialFc, precision, slots);
    }

    /** The same plan with another number of classes. */
    public Plan withClasses(int classes) {
      return with(
          classes, dimension, batch, Math.min(shards, classes), partialFc, precision, slots);
    }

    /** The same plan with features of another size. */
    public Plan withDimension(int dimension) {
      return with(classes, dimension, batch, shards, partialFc, precision, slots);
    }

    /** The same plan with another number of blocks. */
    public Plan withShards(int shards) {
      return with(classes, dimension, batch, shards, partialFc, precision, slots);
    }

    /** The same plan with a sample of the classes. */
    public Plan withPartialFc(double rate) {
      return with(
          classes,
          dimension,
          batch,
          shards,
          new PartialFc(rate, partialFc.states()),
          precision,
          slots);
    }

    /** The same plan with products of another precision. */
    public Plan withPrecision(Precision precision) {
      return with(classes, dimension, batch, shards, partialFc, precision, slots);
    }

    /** The same plan with an optimizer that has so many slots per weight. */
    public Plan withSlots(int slots) {
      return with(classes, dimension, batch, shards, partialFc, precision, slots);
    }

    private Plan with(
        int classes,
        int dimension,
        int batch,
        int shards,
        PartialFc partialFc,
        Precision precision,
        int slots) {
      return new Plan(
          head,
          classes,
          dimension,
          batch,
          shards,
          partialFc,
          precision,
          slots,
          averaged,
          batches,
          clips,
          mixes,
          backbone,
          sampleBytes,
          prepared,
          embedded,
          process,
          workers,
          divides);
    }

    private long copies() {
      return slots + (averaged ? 1 : 0);
    }
  }

  private static final Set<String> NOT_IN_A_STEP = Set.of("evaluation", "preparation");

  /** What TensorFlow takes to run a first graph: sessions, threads, kernels of oneDNN. */
  private static final long SESSION = 35L << 20;

  /** An operation of a backbone in the graphs for training and scoring, and in Java. */
  private static final long OPERATION = 28L << 10;

  /** The operations of a block of centers. */
  private static final long BLOCK = 640L << 10;

  /** What TensorFlow takes to prepare a block of centers, and gives back. */
  private static final long BLOCK_PREPARATION = 512L << 10;

  /** Blocks that are worked on at a time. */
  private static final int LANES = 2;

  /** Matrices [C_k, N] for each block that is worked on. */
  private static final double BLOCK_LOGITS = 1.5;

  /** Largest outputs of the backbone that exist on the way back beside what was kept. */
  private static final double BACKWARD_OUTPUTS = 0.5;

  /** Gradients of the backbone's weights, and the weights as oneDNN orders them. */
  private static final double BACKBONE_GRADIENTS = 2.6;

  /** Computes the parts. */
  public static TrainingMemory of(Plan plan) {
    int perClass = plan.head.subcenters();
    long row = (long) Float.BYTES * perClass * plan.dimension;
    long centers = plan.classes * row;
    long present = plan.partialFc.size(plan.classes);
    long logit = (long) Float.BYTES * perClass * plan.batch;
    boolean blocked = plan.shards > 1 || plan.partialFc.samples();
    boolean atOnce = blocked && !plan.mixes && !plan.clips && plan.batches == 1;
    // The gradient, its sum and its mean; clipping needs no matrix of its own.
    long whole = atOnce ? 0 : (blocked ? 1 : 0) + (plan.batches > 1 ? 2 : 0);
    long copied =
        (plan.partialFc.samples() ? present * row : 0)
            + (plan.precision.rounds() ? present * row / 2 : 0);
    double lanes = (double) Math.min(LANES, plan.shards) / plan.shards * present;
    long kept = present * logit * plan.head.keptMatrices() * (plan.mixes ? 2 : 1);
    // The gradient, in whose memory oneDNN's kernel leaves the sum of its two parts.
    boolean fused = plan.precision == Precision.FLOAT32_BY_ONEDNN;
    int matrices = fused ? 1 : 2;
    double work = lanes * (matrices * row + BLOCK_LOGITS * logit);
    // Twice the work: what is needed for a moment does not always fit into what was given back.
    long room =
        TensorPool.size(
            centers * (1 + plan.copies())
                + whole * present * row
                + kept
                + copied
                + 2 * (long) work);
    BackboneMemory backbone =
        plan.workers > 0 && plan.divides ? BackboneMemory.none(plan.dimension) : plan.backbone;
    long variables =
        backbone.weights() * (1 + plan.copies())
            + backbone.statistics() * (plan.averaged ? 2 : 1)
            + (long) (backbone.weights() * BACKBONE_GRADIENTS)
            + backbone.weights() * (plan.batches > 1 ? 2 : 0);
    long perSample =
        backbone.keptPerSample() + (long) (BACKWARD_OUTPUTS * backbone.largestPerSample());
    long embeddings = 2 * Float.BYTES * plan.embedded * plan.dimension;
    boolean elsewhere = plan.workers > 0;
    // A checkpoint passes through here, the share of one worker after that of another.
    long passing = elsewhere ? centers * (1 + plan.copies()) / plan.workers : 0;
    return new TrainingMemory(
        plan.process + SESSION,
        OPERATION * plan.backbone.operations() + BLOCK * plan.shards,
        elsewhere ? 0 : centers,
        elsewhere ? 0 : centers * plan.copies(),
        elsewhere ? 0 : whole * present * row,
        elsewhere ? 0 : kept + copied,
        elsewhere ? passing : (long) work,
        fused && !elsewhere ? room / TensorPool.BYTES_PER_TABLE_BYTE : 0,
        variables,
        plan.batch * perSample,
        plan.batch * plan.sampleBytes * (plan.prepared + 1),
        plan.embedded == 0 ? 0 : centers + embeddings + 2 * plan.backbone.weights(),
        plan.shards > 1 ? BLOCK_PREPARATION * plan.shards : 0);
  }

  /**
   * Has TensorFlow make room for the tensors of a step before it allocates the first. By itself it
   * makes room for up to twice as many, with a table for all of it. Not with a backbone, whose
   * tensors are of many sizes: in one room they leave more unused between them than is spared.
   */
  public void reserve() {
    if (backbone == 0 && table > 0) {
      TensorPool.reserve(table * TensorPool.BYTES_PER_TABLE_BYTE);
    }
  }

  /** Bytes at the peak of a step. */
  public long step() {
    return process
        + graph
        + centers
        + slots
        + gradients
        + logits
        + work
        + table
        + backbone
        + activations
        + input;
  }

  /** Bytes at the peak of training, without the evaluation after it. */
  public long training() {
    return Math.max(step(), process + graph + table + preparation);
  }

  /** Bytes at the peak of the evaluation after training. */
  public long afterTraining() {
    return process + graph + table + evaluation;
  }

  /** Bytes at the peak of training and of the evaluation after it. */
  public long peak() {
    return Math.max(training(), afterTraining());
  }

  /** Bytes that live in Java's heap after training, beside the data. */
  public static long heapAfterTraining(Plan plan) {
    return 2 * Float.BYTES * plan.embedded * plan.dimension;
  }

  /** The parts by name, in megabytes. */
  public Map<String, Long> partsInMegabytes() {
    Map<String, Long> parts = new LinkedHashMap<>();
    parts.put("process", megabytes(process));
    parts.put("graph", megabytes(graph));
    parts.put("centers", megabytes(centers));
    parts.put("slots", megabytes(slots));
    parts.put("gradients", megabytes(gradients));
    parts.put("logits", megabytes(logits));
    parts.put("work", megabytes(work));
    parts.put("table", megabytes(table));
    parts.put("backbone", megabytes(backbone));
    parts.put("activations", megabytes(activations));
    parts.put("input", megabytes(input));
    parts.put("evaluation", megabytes(evaluation));
    parts.put("preparation", megabytes(preparation));
    return parts;
  }

  /** The parts of a step by name, in megabytes: without what is needed only before or after it. */
  public Map<String, Long> stepPartsInMegabytes() {
    Map<String, Long> parts = partsInMegabytes();
    parts.keySet().removeAll(NOT_IN_A_STEP);
    return parts;
  }

  /** The peak and the parts of a step in a line, in megabytes; those that take nothing left out. */
  public String said() {
    return stepPartsInMegabytes().entrySet().stream()
        .filter(part -> part.getValue() > 0)
        .map(part -> String.format(Locale.ROOT, "%s %,d", part.getKey(), part.getValue()))
        .collect(
            Collectors.joining(
                ", ",
                String.format(
                    Locale.ROOT, "memory: %,d MB expected at the peak; ", megabytes(peak())),
                step() == peak()
                    ? ""
                    : (evaluation > preparation ? "; evaluation" : "; to prepare the graph")
                        + " takes more than a step"));
  }

  /** Bytes as megabytes, rounded up: a little is not nothing. */
  public static long megabytes(long bytes) {
    return (bytes + (1 << 20) - 1) >> 20;
  }

  /**
   * The largest number that takes no more than there is.
   *
   * @param from the smallest number that is of use
   * @param below a number that takes too much
   * @param bytes what a number takes, growing with it
   * @param most bytes that there are
   * @return 0 if not even the smallest fits
   */
  public static int largest(int from, int below, IntToLongFunction bytes, long most) {
    if (from >= below || bytes.applyAsLong(from) > most) {
      return 0;
    }
    int fits = from;
    int tooMuch = below;
    while (tooMuch - fits > 1) {
      int middle = fits + (tooMuch - fits) / 2;
      if (bytes.applyAsLong(middle) <= most) {
        fits = middle;
      } else {
        tooMuch = middle;
      }
    }
    return fits;
  }
}
