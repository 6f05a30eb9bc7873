package org.marginsoftmax.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.marginsoftmax.train.TrainingMemory;

/** What a training over several machines is expected to take. */
class ClusterPlanTest {
  /** The configuration of the measured run, on whose machines everything fits. */
  private static final PlanConfig MEASURED =
      new PlanConfig(
          HeadConfig.arcface(),
          1_000_000,
          512,
          128,
          4,
          64,
          10,
          List.of(),
          null,
          optimizer("sgd", 0.9),
          "float32",
          false,
          true,
          StepCost.DOCUMENTED);

  private static OptimizerConfig optimizer(String name, double momentum) {
    return TrainConfig.usual()
        .with(Map.of("optimizer.name", name, "optimizer.momentum", momentum))
        .optimizer();
  }

  private static PlanConfig sized(int classes, int dimension, int batch, int machines) {
    return new PlanConfig(
        MEASURED.head(),
        classes,
        dimension,
        batch,
        machines,
        MEASURED.memory(),
        MEASURED.bandwidth(),
        MEASURED.partialFc(),
        MEASURED.shards(),
        MEASURED.optimizer(),
        MEASURED.precision(),
        MEASURED.compress(),
        false,
        MEASURED.cost());
  }

  private static PlannedStep step(PlanConfig config, double rate) {
    return ClusterPlan.of(config).steps().stream()
        .filter(step -> step.partialFc() == rate)
        .findFirst()
        .orElseThrow();
  }

  private static PlanConfig with(
      PlanConfig config, HeadConfig head, double memory, List<Double> rates, String precision) {
    return new PlanConfig(
        head,
        config.classes(),
        config.dimension(),
        config.batch(),
        config.machines(),
        memory,
        config.bandwidth(),
        rates,
        config.shards(),
        config.optimizer(),
        precision,
        config.compress(),
        config.frozenFeatures(),
        config.cost());
  }

  /** The configuration with the options of an alternative. */
  private static PlanConfig changed(PlanConfig config, Map<String, Object> options) {
    return new PlanConfig(
        config.head(),
        config.classes(),
        config.dimension(),
        (int) options.getOrDefault("batch", config.batch()),
        (int) options.getOrDefault("machines", config.machines()),
        config.memory(),
        config.bandwidth(),
        options.containsKey("partial_fc")
            ? List.of((Double) options.get("partial_fc"))
            : config.partialFc(),
        config.shards(),
        options.containsKey("optimizer")
            ? optimizer((String) options.get("optimizer"), (Double) options.get("momentum"))
            : config.optimizer(),
        (String) options.getOrDefault("precision", config.precision()),
        config.compress(),
        config.frozenFeatures(),
        config.cost());
  }

  /**
   * Twice as many machines never take more each. One more can: it may have fewer and larger blocks,
   * two of which are worked on at a time; but never more of what is divided.
   */
  @Property(tries = 300)
  void moreMachinesNeedLessMemoryEach(
      @ForAll @IntRange(min = 1000, max = 200_000_000) int classes,
      @ForAll @IntRange(min = 8, max = 1024) int dimension,
      @ForAll @IntRange(min = 2, max = 5000) int batch,
      @ForAll @IntRange(min = 1, max = 400) int machines,
      @ForAll @DoubleRange(min = 0.01, max = 1) double rate) {
    Division division =
        new Division(
            sized(classes, dimension, batch, 1).training().withPartialFc(rate), machines, null);
    long each = division.eachBytes();
    assertTrue(division.on(2 * machines).eachBytes() <= each);
    TrainingMemory memory = TrainingMemory.of(division.each());
    TrainingMemory more = TrainingMemory.of(division.on(machines + 1).each());
    assertTrue(more.centers() <= memory.centers());
    assertTrue(more.slots() <= memory.slots());
    assertTrue(more.logits() <= memory.logits());
    assertTrue(more.training() - more.work() - more.table() <= each);
  }

  @Property(tries = 100)
  void bytesAreLinear(
      @ForAll @IntRange(min = 8, max = 1000) int dimension,
      @ForAll @IntRange(min = 2, max = 5000) int batch,
      @ForAll @IntRange(min = 2, max = 400) int machines) {
    long bytes = step(sized(1_000_000, dimension, batch, machines), 1).wireBytes();
    assertEquals(4L * batch * dimension * (2 * machines + 3), bytes);
    assertEquals(2 * bytes, step(sized(1_000_000, 2 * dimension, batch, machines), 1).wireBytes());
    assertEquals(2 * bytes, step(sized(1_000_000, dimension, 2 * batch, machines), 1).wireBytes());
  }

