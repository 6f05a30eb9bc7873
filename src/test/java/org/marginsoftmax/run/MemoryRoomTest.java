package org.marginsoftmax.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.backbone.NoBackbone;
import org.marginsoftmax.data.ArrayShape;
import org.marginsoftmax.data.ImageShape;
import org.marginsoftmax.layer.AngularHead;
import org.marginsoftmax.train.Network;
import org.marginsoftmax.train.Optimizer;
import org.marginsoftmax.train.TrainingMemory;
import org.marginsoftmax.train.TrainingMemory.Plan;
import org.marginsoftmax.train.Update;

/** What fits into memory, and what is said of that which does not. */
class MemoryRoomTest {
  private static final Pattern BATCH = Pattern.compile("`batch-size` (\\d+)");
  private static final Pattern SHARE = Pattern.compile("`partial-fc` ([0-9.]+)");
  private static final Pattern SIZE = Pattern.compile("`embedding` (\\d+)");

  @TempDir Path dir;

  private static Plan plan(int classes, int dimension, int batch, int shards) {
    Network network =
        new Network(
                new ArrayShape(List.of(dimension)),
                new NoBackbone(),
                AngularHead.arcFace(0.5, 64),
                classes)
            .withShards(shards);
    return Plan.of(
        network, new Update(new Optimizer.Adam(0.9, 0.999, 1e-7), 0), batch, false, 4, 0, 1 << 28);
  }

  /** Each alternative fits, and the next larger one does not. */
  @Test
  void namesOnlyWhatFits() {
    Random random = new Random(7);
    int named = 0;
    for (int i = 0; i < 40; i++) {
      Plan plan =
          plan(
              1000 + random.nextInt(1_000_000),
              16 + random.nextInt(500),
              16 + random.nextInt(500),
              1 + random.nextInt(200));
      TrainingMemory memory = TrainingMemory.of(plan);
      long most = (long) (memory.peak() * (0.2 + 0.79 * random.nextDouble()));
      String said =
          assertThrows(
                  InvalidInputException.class,
                  () -> new MemoryRoom(plan, memory, most).require(true))
              .getMessage();
      Matcher batch = BATCH.matcher(said);
      if (batch.find()) {
        int n = Integer.parseInt(batch.group(1));
        assertTrue(TrainingMemory.of(plan.withBatch(n)).peak() <= most, said);
        assertTrue(TrainingMemory.of(plan.withBatch(n + 1)).peak() > most, said);
        named++;
      }
      Matcher share = SHARE.matcher(said);
      if (share.find()) {
        double rate = Double.parseDouble(share.group(1));
        assertTrue(TrainingMemory.of(plan.withPartialFc(rate)).peak() <= most, said);
        named++;
      }
      Matcher size = SIZE.matcher(said);
      if (size.find()) {
        int d = Integer.parseInt(size.group(1));
        assertTrue(TrainingMemory.of(plan.withDimension(d)).peak() <= most, said);
        assertTrue(TrainingMemory.of(plan.withDimension(d + 1)).peak() > most, said);
        named++;
      }
      if (said.contains("`optimizer` sgd")) {
        int slots = said.contains("`momentum` 0") ? 0 : 1;
        assertTrue(TrainingMemory.of(plan.withSlots(slots)).peak() <= most, said);
      }
    }
    assertTrue(named > 40, "alternatives named: " + named);
  }

  @Test
  void whatFitsIsNotRefusedAndWhatIsCloseIsWarnedOf() {
    Plan plan = plan(10_000, 64, 32, 1);
    TrainingMemory memory = TrainingMemory.of(plan);
    new MemoryRoom(plan, memory, memory.peak()).require(true);
    assertTrue(new MemoryRoom(plan, memory, (long) (memory.peak() / 0.95)).warning().isPresent());
    assertTrue(new MemoryRoom(plan, memory, (long) (memory.peak() / 0.85)).warning().isEmpty());
  }

  /** Limits of containers count, of both versions, and of groups further up. */
  @Test
  void theLeastLimitCounts() throws IOException {
    Path proc = dir.resolve("proc");
    Path groups = dir.resolve("cgroup");
    write(proc.resolve("meminfo"), "MemTotal: 9000 kB\nMemAvailable:    4000 kB\n");
    assertEquals(4000L << 10, SystemMemory.available(proc, groups));

    write(proc.resolve("self/cgroup"), "0::/a/b\n");
    write(groups.resolve("a/b/memory.max"), "max\n");
    write(groups.resolve("a/b/memory.current"), "1000000\n");
    assertEquals(4000L << 10, SystemMemory.available(proc, groups));
    write(groups.resolve("a/memory.max"), "3000000\n");
    write(groups.resolve("a/memory.current"), "1200000\n");
    assertEquals(1_800_000, SystemMemory.available(proc, groups));
    write(groups.resolve("a/memory.stat"), "anon 5\ninactive_file 200000\n");
    assertEquals(2_000_000, SystemMemory.available(proc, groups));

    write(proc.resolve("self/cgroup"), "4:cpu:/x\n3:memory:/y\n");
    write(groups.resolve("memory/memory.limit_in_bytes"), "2500000\n");
    write(groups.resolve("memory/memory.usage_in_bytes"), "2000000\n");
    write(groups.resolve("memory/memory.stat"), "total_inactive_file 300000\n");
    assertEquals(800_000, SystemMemory.available(proc, groups));
  }

  private static void write(Path file, String text) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  /** Over workers nobody has more than alone, and the centers are once in all of them together. */
  @Test
  void workersShareTheMemory() {
    Network network =
        new Network(
                new ImageShape(28, 28, 1),
                TrainConfig.usual()
                    .with(Map.of("backbone.name", "small-cnn"))
                    .backbone()
                    .backbone(),
                AngularHead.arcFace(0.5, 64),
                200_000)
            .withShards(84);
    Plan plan =
        Plan.of(
            network,
            new Update(new Optimizer.Adam(0.9, 0.999, 1e-7), 0),
            256,
            false,
            4,
            0,
            1 << 28);
    TrainingMemory alone = TrainingMemory.of(plan);
    for (int workers : new int[] {1, 2, 4, 7}) {
      for (boolean divides : new boolean[] {false, true}) {
        Plan over = plan.withWorkers(workers, divides);
        TrainingMemory chief = TrainingMemory.of(over);
        TrainingMemory worker = TrainingMemory.of(over.ofWorker(plan.process()));
        assertEquals(0, chief.centers() + chief.slots() + chief.logits());
        assertTrue(worker.centers() * workers >= alone.centers());
        assertTrue(worker.centers() * workers < alone.centers() * 1.01);
        assertTrue(worker.slots() * workers < alone.slots() * 1.01);
        assertEquals(divides ? 0 : alone.activations(), chief.activations());
        assertTrue(
            divides
                ? worker.activations() >= alone.activations() / workers
                    && worker.activations() <= alone.activations() / workers + (1 << 20)
                : worker.activations() == 0);
        assertTrue(worker.peak() <= alone.peak());
      }
    }
  }
}
