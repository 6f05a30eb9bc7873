package org.marginsoftmax.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.eval.ClassCenters;
import org.marginsoftmax.eval.Difference;
import org.marginsoftmax.eval.Embeddings;
import org.marginsoftmax.eval.Evaluation;
import org.marginsoftmax.eval.Figure;
import org.marginsoftmax.eval.Verdict;
import org.marginsoftmax.source.Idx;

/** Runs compared with each other: one trained well, one hardly, one on other classes. */
class CompareTest {
  private static final PrintStream QUIET = new PrintStream(OutputStream.nullOutputStream());

  @TempDir static Path dir;
  private static Path good;
  private static Path poor;
  private static Path others;

  @BeforeAll
  static void train() throws IOException {
    Path data = Files.createDirectory(dir.resolve("data"));
    Idx.folder(data, 10, 8, 20);
    good = trained("good", data, Map.of(), 4);
    poor = trained("poor", data, Map.of("optimizer.learning_rate", 1e-6), 1);
    others = trained("others", data, Map.of("data.classes", "0-4"), 1);
  }

  private static Path trained(String name, Path data, Map<String, Object> options, int epochs) {
    Path out = dir.resolve(name);
    TrainConfig usual = TrainConfig.usual();
    TrainConfig config =
        new TrainConfig(
                DataConfig.fashionMnist()
                    .with(Map.of("source", data.toString(), "validation", 0.1)),
                usual.head(),
                usual.schedule(),
                new BackboneConfig("small-cnn", 8),
                usual.optimizer(),
                Loops.of(epochs, null, 20, 2),
                KerasConfig.none())
            .with(options);
    Train.run(config, new RunFolder(out), false, StopSignal.onRequest(), QUIET);
    return out;
  }

  private static Comparison compared(Path... paths) {
    return Compare.run(new CompareConfig(List.of(paths), null, null, null, 400, null), QUIET);
  }

  private static Map<Figure, Difference> differences(Comparison comparison, int run) {
    return comparison.runs().get(run).differences().stream()
        .collect(Collectors.toMap(Difference::figure, d -> d));
  }

  /**
   * Equal runs differ by nothing at all, in every figure, and the figures are those of evaluate.
   */
  @Test
  void aRunDoesNotDifferFromItself() {
    Comparison comparison = compared(good, good);
    Evaluation alone =
        Evaluate.run(EvaluateConfig.of(good).withReplicates(400), QUIET).evaluation();
    assertEquals(alone, comparison.runs().get(0).metrics());
    assertEquals(alone, comparison.runs().get(1).metrics());
    assertEquals(alone.metrics().size(), comparison.runs().get(1).differences().size());
    for (Difference d : comparison.runs().get(1).differences()) {
      boolean defined = alone.value(d.figure().key()).isPresent();
      assertEquals(defined ? 0 : -1, d.value().orElse(-1), d.figure().key());
      assertEquals(
          defined ? Verdict.NO_DIFFERENCE_SHOWN : Verdict.UNDEFINED, d.verdict(), d.figure().key());
    }
    assertEquals(null, comparison.runs().get(0).differences());
  }

  /** The same differences the other way round, and the run that has learnt nothing is worse. */
  @Test
  void aPoorRunIsWorse() {
    Map<Figure, Difference> down = differences(compared(good, poor), 1);
    Map<Figure, Difference> up = differences(compared(poor, good), 1);
    Set<Figure> worse = EnumSet.noneOf(Figure.class);
    for (Difference d : down.values()) {
      Difference back = up.get(d.figure());
      assertEquals(d.value().orElse(0), -back.value().orElse(0), 0, d.figure().key());
      if (d.verdict() == Verdict.WORSE) {
        worse.add(d.figure());
      }
      assertEquals(d.verdict() == Verdict.WORSE, back.verdict() == Verdict.BETTER);
    }
    assertTrue(
        worse.contains(Figure.ACCURACY) && worse.contains(Figure.MEAN_ANGLE_WITHIN_CLASS),
        "" + worse);
  }

  /** A run that knows other classes has no figures that need centres, and it is said. */
  @Test
  void otherClassesHaveNoClosedSet() {
    Comparison comparison = compared(good, others, good.resolve("model"));
    for (int run : new int[] {1, 2}) {
      ComparedRun compared = comparison.runs().get(run);
      assertEquals(
          Arrays.stream(Figure.values())
              .filter(f -> f.kind() == Figure.Kind.CLOSED_SET || f.key().endsWith("_center"))
              .collect(Collectors.toSet()),
          compared.differences().stream()
              .filter(d -> d.verdict() == Verdict.UNDEFINED)
              .map(Difference::figure)
              .filter(f -> f.kind() == Figure.Kind.CLOSED_SET || f.key().endsWith("_center"))
              .collect(Collectors.toSet()));
      assertTrue(compared.notes().get(0).contains("class centres"), "" + compared.notes());
    }
    // The exported model embeds as the run does.
    Map<Figure, Difference> model = differences(comparison, 2);
    assertEquals(0, model.get(Figure.MAP_AT_R).value().orElseThrow(), 1e-3);
    assertEquals(0, model.get(Figure.MEAN_ANGLE_WITHIN_CLASS).value().orElseThrow(), 1e-2);
    assertEquals(10, comparison.classes());
  }