  /** A sample of the classes spares products and logits, not centers and what is kept of them. */
  @Property(tries = 100)
  void centersAndSlotsAreAlwaysThere(
      @ForAll @IntRange(min = 1000, max = 200_000_000) int classes,
      @ForAll @IntRange(min = 1, max = 400) int machines,
      @ForAll @DoubleRange(min = 0.01, max = 1) double rate) {
    Division division =
        new Division(sized(classes, 512, 128, 1).training().withPartialFc(rate), machines, null);
    assertTrue(division.eachBytes() > 2L * Float.BYTES * classes / machines * 512);
  }

  @Test
  void oneMachineHasWhatTrainingInOneProcessTakes() {
    PlanConfig config = sized(1_000_000, 512, 128, 1);
    PlannedStep step = step(config, 1);
    assertEquals(TrainingMemory.of(config.training().withShards(192)).peak(), step.memoryBytes());
    assertEquals(0, step.wireBytes());
    assertEquals(step.computeSeconds(), step.stepSeconds());
  }

  @Test
  void whatWouldFitFits() {
    Random random = new Random(3);
    Set<Set<String>> named = new HashSet<>();
    for (int i = 0; i < 150; i++) {
      PlanConfig config =
          with(
              changed(
                  sized(
                      100_000 + random.nextInt(100_000_000),
                      64 + random.nextInt(900),
                      16 + random.nextInt(4000),
                      1 + random.nextInt(40)),
                  Map.of("optimizer", i % 2 == 0 ? "adam" : "sgd", "momentum", 0.9)),
              HeadConfig.named(i % 3 == 0 ? "subcenter-arcface" : "arcface"),
              64,
              List.of(0.3),
              i % 2 == 0 ? "bfloat16" : "float32");
      double needed = step(config, 0.3).memoryBytes() / 1e9;
      PlanConfig tight =
          with(
              config,
              config.head(),
              needed * (0.4 + 0.7 * random.nextDouble()),
              List.of(0.3),
              config.precision());
      for (PlannedStep step : ClusterPlan.of(tight).steps()) {
        assertTrue(!step.fits() || step.wouldFit().isEmpty());
        for (Map<String, Object> alternative : step.wouldFit()) {
          double rate = (double) alternative.getOrDefault("partial_fc", step.partialFc());
          assertTrue(
              step(changed(tight, alternative), rate).fits(), () -> tight + " " + alternative);
          assertTrue(rate <= step.partialFc());
          named.add(alternative.keySet());
        }
      }
    }
    assertEquals(5, named.size(), named::toString);
  }

  /** The fewest machines, and the largest share in hundredths. */
  @Test
  void namesTheLeastChange() {
    PlanConfig config = with(MEASURED, MEASURED.head(), 1.65, List.of(0.2), "float32");
    PlannedStep full = step(config, 1);
    assertFalse(full.fits());
    int machines = (int) full.wouldFit().get(0).get("machines");
    assertTrue(machines > 4);
    assertFalse(step(changed(config, Map.of("machines", machines - 1)), 1).fits());
    double rate = (double) full.wouldFit().get(1).get("partial_fc");
    double more = Math.round(100 * rate + 1) / 100.0;
    assertFalse(step(changed(config, Map.of("partial_fc", more)), more).fits());
  }

  /** What docs/performance.md expects with momentum, N 128 and D 512, in seconds. */
  @ParameterizedTest
  @CsvSource({
    "10000000, 1, 23",
    "10000000, 0.1, 2.4",
    "10000000, 0.01, 0.24",
    "100000000, 1, 232",
    "100000000, 0.1, 23",
    "100000000, 0.01, 2.4"
  })
  void timeIsThatOfThePage(int classes, double rate, double seconds) {
    PlanConfig config = changed(sized(classes, 512, 128, 1), Map.of("partial_fc", rate));
    assertEquals(1, step(config, rate).stepSeconds() / seconds, 0.03);
  }

  /**
   * Against steps over four workers, each in a network namespace of its own, on two cores that they
   * shared (docs/cluster.md, Planning). So their work is done there one after the other.
   */
  @Test
  void theMeasuredRunIsExpected() {
    PlannedStep step = step(MEASURED, 1);
    double worker = (step.memoryBytes() - SystemMemory.USUAL_PROCESS) / (double) (1 << 20);
    assertEquals(1, worker / 1235, 0.1);
    double measured = 1.04 * 4 * 128 * 512 * (4 + 3);
    assertEquals(1, step.wireBytes() / measured, 0.1);
    assertEquals(1, 4 * step.computeSeconds() / 3.1, 0.3);
  }
}
