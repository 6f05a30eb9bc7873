package org.marginsoftmax.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.marginsoftmax.ChildJvm;
import org.marginsoftmax.cluster.Workers;
import org.marginsoftmax.source.Idx;

/** Workers and chiefs that are not there, die, hang, or are two. */
class ClusterFaultsTest {
  private static final int EPOCHS = 6;

  /** Steps of an epoch: 304 samples trained on, 16 a step. */
  private static final int EPOCH = 19;

  private static final int TIMEOUT = 6;

  @TempDir Path dir;
  private Path data;
  private int logs;

  @BeforeEach
  void setUp() throws IOException {
    data = Idx.folder(dir.resolve("data"), 4, 80, 10);
  }

  /** A training, and what it printed. */
  private record Training(Process process, Path log) {
    String said() throws IOException {
      return Files.readString(log);
    }

    /** The line that it ended with. */
    String end() throws IOException {
      List<String> lines = said().lines().filter(l -> l.startsWith("margin-softmax: ")).toList();
      assertEquals(1, lines.size(), said());
      assertFalse(said().contains("\tat "), said());
      return lines.get(0);
    }

    void interrupt() throws InterruptedException, IOException {
      new ProcessBuilder("kill", "-INT", String.valueOf(process.pid())).start().waitFor();
    }

    int finish(long seconds) throws InterruptedException, IOException {
      if (!process.waitFor(seconds, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new AssertionError("does not come to an end:\n" + said());
      }
      return process.exitValue();
    }
  }

  private Training train(Path out, String... more) throws IOException {
    List<String> given = List.of(more);
    List<String> command =
        new ArrayList<>(
            ChildJvm.ofCli(
                "train",
                "--data",
                data.toString(),
                "--batch-size",
                "16",
                "--embedding",
                "8",
                "--threads",
                "1",
                "--shards",
                "4",
                "--out",
                out.toString()));
    command.addAll(given);
    if (!given.contains("--epochs")) {
      command.addAll(List.of("--epochs", String.valueOf(EPOCHS)));
    }
    Path log = dir.resolve("log" + logs++);
    return new Training(
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start(),
        log);
  }

  private Training train(Workers workers, Path out, String... more) throws IOException {
    List<String> all = new ArrayList<>(List.of("--cluster", workers.file().toString()));
    all.addAll(List.of(more));
    return train(out, all.toArray(new String[0]));
  }

  private static int steps(Path out) throws IOException {
    Path history = out.resolve("history.csv");
    return Files.exists(history) ? Files.readAllLines(history).size() - 1 : 0;
  }

  private static void awaitSteps(Training training, Path out, int steps) throws Exception {
    while (training.process.isAlive() && steps(out) < steps) {
      Thread.sleep(5);
    }
    assertTrue(training.process.isAlive(), training.said());
  }

  private static String history(Path out) throws IOException {
    return Files.readString(out.resolve("history.csv"));
  }

  @Test
  void whoeverIsLostIsNamedAndTheRunGoesOnToTheSameEnd() throws Exception {
    try (Workers workers = Workers.start(dir.resolve("cluster"), 2, TIMEOUT)) {
      Path whole = dir.resolve("whole");
      Training undisturbed = train(workers, whole);
      assertEquals(0, undisturbed.finish(120), undisturbed.said());
      assertTrue(
          workers.said(1).contains("reading part 2 of 2 of each batch, of 304 samples"),
          workers.said(1));
      Path out = dir.resolve("out");

      // A worker dies.
      Training training = train(workers, out);
      awaitSteps(training, out, EPOCH + 5);
      workers.process(1).destroyForcibly();
      long killed = System.nanoTime();
      assertEquals(1, training.finish(60), training.said());
      assertTrue(seconds(killed) < TIMEOUT + 10, seconds(killed) + " s");
      assertTrue(training.end().contains("worker 1 (" + workers.address(1) + ")"), training.end());
      assertFalse(training.end().contains("worker 0"), training.end());

      // It is started again. The chief dies, without giving the workers back.
      workers.start(1);
      training = train(workers, out, "--resume");
      awaitSteps(training, out, 2 * EPOCH + 5);
      training.process.destroyForcibly().waitFor();

      // A worker hangs.
      training = train(workers, out, "--resume");
      awaitSteps(training, out, 3 * EPOCH + 5);
      workers.signal(0, "STOP");
      long stopped = System.nanoTime();
      assertEquals(1, training.finish(60), training.said());
      assertTrue(seconds(stopped) < TIMEOUT + 15, seconds(stopped) + " s");
      assertTrue(training.end().contains("worker 0 (" + workers.address(0) + ")"), training.end());
      assertFalse(training.end().contains("worker 1"), training.end());
      workers.signal(0, "CONT");

      // Interrupted.
      training = train(workers, out, "--resume");
      awaitSteps(training, out, 4 * EPOCH + 5);
      training.interrupt();
      assertEquals(130, training.finish(60), training.said());

      training = train(workers, out, "--resume");
      assertEquals(0, training.finish(60), training.said());
      assertEquals(history(whole), history(out));
      assertEquals(
          Files.readString(whole.resolve("metrics.json")),
          Files.readString(out.resolve("metrics.json")));
    }
  }

