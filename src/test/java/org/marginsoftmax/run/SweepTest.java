package org.marginsoftmax.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.data.Folders;
import org.marginsoftmax.source.Idx;

/** Sweeps of small runs: what they leave, how they go on, what they refuse. */
class SweepTest {
  private static final PrintStream QUIET = new PrintStream(OutputStream.nullOutputStream());
  @TempDir Path dir;

  @BeforeEach
  void setUp() throws IOException {
    Idx.folder(dir.resolve("data"), 4, 20, 5);
  }

  private TrainConfig options(Object... more) {
    Map<String, Object> options = new LinkedHashMap<>();
    options.put("data.source", dir.resolve("data").toString());
    options.put("data.validation", 0.2);
    options.put("backbone.embedding", 8);
    options.put("loop.epochs", 2);
    options.put("loop.batch_size", 16);
    options.put("loop.device", "cpu");
    options.put("loop.threads", 1);
    for (int i = 0; i < more.length; i += 2) {
      options.put((String) more[i], more[i + 1]);
    }
    return TrainConfig.usual().with(options);
  }

  private static Sweep.Result run(SweepConfig config, Path out, boolean resume) {
    return Sweep.run(config, new RunFolder(out), resume, StopSignal.onRequest(), QUIET);
  }

  private static void refused(Runnable call, String... words) {
    String said = assertThrows(InvalidInputException.class, call::run).getMessage();
    for (String word : words) {
      assertTrue(said.contains(word), said);
    }
  }

