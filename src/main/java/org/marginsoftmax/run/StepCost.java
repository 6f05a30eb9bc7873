package org.marginsoftmax.run;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.marginsoftmax.FileTrouble;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.train.TrainingMemory;

/**
 * What a step of a head costs on a processor: its time is a + b S + f 6 N D C + c C D + l C N for N
 * samples with features of size D, C centers and S shards (docs/performance.md).
 *
 * @param perStep a, milliseconds once a step
 * @param perShard b, milliseconds for a shard
 * @param perOperation f, milliseconds for a multiplication or addition of the three matrix products
 * @param perCenterNumber c, milliseconds for a number of the centers
 * @param perLogit l, milliseconds for a logit
 * @param processor that it was measured on, in words
 */
public record StepCost(
    @JsonProperty("a") double perStep,
    @JsonProperty("b") double perShard,
    @JsonProperty("f") double perOperation,
    @JsonProperty("c") double perCenterNumber,
    @JsonProperty("l") double perLogit,
    String processor) {
  private static final double MOST_GFLOPS = 1e7;
  private static final String HOW = "measure this machine with src/bench/head-cost";

  /** ArcFace on two cores, as docs/performance.md has it. */
  public static final StepCost DOCUMENTED =
      new StepCost(1.5, 0.17, 4.1e-9, 0.9e-6, 2.0e-6, "two cores with AVX2 (AMD EPYC)");

  /**
   * @throws InvalidInputException if a cost is negative or not finite, or all are zero
   */
  public StepCost {
    double sum = 0;
    for (double cost : new double[] {perStep, perShard, perOperation, perCenterNumber, perLogit}) {
      AllowedValues.require(
          cost >= 0 && Double.isFinite(cost), "step cost", "milliseconds of at least 0", cost, HOW);
      sum += cost;
    }
    AllowedValues.require(sum > 0, "step cost", "one cost above 0", "none", HOW);
  }

  /**
   * The costs of a file, those documented if there is none, with products at another speed if that
   * is given.
   *
   * @param file as {@link #read} reads it; null for none
   * @param gflops 10^9 multiplications and additions a second; null for those of the costs
   * @throws InvalidInputException if both are given, or one is not valid
   */
  public static StepCost of(Path file, Double gflops) {
    if (gflops == null) {
      return file == null ? DOCUMENTED : read(file);
    }
    AllowedValues.require(
        file == null,
        "step cost",
        "a file or `gflops`",
        "both",
        "leave one out: the file says how fast products are");
    AllowedValues.require(
        gflops > 0 && gflops <= MOST_GFLOPS,
        "gflops",
        "a number of GFLOP/s above 0, up to 10 million",
        gflops,
        "say `gflops` 250");
    return DOCUMENTED.withGflops(gflops);
  }

  /**
   * Reads the costs of a machine, as {@code src/bench/head-cost} writes them: a JSON object with a,
   * b, f, c and l in milliseconds, and the processor.
   *
   * @throws InvalidInputException if the file holds something else
   */
  static StepCost read(Path file) {
    FileTrouble.requireFileOrFolder(file);
    if (!Files.isRegularFile(file)) {
      throw refused(file, Files.isDirectory(file) ? "a folder" : "no such file", null);
    }
    try {
      JsonNode costs = Json.MAPPER.readTree(file.toFile());
      return new StepCost(
          cost(costs, "a", file),
          cost(costs, "b", file),
          cost(costs, "f", file),
          cost(costs, "c", file),
          cost(costs, "l", file),
          costs.path("processor").asText(file.toString()));
    } catch (JsonProcessingException e) {
      throw refused(file, "something else", e);
    } catch (IOException e) {
      throw FileTrouble.with(file, e);
    }
  }

  private static double cost(JsonNode costs, String name, Path file) {
    JsonNode cost = costs.path(name);
    if (!cost.isNumber()) {
      throw refused(file, cost.isMissingNode() ? "no " + name : name + " " + cost, null);
    }
    return cost.doubleValue();
  }

  private static InvalidInputException refused(Path file, String found, Exception cause) {
    return new InvalidInputException(
        "step cost: expected a JSON object with the numbers a, b, f, c and l in %s, found %s; %s"
            .formatted(file, found, HOW),
        cause);
  }

  private StepCost withGflops(double gflops) {
    return new StepCost(
        perStep,
        perShard,
        1e-6 / gflops,
        perCenterNumber,
        perLogit,
        String.format(Locale.ROOT, "%s, but products at %,.0f GFLOP/s", processor, gflops));
  }

  /** Seconds that a step of what one process has takes. */
  double seconds(TrainingMemory.Plan plan) {
    double numbers =
        (double) plan.partialFc().size(plan.classes())
            * plan.head().subcenters()
            * plan.dimension();
    double logits = numbers / plan.dimension() * plan.batch();
    return (perStep
            + perShard * plan.shards()
            + perOperation * 6 * plan.batch() * numbers
            + perCenterNumber * numbers
            + perLogit * logits)
        / 1e3;
  }
}