  /** Not after the time that a silent one is given. */
  @Test
  void aWorkerThatDiesIsNamedWithinSeconds() throws Exception {
    try (Workers workers = Workers.start(dir.resolve("cluster"), 2, 120)) {
      Path out = dir.resolve("out");
      Training training = train(workers, out, "--epochs", "1000");
      awaitSteps(training, out, 5);
      workers.process(0).destroyForcibly();
      assertEquals(1, training.finish(40), training.said());
      assertTrue(training.end().contains("worker 0 (" + workers.address(0) + ")"), training.end());
      assertFalse(training.end().contains("worker 1"), training.end());
    }
  }

  @Test
  void aFileThatIsNotThereIsRefused() throws Exception {
    Training training = train(dir.resolve("out"), "--cluster", dir.resolve("none").toString());
    assertEquals(2, training.finish(60), training.said());
    assertTrue(training.end().contains("found nothing; check the path"), training.end());
  }

  /** A worker or the chief, at random moments, of a run that still comes to the same end. */
  @Tag("release")
  @Test
  void twentyKills() throws Exception {
    Random random = new Random(Long.getLong("kills.seed", 1));
    try (Workers workers = Workers.start(dir.resolve("cluster"), 2, TIMEOUT)) {
      String[] longer = {"--epochs", "40"};
      Path whole = dir.resolve("whole");
      Training undisturbed = train(workers, whole, longer);
      assertEquals(0, undisturbed.finish(300), undisturbed.said());
      Path out = dir.resolve("out");
      int kills = 0;
      while (kills < 20) {
        Training training =
            steps(out) == 0
                ? train(workers, out, longer)
                : train(workers, out, "--epochs", "40", "--resume");
        int steps = steps(out) + 1 + random.nextInt(2 * EPOCH);
        int victim = random.nextInt(3) - 1;
        while (training.process.isAlive() && steps(out) < steps) {
          Thread.sleep(2);
        }
        if (!training.process.isAlive()) {
          assertEquals(0, training.process.exitValue(), training.said());
          break; // The run is over before the kills are: those were at other moments.
        }
        kills++;
        if (victim < 0) {
          training.process.destroyForcibly().waitFor();
        } else {
          long killed = System.nanoTime();
          workers.process(victim).destroyForcibly().waitFor();
          assertEquals(1, training.finish(60), training.said());
          assertTrue(seconds(killed) < TIMEOUT + 10, seconds(killed) + " s");
          assertTrue(
              training.end().contains("worker %d (%s)".formatted(victim, workers.address(victim))),
              training.end());
          assertFalse(training.end().contains("worker " + (1 - victim)), training.end());
          workers.start(victim);
        }
      }
      System.out.println("kills: " + kills);
      assertTrue(kills >= 15, kills + " kills");
      Training last = train(workers, out, "--epochs", "40", "--resume");
      assertEquals(0, last.finish(300), last.said());
      assertEquals(history(whole), history(out));
      assertEquals(
          Files.readString(whole.resolve("metrics.json")),
          Files.readString(out.resolve("metrics.json")));
    }
  }

  private static double seconds(long since) {
    return (System.nanoTime() - since) / 1e9;
  }