  /** What a sweep leaves that does not depend on when and where. */
  private static Map<String, String> left(Path sweep) throws IOException {
    Map<String, String> left = new TreeMap<>();
    try (var files = Files.walk(sweep)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        String name = sweep.relativize(file).toString();
        if (name.matches("sweep.*|run-[^/]*/(history.csv|metrics.json)")) {
          left.put(name, Files.readString(file).replace(sweep.toString(), "SWEEP"));
        }
      }
    }
    return left;
  }

  private SweepConfig seeds() {
    return new SweepConfig(
        List.of(
            SweptOption.of("lr", 1e-3, 0.02), SweptOption.of("head", "arcface", "softmax"),
            SweptOption.of("margin", 0.2), SweptOption.of("seed", 1, 2)),
        null,
        "silhouette",
        options());
  }

  @Test
  void stoppedAnywhereAndResumedItIsTheSweepNeverStopped() throws IOException {
    Path whole = dir.resolve("whole");
    Sweep.Result result = run(seeds(), whole, false);
    assertTrue(result.finished());
    assertEquals(4, result.configurations().size());
    for (RankedConfiguration each : result.configurations()) {
      assertEquals(2, each.runs().size());
      assertNotNull(each.deviation());
      for (SweepRun run : each.runs()) {
        String column = Files.readString(run.run().resolve("history.csv"));
        assertTrue(column.contains("validation_silhouette"), column);
        assertNotNull(run.testMetrics());
      }
    }
    Path parts = dir.resolve("parts");
    Sweep.Result part = null;
    int sessions = 0;
    while (part == null || !part.finished()) {
      StopSignal stop = StopSignal.onRequest();
      int steps = 9 + 4 * sessions;
      // Stops after so many epochs, within a run and between two.
      PrintStream stopping =
          new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8) {
            private int lines;

            @Override
            public void println(String line) {
              if (line.startsWith("epoch") && ++lines * 4 >= steps) {
                stop.request();
              }
            }
          };
      part = Sweep.run(seeds(), new RunFolder(parts), sessions > 0, stop, stopping);
      sessions++;
    }
    assertTrue(sessions > 2, "stopped " + sessions + " times");
    Map<String, String> expected = left(whole);
    assertEquals(8 * 2 + 3, expected.size());
    assertEquals(expected, left(parts));
  }

  /** Finished runs are not touched; others may be added. */
  @Test
  void aResumedSweepKeepsItsRunsAndTakesMore() throws IOException {
    Path out = dir.resolve("sweep");
    run(SweepConfig.margins(options(), List.of(0.1, 0.3)), out, false);
    Path model = out.resolve("run-01-margin-0.1/model/saved_model.pb");
    FileTime before = Files.getLastModifiedTime(model);
    Files.delete(out.resolve("sweep.html"));
    Sweep.Result more = run(SweepConfig.margins(options(), List.of(0.2, 0.1, 0.3)), out, true);
    assertEquals(3, more.configurations().size());
    assertEquals(before, Files.getLastModifiedTime(model));
    assertTrue(Files.exists(out.resolve("run-03-margin-0.2/metrics.json")));
    assertTrue(Files.readString(out.resolve("sweep.html")).contains("<td>0.2<td"));
    refused(
        () -> run(SweepConfig.margins(options(), List.of(0.2, 0.3)), out, true),
        "every run",
        "run-01-margin-0.1");
    refused(
        () -> run(SweepConfig.margins(options("loop.seed", 5), List.of(0.2, 0.1, 0.3)), out, true),
        "`seed` 1 as the run was begun");
    refused(
        () ->
            run(
                new SweepConfig(
                    List.of(SweptOption.of("margin", 0.2, 0.1, 0.3)),
                    null,
                    "silhouette",
                    options()),
                out,
                true),
        "rank by: expected accuracy");
    // More epochs are trained.
    Sweep.Result longer =
        run(SweepConfig.margins(options("loop.epochs", 3), List.of(0.2, 0.1, 0.3)), out, true);
    for (RankedConfiguration each : longer.configurations()) {
      assertEquals(
          12, new RunFolder(each.runs().get(0).run()).checkpoints().latest().orElseThrow().step());
    }
  }

  @Test
  void aSweepOfMarginsByAnOlderVersionGoesOn() throws IOException {
    Path out = dir.resolve("sweep");
    SweepConfig config = SweepConfig.margins(options(), List.of(0.0, 0.3));
    run(config, out, false);
    Map<String, Object> older = new LinkedHashMap<>();
    older.put("margins", List.of(0.0, 0.3));
    older.put("options", config.options());
    Json.write(out.resolve("sweep.config.json"), older);
    Files.move(out.resolve("run-01-margin-0.0"), out.resolve("margin-0.0"));
    Folders.delete(out.resolve("run-02-margin-0.3"));
    Files.delete(out.resolve("sweep.json"));
    assertEquals(config.options(), Sweep.config(new RunFolder(out)).orElseThrow().options());
    Sweep.Result result = run(Sweep.config(new RunFolder(out)).orElseThrow(), out, true);
    assertTrue(result.finished());
    try (var below = Files.list(out)) {
      assertEquals(
          List.of("margin-0.0", "margin-0.3"),
          below.filter(Files::isDirectory).map(f -> f.getFileName().toString()).sorted().toList());
    }
  }

  @Test
  void aRunThatDivergesIsRankedLastAndLosesNothing() throws IOException {
    Path out = dir.resolve("sweep");
    // The softmax of unnormalised features, which no head bounds.
    SweepConfig config =
        new SweepConfig(
            List.of(SweptOption.of("lr", 10, 1e-3)),
            null,
            null,
            options("optimizer.name", "sgd", "head.name", "softmax", "loop.epochs", 20));
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    Sweep.Result result =
        Sweep.run(
            config,
            new RunFolder(out),
            false,
            StopSignal.onRequest(),
            new PrintStream(said, true, StandardCharsets.UTF_8));
    assertTrue(result.finished(), said::toString);
    RankedConfiguration last = result.configurations().get(1);
    assertEquals(2, last.rank());
    SweepRun failed = last.runs().get(0);
    assertEquals(SweepRun.Status.FAILED, failed.status(), said::toString);
    assertTrue(failed.reason().contains("expected a finite number"), failed.reason());
    assertFalse(failed.reason().contains("`"), failed.reason());
    assertEquals(SweepRun.Status.FINISHED, result.configurations().get(0).runs().get(0).status());
    assertTrue(Files.readString(out.resolve("sweep.html")).contains("failed: loss: expected"));
    Map<String, String> before = left(out);
    assertEquals(result.configurations(), run(config, out, true).configurations());
    assertEquals(before, left(out));
  }

  /** As the state of the best checkpoint has it, a loss the lower the better. */
  @Test
  void byDefaultTheFigureOfTheBestCheckpointRanks() {
    SweepConfig config =
        new SweepConfig(
            List.of(SweptOption.of("lr", 1e-6, 0.01)), null, null, options("loop.best_by", "loss"));
    Sweep.Result result = run(config, dir.resolve("sweep"), false);
    assertEquals("loss", result.rankBy());
    assertFalse(result.higherIsBetter());
    List<RankedConfiguration> ranked = result.configurations();
    assertEquals(0.01, ranked.get(0).values().get("optimizer.learning_rate"));
    assertTrue(ranked.get(0).validation() < ranked.get(1).validation());
    for (RankedConfiguration each : ranked) {
      assertEquals(
          new RunFolder(each.runs().get(0).run()).checkpoints().latest().orElseThrow().bestFigure(),
          each.validation());
    }
  }

  @Test
  void whatCannotBeRankedOrTrainedIsRefusedBeforeTheFirstRun() {
    Path out = dir.resolve("sweep");
    List<SweptOption> margins = List.of(SweptOption.of("margin", 0.1, 0.3));
    refused(
        () -> run(new SweepConfig(margins, null, null, options("data.validation", 0)), out, false),
        "validation: expected samples to rank the runs by",
        "`validation` 0.05");
    refused(
        () -> run(SweepConfig.margins(options(), List.of(0.1, 4.0)), out, false), "angular margin");
    refused(
        () ->
            run(
                new SweepConfig(
                    List.of(SweptOption.of("batch-size", 16, 1000)), null, null, options()),
                out,
                false),
        "batch size");
    refused(
        () -> run(new SweepConfig(margins, null, "tar_at_far_1e-4", options()), out, false),
        "rank by",
        "validation samples have");
    refused(
        () -> run(new SweepConfig(margins, null, "accurac", options()), out, false),
        "did you mean accuracy?");
    assertFalse(Files.exists(out));
  }
}
