package org.marginsoftmax.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.marginsoftmax.ChildJvm;
import org.marginsoftmax.source.Idx;
import org.marginsoftmax.train.EventFiles;

/** Processes that are interrupted, killed, or run out of room. */
class InterruptTest {
  private static final int EPOCHS = 8;

  /** Steps of an epoch: 304 samples trained on, 16 a step. */
  private static final int EPOCH = 19;

  @TempDir Path dir;
  private Path data;

  @BeforeEach
  void setUp() throws IOException {
    data = Idx.folder(dir.resolve("data"), 4, 80, 10);
  }

  private List<String> train(Path out, String... more) {
    List<String> command =
        ChildJvm.ofCli(
            "train",
            "--data",
            data.toString(),
            "--epochs",
            String.valueOf(EPOCHS),
            "--batch-size",
            "16",
            "--embedding",
            "8",
            "--threads",
            "2",
            "--out",
            out.toString());
    command.addAll(List.of(more));
    return command;
  }

  private Process start(List<String> command) throws IOException {
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(dir.resolve("log").toFile()))
        .start();
  }

  private int finish(Process process) throws InterruptedException {
    assertTrue(process.waitFor(120, TimeUnit.SECONDS), "does not come to an end");
    return process.exitValue();
  }

  private String log() throws IOException {
    return Files.readString(dir.resolve("log"));
  }

  /** Those in the history, what a session before took beyond its last checkpoint too. */
  private static int steps(Path out) throws IOException {
    Path history = out.resolve("history.csv");
    return Files.exists(history) ? Files.readAllLines(history).size() - 1 : 0;
  }

  private static String metrics(Path out) throws IOException {
    return Files.readString(out.resolve("metrics.json"));
  }

  /** What TensorBoard shows, each once, but for what depends on the time. */
  private static Map<String, String> figures(Path out) throws IOException {
    Map<String, String> figures = EventFiles.figures(out);
    assertTrue(figures.keySet().removeIf(key -> key.startsWith("data/waited_share")));
    assertTrue(figures.containsKey("test/accuracy " + EPOCHS * EPOCH), figures.toString());
    return figures;
  }

  @Test
  void interruptedOrKilledAnywhereItResumesToTheSameFigures() throws Exception {
    Path whole = dir.resolve("whole");
    assertEquals(0, finish(start(train(whole))), log());
    Path out = dir.resolve("parts");

    Process interrupted = start(train(out));
    while (interrupted.isAlive() && steps(out) < EPOCH + 6) {
      Thread.sleep(5);
    }
    assertTrue(interrupted.isAlive(), "ended before it could be interrupted");
    new ProcessBuilder("kill", "-INT", String.valueOf(interrupted.pid())).start().waitFor();
    assertEquals(130, finish(interrupted), log());
    assertTrue(log().contains("go on with --resume"), log());
    try (Stream<Path> checkpoints = Files.list(out.resolve("checkpoints"))) {
      assertTrue(checkpoints.anyMatch(f -> f.getFileName().toString().startsWith("step-")));
    }
    assertFalse(Files.exists(out.resolve("metrics.json")));

    // Killed outright: before the first step of its session, after it, where an epoch ends and its
    // checkpoint is written, between two of them, after the last step.
    for (int steps : new int[] {0, 27, 2 * EPOCH, 3 * EPOCH + 1, EPOCHS * EPOCH}) {
      Process killed = start(train(out, "--resume"));
      while (killed.isAlive() && steps(out) < steps) {
        Thread.sleep(5);
      }
      killed.destroyForcibly();
      finish(killed);
    }
    assertEquals(0, finish(start(train(out, "--resume"))), log());
    assertEquals(metrics(whole), metrics(out));
    assertEquals(
        Files.readString(whole.resolve("history.csv")),
        Files.readString(out.resolve("history.csv")));
    assertEquals(figures(whole), figures(out));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 2, 40, 250})
  void aFullDiskIsSaidInOneLineAndLeavesTheRunToBeResumed(int kilobytes) throws Exception {
    Path out = dir.resolve("run");
    // No file may grow beyond that: the configuration, the history, the events or the first
    // checkpoint, which is the largest of all files, cannot be written.
    String script = "set -o pipefail; (ulimit -f " + kilobytes + "; exec \"$@\" 2>&1) | cat";
    List<String> limited = new ArrayList<>(List.of("bash", "-c", script, "bash"));
    limited.addAll(train(out));
    assertEquals(1, finish(start(limited)), log());
    List<String> said = log().lines().filter(l -> l.startsWith("margin-softmax: ")).toList();
    assertEquals(1, said.size(), log());
    assertTrue(said.get(0).contains("make room"), log());
    assertFalse(log().contains("\tat "), log());
    assertFalse(Files.exists(out.resolve("metrics.json")));
    boolean begun = Files.exists(out.resolve("config.json"));
    assertEquals(begun, Files.exists(out), "a folder of nothing is left");
    assertEquals(0, finish(start(begun ? train(out, "--resume") : train(out))), log());
  }
}
