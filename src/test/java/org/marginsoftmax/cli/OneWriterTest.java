package org.marginsoftmax.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.marginsoftmax.ChildJvm;
import org.marginsoftmax.data.Hold;
import org.marginsoftmax.source.Idx;

/** Processes that meet in the folder of a run. */
class OneWriterTest extends CommandTest {
  @TempDir Path dir;
  private Path data;
  private final List<Process> processes = new ArrayList<>();

  @BeforeEach
  void setUp() throws IOException {
    data = Idx.folder(dir.resolve("data"), 4, 12, 4);
  }

  @AfterEach
  void end() throws InterruptedException {
    for (Process process : processes) {
      process.destroyForcibly().waitFor();
    }
  }

  private Process start(String log, String... args) throws IOException {
    Process process =
        new ProcessBuilder(ChildJvm.ofCli(args))
            .redirectErrorStream(true)
            .redirectOutput(dir.resolve(log).toFile())
            .start();
    processes.add(process);
    return process;
  }

  /** An epoch, and with it a checkpoint, every few steps. */
  private String[] train(Path out, String epochs, String... more) {
    List<String> args =
        new ArrayList<>(
            List.of(
                "train",
                "--data",
                data.toString(),
                "--epochs",
                epochs,
                "--batch-size",
                "8",
                "--embedding",
                "8",
                "--validation",
                "0.3",
                "--threads",
                "1",
                "--out",
                out.toString()));
    args.addAll(List.of(more));
    return args.toArray(String[]::new);
  }

  private String log(String name) throws IOException {
    return Files.readString(dir.resolve(name));
  }

  private static void waitForSteps(Path out, int steps, Process process) throws Exception {
    Path history = out.resolve("history.csv");
    while (process.isAlive()
        && (!Files.exists(history) || Files.readAllLines(history).size() <= steps)) {
      Thread.sleep(5);
    }
    assertTrue(process.isAlive(), "ended before another came");
  }

  @Test
  void aSecondTrainingIsRefusedAndAKilledOneLeavesNoLock() throws Exception {
    Path out = dir.resolve("run");
    Process first = start("first", train(out, "100000"));
    waitForSteps(out, 8, first);
    Process second = start("second", train(out, "100000", "--resume"));
    assertTrue(second.waitFor(60, TimeUnit.SECONDS));
    assertEquals(2, second.exitValue(), log("second"));
    assertTrue(log("second").contains("to be its only writer"), log("second"));
    assertFalse(log("second").contains("\tat "), log("second"));
    assertTrue(first.isAlive());
    // A sweep holds its own folder; this one would train into the first's.
    assertEquals(2, run(train(out, "100000", "--resume")), () -> err);

    first.destroyForcibly().waitFor();
    int trained = steps(out).size() / 4;
    assertEquals(0, run(train(out, String.valueOf(trained + 2), "--resume")), () -> err);
    assertEquals(
        IntStream.rangeClosed(1, (trained + 2) * 4).boxed().toList(), steps(out), "rows are lost");
  }

  private static List<Integer> steps(Path out) throws IOException {
    return Files.readAllLines(out.resolve("history.csv")).stream()
        .skip(1)
        .map(line -> Integer.valueOf(line.substring(0, line.indexOf(','))))
        .toList();
  }

  @Test
  void whoReadsTakesTheLastWholeCheckpointWhileTrainingGoesOn() throws Exception {
    Path out = dir.resolve("run");
    Process training = start("training", train(out, "100000"));
    waitForSteps(out, 8, training);
    for (int i = 0; i < 5; i++) {
      Path to = dir.resolve("to" + i);
      assertEquals(0, run("evaluate", out.toString()), () -> err);
      assertEquals(0, run("export", out.toString(), "--to", to.toString()), () -> err);
      assertEquals(0, run("outliers", out.toString()), () -> err);
    }
    Process reader = start("reader", "evaluate", out.toString());
    assertTrue(reader.waitFor(60, TimeUnit.SECONDS));
    assertEquals(0, reader.exitValue(), log("reader"));
    assertTrue(log("reader").contains("is still being trained"), log("reader"));
    assertTrue(training.isAlive(), log("training"));
    // What was read is let go: the latest and the best are left, and one that is written.
    waitForSteps(out, steps(out).size() + 12, training);
    training.destroyForcibly().waitFor();
    try (var left = Files.list(out.resolve("checkpoints"))) {
      assertTrue(left.filter(Files::isDirectory).count() <= 4);
    }
    assertEquals(0, run("evaluate", out.toString()), () -> err);
  }

  @Test
  void aSweepHoldsItsFolderAndThoseBelow() throws Exception {
    Path out = dir.resolve("sweep");
    List<String> args = new ArrayList<>(List.of(train(out, "100000")));
    args.set(0, "sweep");
    Process sweep = start("sweep.log", args.toArray(String[]::new));
    Path below = out.resolve("run-01-margin-0.0");
    waitForSteps(below, 4, sweep);
    args.add("--resume");
    assertEquals(2, run(args.toArray(String[]::new)), () -> err);
    assertTrue(err.contains(out + ": expected to be its only writer"), err);
    assertEquals(2, run(train(below, "100000", "--resume", "--margin", "0.0")), () -> err);
    assertTrue(err.contains(below + ": expected to be its only writer"), err);
  }

  /** In one process the system's locks say nothing, and closing one ends the others. */
  @Test
  void holdsCountWithinAProcess() throws IOException {
    Path file = dir.resolve("file");
    Hold alone = Hold.alone(file).orElseThrow();
    assertTrue(Hold.alone(file).isEmpty());
    assertTrue(Hold.shared(file).isEmpty());
    alone.close();
    Hold one = Hold.shared(file).orElseThrow();
    Hold other = Hold.shared(dir.resolve("data/../file")).orElseThrow();
    one.close();
    one.close();
    assertTrue(Hold.alone(file).isEmpty());
    other.close();
    Hold.alone(file).orElseThrow().close();
  }
}
