package org.marginsoftmax.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.marginsoftmax.head.Heads;

/** {@code bench} on what takes no time. */
class BenchCommandTest extends CommandTest {
  private static final String SMALL =
      "bench head --classes 23 --dim 5 --batch 7 --turns 3 --steps 2 --threads 1";

  private static JsonNode json(String command) throws IOException {
    assertEquals(0, run((command + " --json").split(" ")), () -> command + ": " + err);
    return new ObjectMapper().readTree(out);
  }

  @ParameterizedTest
  @MethodSource("heads")
  void everyHeadIsMeasured(String head) throws IOException {
    for (int shards : new int[] {1, 4}) {
      JsonNode found = json(SMALL + " --head " + head + " --shards " + shards);
      assertEquals(head, found.get("head").asText());
      assertEquals(shards, found.get("shards").asInt());
      assertTrue(found.get("step_ms").asDouble() > 0, found::toString);
    }
  }

  static List<String> heads() {
    return Heads.names();
  }

  @ParameterizedTest
  @CsvSource({"arcface, 1", "subcenter-arcface --subcenters 3, 3", "soft-triple --subcenters 2, 2"})
  void countsWhatIsDone(String head, int subcenters) throws IOException {
    JsonNode found = json(SMALL + " --head " + head);
    assertEquals(subcenters, found.get("subcenters").asInt());
    double numbers = 23.0 * 5 * subcenters;
    double second = found.get("step_ms").asDouble() / 1e3;
    assertEquals(6 * 7 * numbers, found.get("flops_per_second").asDouble() * second, 1e-6);
    // Centers, momentum and gradient, read and written, of four bytes.
    assertEquals(3 * 2 * 4 * numbers, found.get("bytes_per_second").asDouble() * second, 1e-6);
    assertEquals(4 * numbers, found.get("centers_bytes").asDouble());
    assertTrue(
        found.get("peak_bytes").isNull() || found.get("peak_bytes").asLong() > 50 << 20,
        found::toString);
    for (String figure : List.of("step_ms", "matmul_ms", "ratio")) {
      assertInRange(found, figure);
    }
  }

  /** Work is counted for the classes that a step has. */
  @Test
  void aSampleOfTheClassesIsMeasured() throws IOException {
    JsonNode found = json(SMALL + " --head cosface --partial-fc 0.5");
    assertEquals(0.5, found.get("partial_fc").asDouble());
    double second = found.get("step_ms").asDouble() / 1e3;
    assertEquals(6 * 7 * 23.0 * 5 * 0.5, found.get("flops_per_second").asDouble() * second, 1e-6);
    assertEquals(2, run((SMALL + " --head cosface --partial-fc 1.5").split(" ")));
    assertTrue(err.contains("above 0, up to 1, found 1.5"), err);
  }

  @Test
  void saysTheSameInWords() {
    assertEquals(0, run((SMALL + " --head circle --margin 0.3 --shards 2").split(" ")), () -> err);
    String time = "\\d+\\.\\d\\d \\(\\d+\\.\\d\\d\\.\\.\\d+\\.\\d\\d\\) ms";
    String words =
        "circle, N 7, D 5, C 23, float32: step "
            + time
            + ", three products "
            + time
            + ", ratio \\S+ \\(\\S+\\)\n23 centres, shards 2, threads \\d+: \\S+ GFLOP/s, \\S+ GB/s"
            + "(, at most \\S+ GB of memory, \\S+ times the centres)?\n";
    assertTrue(said().matches(words), out);
  }

  @ParameterizedTest
  @CsvSource({
    "--classes 1, classes: expected 2..100000000",
    "--dim 0, dim: expected 1..65536",
    "--batch 0, batch: expected 1..65536",
    "--turns 0, turns: expected 1..1000",
    "--steps 0, steps: expected 1..100000",
    "--shards 0, shards: expected 1..10000",
    "--shards 10001, shards: expected 1..10000",
    "--threads 0, threads: expected 1..4096",
    "--head arcfase, head: expected",
    "--head softmax --margin 1, softmax",
  })
  void refuses(String options, String said) {
    assertEquals(2, run(("bench head " + options).split(" ")));
    assertTrue(err.contains(said), err);
    assertEquals(1, err.lines().count(), err);
  }

  @Test
  void refusesWhatDoesNotFitAndSaysWhatWould() {
    assertEquals(2, run("bench", "head", "--classes", "100000000", "--dim", "65536"));
    assertTrue(
        err.matches(
            "margin-softmax: memory: expected \\d+\\.\\d GB for 100,000,000 centers of size 65,536 .*"
                + "; at most \\d+ --classes fit\\s+"),
        err);
    int fits = Integer.parseInt(err.replaceAll("(?s).*at most (\\d+) --classes.*", "$1"));
    assertTrue(fits > 1000 && fits < 10_000_000, err);
    assertEquals(
        2,
        run(
            "bench",
            "head",
            "--classes",
            "10000",
            "--dim",
            "8",
            "--batch",
            "65536",
            "--subcenters",
            "100"));
    assertTrue(err.contains(" --classes fit"), err);
  }