  /** One that is stopped three quarters of the time; with other work beside it both are slow. */
  @Tag("release")
  @Test
  void aSlowWorkerIsNamed() throws Exception {
    try (Workers workers = Workers.start(dir.resolve("cluster"), 2, TIMEOUT)) {
      Path out = dir.resolve("out");
      Training training = train(workers, out, "--steps", "110");
      awaitSteps(training, out, 2);
      while (training.process.isAlive() && !training.said().contains("slow, ")) {
        workers.signal(1, "STOP");
        Thread.sleep(60);
        workers.signal(1, "CONT");
        Thread.sleep(20);
      }
      assertEquals(0, training.finish(60), training.said());
      assertTrue(
          training.said().contains("slow, worker 1 (" + workers.address(1) + ") takes "),
          training.said());
    }
  }

  @Test
  void aSecondChiefIsRefused() throws Exception {
    try (Workers workers = Workers.start(dir.resolve("cluster"), 1, TIMEOUT)) {
      Path out = dir.resolve("out");
      Training first = train(workers, out, "--epochs", "1000");
      awaitSteps(first, out, 3);
      Training second = train(workers, dir.resolve("other"));
      assertEquals(2, second.finish(60), second.said());
      assertTrue(
          second
              .end()
              .contains("to be free, found that it has a chief, process " + first.process.pid()),
          second.end());
      assertFalse(Files.exists(dir.resolve("other")), "a folder of nothing is left");
      assertTrue(first.process.isAlive(), first.said());
      first.process.destroyForcibly();
    }
  }

  @Test
  void aWorkerThatDoesNotComeIsNamed() throws Exception {
    try (Workers workers = Workers.named(dir.resolve("cluster"), 2, 3)) {
      workers.start(0);
      Training training = train(workers, dir.resolve("out"));
      assertEquals(2, training.finish(60), training.said());
      assertTrue(
          training
              .end()
              .contains("expected worker 1 (" + workers.address(1) + ") within 3 seconds"),
          training.end());
      assertTrue(training.end().contains("--task 1"), training.end());
      assertFalse(Files.exists(dir.resolve("out")), "a folder of nothing is left");
    }
  }

  @Test
  void aWorkerOfAnotherFileIsNamed() throws Exception {
    try (Workers workers = Workers.start(dir.resolve("cluster"), 1, TIMEOUT)) {
      String written = Files.readString(workers.file());
      Path other = dir.resolve("other.yaml");
      Files.writeString(other, written.replace("timeout: " + TIMEOUT, "timeout: 20"));
      Training training = train(dir.resolve("out"), "--cluster", other.toString());
      assertEquals(2, training.finish(60), training.said());
      assertTrue(training.end().contains("the same cluster file everywhere"), training.end());
      assertTrue(training.end().contains("worker 0 (" + workers.address(0) + ")"), training.end());
    }
  }

  /** On other numbers of workers, and on none. */
  @Test
  void aRunGoesOnWithAnotherNumberOfWorkers() throws Exception {
    Path out = dir.resolve("out");
    Path one = dir.resolve("one");
    Training training = train(one);
    assertEquals(0, training.finish(60), training.said());
    int[] workers = {2, 3, 0, 1};
    for (int part = 0; part < workers.length; part++) {
      List<String> more = new ArrayList<>();
      if (part > 0) {
        more.add("--resume");
      }
      try (Workers some =
          Workers.start(dir.resolve("cluster" + part), Math.max(1, workers[part]), TIMEOUT)) {
        more.addAll(List.of("--cluster", workers[part] == 0 ? "none" : some.file().toString()));
        training = train(out, more.toArray(new String[0]));
        if (part < workers.length - 1) {
          awaitSteps(training, out, 7 + part * EPOCH);
          training.interrupt();
          assertEquals(130, training.finish(60), training.said());
        } else {
          assertEquals(0, training.finish(60), training.said());
        }
      }
    }
    String[] expected = history(one).split("\n");
    String[] found = history(out).split("\n");
    assertEquals(expected.length, found.length);
    // What rounding allows: little at first, more after a hundred steps.
    for (int step : new int[] {1, 10, EPOCH, EPOCHS * EPOCH}) {
      double loss = Double.parseDouble(expected[step].split(",")[2]);
      assertEquals(
          loss,
          Double.parseDouble(found[step].split(",")[2]),
          (step <= 10 ? 1e-4 : 0.1) * Math.abs(loss),
          "step " + step);
    }
  }
}
