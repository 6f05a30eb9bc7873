package org.marginsoftmax.run;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntFunction;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.layer.Centers;
import org.marginsoftmax.layer.Precision;
import org.marginsoftmax.train.TrainingMemory;
import org.marginsoftmax.train.TrainingMemory.Plan;

/**
 * Whether a training fits into memory, and what would.
 *
 * @param plan what is trained
 * @param memory that it takes
 * @param most bytes that this process can have, with what it has already
 */
record MemoryRoom(Plan plan, TrainingMemory memory, long most) {
  /** Share of the memory from which on it is close. */
  private static final double CLOSE = 0.9;

  /** The room for a plan, of which the process has its share already. */
  static MemoryRoom of(Plan plan) {
    return new MemoryRoom(plan, TrainingMemory.of(plan), SystemMemory.available() + plan.process());
  }

  /** Whether little more than the bytes needed would be too much, or they are too many already. */
  static boolean isClose(long needed, long most) {
    return needed > CLOSE * most;
  }

  /** A warning if little more would be too much. */
  Optional<String> warning() {
    return isClose(memory.peak(), most)
        ? Optional.of(
            String.format(
                Locale.ROOT,
                "memory: %,d MB are expected at the peak, %,d MB can be had; close what else runs, or take a smaller `batch-size`",
                TrainingMemory.megabytes(memory.peak()),
                most >> 20))
        : Optional.empty();
  }

  /**
   * Refuses what does not fit.
   *
   * @param sizes whether the size of the features can be chosen
   * @throws InvalidInputException that says what would fit
   */
  void require(boolean sizes) {
    if (memory.peak() <= most) {
      return;
    }
    List<String> fit = fitting(sizes);
    throw new InvalidInputException(
        String.format(
            Locale.ROOT,
            "memory: expected %.1f GB for %,d classes of size %d with their states (%.1f GB), a step of %d samples and the rest, found %.1f GB free; %s",
            memory.peak() / 1e9,
            plan.classes(),
            plan.dimension(),
            (memory.centers() + memory.slots()) / 1e9,
            plan.batch(),
            most / 1e9,
            fit.isEmpty()
                ? "no option alone makes it fit: take fewer classes or smaller samples"
                : "what fits is " + String.join(", or ", fit)));
  }

  /**
   * Bytes that a worker of the cluster takes at its peak.
   *
   * @param process bytes of the worker before training
   */
  long ofWorker(long process) {
    return TrainingMemory.of(plan.ofWorker(process)).peak();
  }

  /** What was expected, and the most that the process took until now, in megabytes. */
  private record Seen(
      @JsonProperty("expected_mb") long expected,
      @JsonProperty("peak_mb") Long peak,
      @JsonProperty("expected_parts_mb") Map<String, Long> parts) {}

  /** Writes what was expected and what was seen. */
  void write(Path file) {
    Long peak = SystemMemory.peak();
    Json.write(
        file,
        new Seen(
            TrainingMemory.megabytes(memory.peak()),
            peak == null ? null : TrainingMemory.megabytes(peak),
            memory.partsInMegabytes()));
  }

  /** Options that each make it fit, computed with the same function. */
  private List<String> fitting(boolean sizes) {
    List<String> fit = new ArrayList<>();
    int batch = largest(2, plan.batch(), plan::withBatch);
    if (batch > 0) {
      fit.add("`batch-size` " + batch);
    }
    int percent =
        largest(
            1,
            (int) Math.ceil(100 * plan.partialFc().rate()),
            share -> plan.withPartialFc(share / 100.0));
    if (percent > 0) {
      fit.add("`partial-fc` " + percent / 100.0);
    }
    int usual =
        Centers.usualBlocks(
            plan.partialFc().size(plan.classes()), plan.head().subcenters(), plan.dimension());
    if (usual != plan.shards() && fits(plan.withShards(usual))) {
      fit.add("`shards` " + usual);
    }
    if (plan.precision().rounds() && fits(plan.withPrecision(Precision.FLOAT32))) {
      fit.add("`precision` float32");
    }
    if (plan.slots() > 1 && fits(plan.withSlots(1))) {
      fit.add("`optimizer` sgd");
    } else if (plan.slots() > 0 && fits(plan.withSlots(0))) {
      fit.add("`optimizer` sgd with `momentum` 0");
    }
    int dimension = sizes ? largest(2, plan.dimension(), plan::withDimension) : 0;
    if (dimension > 0) {
      fit.add("`embedding` " + dimension);
    }
    return fit;
  }

  private int largest(int from, int below, IntFunction<Plan> plans) {
    return TrainingMemory.largest(from, below, n -> TrainingMemory.of(plans.apply(n)).peak(), most);
  }

  private boolean fits(Plan plan) {
    return TrainingMemory.of(plan).peak() <= most;
  }
}