  /** Classes in another order are the same classes: the centers follow. */
  @Test
  void classesAreMatchedByName() throws IOException {
    Comparison some =
        Compare.run(new CompareConfig(List.of(others, good), null, null, null, 0, null), QUIET);
    assertEquals(5, some.classes());
    assertTrue(some.runs().get(0).metrics().value("accuracy").isPresent());
    assertTrue(some.runs().get(1).metrics().value("accuracy").isEmpty());
    assertTrue(some.chance().contains("none is judged"), some.chance());
    float[][] rows = {{1, 0}, {2, 0}, {3, 0}, {4, 0}, {0, 5}, {0, 6}};
    ReorderedCenters centers =
        ReorderedCenters.of(
            ClassCenters.of(rows, 2), List.of("a", "b", "c"), List.of("c", "a", "b"));
    assertEquals(5, centers.rows(new int[] {0})[0][1]);
    assertEquals(2, centers.rows(new int[] {3})[0][0]);
    int[][] nearest =
        centers.nearest(new Embeddings(new float[][] {{0, 1}, {1, 0}}, new int[2]), done -> {});
    assertEquals(0, nearest[0][0]);
    assertEquals(1, nearest[1][0]);
  }

  @Test
  void leavesAPageAndJson() throws IOException {
    Path page = dir.resolve("compare.html");
    Comparison comparison =
        Compare.run(new CompareConfig(List.of(good, poor), null, "0-6", 50, 200, page), QUIET);
    String html = Files.readString(page);
    assertTrue(html.contains("optimizer: learning rate") && html.contains("1.0E-6"), html);
    assertFalse(html.contains("{{") || html.contains("<script"));
    JsonNode json = Json.tree(comparison);
    assertEquals(200, json.get("replicates").asInt());
    assertEquals(7, json.get("classes").asInt());
    assertFalse(json.at("/runs/0").has("differences"));
    JsonNode difference = json.at("/runs/1/differences/map_at_r");
    assertEquals(
        json.at("/runs/1/metrics/map_at_r/value").asDouble()
            - json.at("/runs/0/metrics/map_at_r/value").asDouble(),
        difference.get("difference").asDouble(),
        1e-12);
    assertTrue(difference.get("verdict").isTextual());
    JsonNode interval = json.at("/runs/1/differences/mean_angle_within_class/interval");
    assertTrue(interval.get("low").asDouble() < interval.get("high").asDouble());
    assertTrue(
        json.at("/runs/1/metrics/map_at_r/definition").asText().contains("of 50 of "),
        json.at("/runs/1/metrics/map_at_r/definition").asText());
  }

  private static void refused(CompareConfig config, String... words) {
    InvalidInputException e =
        assertThrows(InvalidInputException.class, () -> Compare.run(config, QUIET));
    assertFalse(e.getMessage().contains("\n"), e.getMessage());
    for (String word : words) {
      assertTrue(e.getMessage().contains(word), e.getMessage());
    }
  }

  @Test
  void refusesWhatCannotBeCompared() throws IOException {
    assertThrows(
        InvalidInputException.class,
        () -> new CompareConfig(List.of(good), null, null, null, null, null));
    refused(
        new CompareConfig(List.of(good, dir.resolve("none")), null, null, null, null, null),
        "no config.json",
        "none");
    refused(
        new CompareConfig(List.of(good, poor), null, null, null, null, dir.resolve("no/a.html")),
        "page",
        "no such folder");
    refused(new CompareConfig(List.of(good, poor), null, null, 1, null, null), "pair samples");
    refused(new CompareConfig(List.of(good, poor), null, null, null, 5, null), "bootstrap");
    refused(
        new CompareConfig(List.of(good, poor), dir.resolve("gone").toString(), null, null, 0, null),
        "gone");
    Path large = Files.createDirectory(dir.resolve("large"));
    Idx.folder(large, 10, 4, 4, 28);
    refused(
        new CompareConfig(List.of(good, poor), large.toString(), null, null, 0, null),
        "compare ",
        "as it was trained on",
        "28x28");
  }
}