  @ParameterizedTest
  @CsvSource({
    "--synthetic 9 --image-size 16, 16, small-cnn, 9",
    "--synthetic 9 --image-size 16 --accumulate 3, 48, small-cnn, 9",
    "--synthetic 9 --image-size 16 --backbone iresnet-18 --embedding 8, 16, iresnet-18, 9",
    "--synthetic 9 --head adacos --shards 4, 16, small-cnn, 9",
    "--synthetic 200 --partial-fc 0.5 --optimizer sgd, 16, small-cnn, 200",
    "--synthetic 9 --image-color grey --ema 0.9, 16, small-cnn, 9",
    "--limit 100 --augment mixup:1:0.4, 16, small-cnn, 10",
    "--limit 100 --sampler hard-classes --classes-per-batch 4, 16, small-cnn, 10",
    "--limit 100 --from-keras saved-models/softmax-0-4/model --classes 0-4, 16, keras, 5",
  })
  void aTrainingStepIsMeasured(String options, int samples, String backbone, int classes)
      throws IOException {
    JsonNode found = json("bench train --batch-size 16 --turns 3 --times 1 " + options);
    assertEquals(samples, found.get("samples").asInt());
    assertEquals(backbone, found.get("backbone").asText());
    assertEquals(classes, found.get("classes").asInt());
    double second = found.get("step_ms").asDouble() / 1e3;
    assertEquals(samples, found.get("samples_per_second").asDouble() * second, 1e-9);
    for (String figure : List.of("step_ms", "backbone_ms", "ratio")) {
      assertInRange(found, figure);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "saved-models/softmax-0-4/model, 7, output_0",
    "saved-models/two-inputs/model, 7, output_0",
  })
  void anEmbeddingIsMeasured(String model, int batch, String output) throws IOException {
    JsonNode found = json("bench embed " + model + " --batch 7 --turns 3 --steps 1 --trust");
    assertEquals(batch, found.get("batch").asInt());
    assertTrue(found.get("output").asText().startsWith(output), found::toString);
    double second = found.get("embed_ms").asDouble() / 1e3;
    assertEquals(batch, found.get("samples_per_second").asDouble() * second, 1e-9);
    for (String figure : List.of("embed_ms", "session_ms", "ratio")) {
      assertInRange(found, figure);
    }
  }

  @Test
  void trainingAndEmbeddingAreSaidInWords() {
    String time = "\\S+ \\(\\S+\\.\\.\\S+\\) ms";
    String rest = ", ratio \\S+ \\(\\S+\\)\n\\d+ samples a second, .*threads \\d+.*\n";
    assertEquals(
        0,
        run("bench train --synthetic 5 --batch-size 8 --turns 2 --times 1".split(" ")),
        () -> err);
    assertTrue(
        said()
            .matches(
                "small-cnn, arcface, D 128, C 5: step of 8 samples "
                    + time
                    + ", backbone "
                    + time
                    + rest),
        out);
    String model = "saved-models/softmax-0-4/model";
    assertEquals(0, run("bench", "embed", model, "--turns", "2", "--steps", "1"), () -> err);
    assertTrue(
        said()
            .matches(
                "output_0, float32 \\[\\?, 64\\] of serving_default: batch of 128 "
                    + time
                    + ", session "
                    + time
                    + rest),
        out);
  }

  @ParameterizedTest
  @CsvSource({
    "train --synthetic 1, synthetic: expected 2..100000000",
    "train --synthetic 5 --times 0, times: expected 1..100000",
    "train --synthetic 5 --turns 0, turns: expected 1..1000",
    "train --synthetic 5 --backbone xvector, expected samples of arrays",
    "train --synthetic 5 --from-keras saved-models/softmax-0-4/model, synthetic: expected",
    "train --data nowhere, nowhere",
    "embed nowhere, nowhere",
    "embed saved-models/softmax-0-4/model --batch 0, batch: expected 1..65536",
    "embed saved-models/softmax-0-4/model --output-name x, an output x",
  })
  void refusesWhatCannotBeMeasured(String command, String said) {
    assertEquals(2, run(("bench " + command).split(" ")), () -> out);
    assertTrue(err.contains(said), err);
    assertEquals(1, err.lines().count(), err);
  }

  private static String said() {
    return out.replace(System.lineSeparator(), "\n");
  }

  private static void assertInRange(JsonNode found, String figure) {
    List<Double> all = new ArrayList<>();
    found.get(figure + "_range").forEach(end -> all.add(end.asDouble()));
    all.add(1, found.get(figure).asDouble());
    assertEquals(all.stream().sorted().toList(), all, figure);
  }

  @Test
  void saysWhatToMeasure() {
    assertEquals(2, run("bench"));
    assertTrue(err.contains("say bench head, bench train or bench embed"), err);
  }
}
