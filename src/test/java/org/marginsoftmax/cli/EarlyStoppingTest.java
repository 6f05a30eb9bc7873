package org.marginsoftmax.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.marginsoftmax.source.Idx;

/** Choosing the best checkpoint by another figure, and stopping where nothing gets better. */
class EarlyStoppingTest extends CommandTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  @TempDir Path dir;
  private Path data;

  @BeforeEach
  void setUp() throws IOException {
    data = Idx.folder(dir.resolve("data"), 4, 40, 10);
  }

  private int train(String run, String... given) {
    List<String> args =
        new ArrayList<>(
            List.of(
                "train",
                "--data",
                data.toString(),
                "--out",
                dir.resolve(run).toString(),
                "--batch-size",
                "32",
                "--embedding",
                "8",
                "--device",
                "cpu",
                "--threads",
                "1",
                "--margin-warmup",
                "0"));
    if (!List.of(given).contains("--validation")) {
      args.addAll(List.of("--validation", "0.2"));
    }
    args.addAll(List.of(given));
    return run(args.toArray(String[]::new));
  }

  private List<String> history(String run) throws IOException {
    return Files.readAllLines(dir.resolve(run).resolve("history.csv"));
  }

  private JsonNode state(String run, long step) throws IOException {
    return JSON.readTree(
        dir.resolve(run).resolve("checkpoints/step-%08d/state.json".formatted(step)).toFile());
  }

  /** The best checkpoint has the best figure of the history's. */
  @ParameterizedTest
  @CsvSource({
    "accuracy, true",
    "loss, false",
    "silhouette, true",
    "tar_at_far_1e-2, true",
    "equal_error_rate, false",
    "recall_at_1, true",
    "map_at_r, true"
  })
  void theFigureChoosesTheBest(String figure, boolean higher) throws IOException {
    String told =
        progress(
            () -> assertEquals(0, train("run", "--best-by", figure, "--epochs", "4"), () -> err));
    assertTrue(figure.equals("accuracy") || told.contains(", " + figure + " "), told);
    List<String> lines = history("run");
    assertTrue(lines.get(0).endsWith("validation_" + figure), lines.get(0));
    double best = Double.NaN;
    int bestStep = 0;
    for (int step = 1; step < lines.size(); step++) {
      String cell = lines.get(step).substring(lines.get(step).lastIndexOf(',') + 1);
      if (!cell.isEmpty()) {
        double value = Double.parseDouble(cell);
        if (bestStep == 0 || (higher ? value >= best : value <= best)) {
          best = value;
          bestStep = step;
        }
      }
    }
    JsonNode state = state("run", lines.size() - 1);
    assertEquals(bestStep, state.get("bestStep").asInt());
    assertEquals(best, state.get("bestFigure").asDouble(), 1e-6);
  }

  /** A rate of nearly nothing: no epoch is better than the first. */
  @Test
  void stopsAndIsFinishedAndGoesOnWithMorePatience() throws IOException {
    String[] options = {"--lr", "1e-12", "--best-by", "loss", "--epochs", "9"};
    List<String> few = new ArrayList<>(List.of(options));
    few.addAll(List.of("--patience", "2", "--json"));
    String told =
        progress(() -> assertEquals(0, train("run", few.toArray(String[]::new)), () -> err));
    JsonNode result = JSON.readTree(out);
    assertTrue(result.get("finished").asBoolean());
    int steps = result.get("steps").asInt();
    assertTrue(steps < 36 && steps % 4 == 0, out);
    assertTrue(told.contains("stopped after step " + steps + " of 36: no better validation loss"));
    assertTrue(Files.exists(dir.resolve("run/metrics.json")));
    assertEquals(0, run("evaluate", dir.resolve("run").toString()), () -> err);

    // Resumed as it is, there is nothing to do; with more patience it goes on.
    String again = progress(() -> assertEquals(0, train("run", "--resume", "--json"), () -> err));
    assertTrue(again.contains("step " + steps + " of 36"), again);
    assertEquals(steps, JSON.readTree(out).get("steps").asInt());
    assertEquals(0, train("run", "--resume", "--patience", "100", "--json"), () -> err);
    assertEquals(36, JSON.readTree(out).get("steps").asInt());
    assertEquals(0, train("whole", options), () -> err);
    assertEquals(history("whole"), history("run"));
  }

  /** A run of a version without these options goes on, by accuracy. */
  @Test
  void olderRunsGoOn() throws IOException {
    assertEquals(0, train("run", "--epochs", "2"), () -> err);
    Path config = dir.resolve("run/config.json");
    ObjectNode record = (ObjectNode) JSON.readTree(config.toFile());
    ((ObjectNode) record.at("/options/loop")).remove(List.of("best_by", "patience"));
    JSON.writeValue(config.toFile(), record);
    Path state = dir.resolve("run/checkpoints/step-00000008/state.json");
    ObjectNode old = (ObjectNode) JSON.readTree(state.toFile());
    old.set("bestAccuracy", old.remove("bestFigure"));
    old.remove("improvedStep");
    JSON.writeValue(state.toFile(), old);
    assertEquals(0, train("run", "--resume", "--epochs", "3"), () -> err);
    assertEquals(0, train("whole", "--epochs", "3"), () -> err);
    assertEquals(history("whole").subList(9, 13), history("run").subList(9, 13));
    assertTrue(JSON.readTree(config.toFile()).at("/options/loop").has("best_by"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--best-by accurcy | did you mean accuracy?",
        "--best-by f1 | one of accuracy, loss",
        "--patience 0 | patience: expected at least 1 epoch",
        "--patience 2.5 | patience",
        "--patience 3 --validation 0 | patience: expected validation samples",
        "--best-by loss --validation 0 | best by: expected validation samples",
        "--best-by tar_at_far_1e-4 | needs a pair of one class and 10,000 pairs of two classes",
        "--best-by silhouette --validation 0.02 | validation samples",
      })
  void refusesInOneLine(String options, String part) {
    assertEquals(2, train("run", options.split(" ")), () -> out + err);
    assertEquals(1, err.strip().lines().count(), err);
    assertTrue(err.contains(part), err);
    assertFalse(Files.exists(dir.resolve("run")));
  }

  @Test
  void resumedItKeepsItsFigure() {
    assertEquals(0, train("run", "--epochs", "1", "--best-by", "loss"), () -> err);
    assertEquals(2, train("run", "--resume", "--best-by", "accuracy"));
    assertTrue(err.contains("expected --best-by loss"), err);
  }
}
