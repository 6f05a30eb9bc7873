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
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.marginsoftmax.head.Heads;
import org.marginsoftmax.npy.NpyFile;

/** {@code plan}, in words and as JSON. */
class PlanCommandTest extends CommandTest {
  private static final String HUNDRED_MILLION =
      "plan --classes 100000000 --dim 512 --batch 4096 --machines 16 --memory 64 --bandwidth 10";

  @TempDir Path dir;

  private static JsonNode json(String command) throws IOException {
    assertEquals(0, run((command + " --json").split(" ")), () -> command + ": " + err);
    return new ObjectMapper().readTree(out);
  }

  /** The cells of the table by the label of their row. */
  private static Map<String, List<String>> table(String command) {
    assertEquals(0, run(command.split(" ")), () -> command + ": " + err);
    Map<String, List<String>> rows = new HashMap<>();
    out.lines()
        .filter(line -> line.length() > 28 && line.startsWith(" ", 27))
        .forEach(
            line ->
                rows.put(
                    line.substring(0, 28).strip(),
                    List.of(line.substring(28).strip().split("\\s{2,}"))));
    return rows;
  }

  @Test
  void saysTheSameInWordsAndAsJson() throws IOException {
    JsonNode plan = json(HUNDRED_MILLION);
    Map<String, List<String>> rows = table(HUNDRED_MILLION);
    for (int i = 0; i < 3; i++) {
      JsonNode step = plan.get("steps").get(i);
      int column = i;
      Map<String, String> cells = new HashMap<>();
      rows.forEach((label, values) -> cells.put(label, values.get(column)));
      assertEquals(step.get("partial_fc").asText(), cells.get("partial FC"));
      assertEquals(said("%,.0f", step, "classes_per_step", 1), cells.get("classes a step"));
      assertEquals(said("%,.0f", step, "shards", 1), cells.get("shards"));
      assertEquals(said("%,.2f", step, "memory_bytes", 1e-9), cells.get("memory a machine, GB"));
      assertEquals(said("%,.2f", step, "chief_bytes", 1e-9), cells.get("chief, GB"));
      assertEquals(
          said("%,.2f", step, "evaluation_bytes", 1e-9), cells.get("evaluation, export, GB"));
      assertEquals(said("%,.2f", step, "wire_bytes", 1e-6), cells.get("bytes sent a step, MB"));
      assertEquals(said("%,.4f", step, "compute_seconds", 1), cells.get("computing, s"));
      assertEquals(said("%,.4f", step, "wire_seconds", 1), cells.get("sending, s"));
      assertEquals(said("%,.4f", step, "step_seconds", 1), cells.get("step, s"));
      assertEquals(
          step.get("fits").asBoolean(), cells.get("fits while training").startsWith("yes"));
      for (Map.Entry<String, JsonNode> part : step.get("memory_parts_mb").properties()) {
        if (cells.containsKey(part.getKey())) {
          assertEquals(
              said("%,.2f", step.get("memory_parts_mb"), part.getKey(), (1 << 20) / 1e9),
              cells.get(part.getKey()));
        } else {
          assertEquals(0, part.getValue().asLong());
        }
      }
    }
    assertFalse(plan.get("steps").get(0).get("fits").asBoolean());
    assertTrue(plan.get("steps").get(2).get("fits").asBoolean());
    assertTrue(out.contains("two cores with AVX2"), out);
  }

  private static String said(String form, JsonNode step, String name, double unit) {
    return String.format(Locale.ROOT, form, step.get(name).asDouble() * unit);
  }

  /** The options that are said to make it fit do, given with the others. */
  @Test
  void whatIsSaidToFitFits() {
    assertEquals(0, run(HUNDRED_MILLION.split(" ")), () -> err);
    Matcher line = Pattern.compile("partial FC (\\S+) would fit with (.*)").matcher(out);
    List<String> calls = new ArrayList<>();
    while (line.find()) {
      for (String options : line.group(2).split(", or ")) {
        boolean other = options.startsWith("--partial-fc");
        String rate = other ? options.split(" ")[1] : line.group(1);
        // An option given twice is refused.
        String name = options.split(" ")[0];
        String rest = HUNDRED_MILLION.replaceAll(name + " \\S+ ?", "");
        calls.add(rest + " " + options + (other ? "" : " --partial-fc " + rate));
      }
    }
    assertTrue(calls.size() > 5, calls::toString);
    for (String call : calls) {
      List<String> verdicts = table(call).get("fits while training");
      assertTrue(verdicts.get(verdicts.size() - 1).startsWith("yes"), () -> call + "\n" + out);
    }
  }

  /** On one machine memory is what {@code check} expects of the same training. */
  @Test
  void oneMachineTakesWhatCheckExpects() throws IOException {
    int n = 6000;
    double[] labels = new double[n];
    float[] features = new float[n * 64];
    for (int i = 0; i < n; i++) {
      labels[i] = i / 2;
      features[i * 64 + i % 64] = 1;
    }
    NpyFile.write(dir.resolve("features.npy"), features, n, 64);
    NpyFile.write(dir.resolve("labels.npy"), NpyFile.Type.INT64, labels, n);
    for (String options :
        List.of("", " --head subcenter-arcface --optimizer sgd", " --partial-fc 0.1 --ema 0.9")) {
      ObjectNode checked =
          (ObjectNode)
              json("check --backbone none --data-threads 8 --test-share 0 --batch-size 64 --data "
                      + dir
                      + options)
                  .get("memory_parts_mb");
      JsonNode steps =
          json("plan --classes 3000 --dim 64 --batch 64 --memory 8" + options).get("steps");
      ObjectNode planned =
          (ObjectNode) steps.get(options.contains("--partial-fc") ? 1 : 0).get("memory_parts_mb");
      // What this process has already is not what another machine's has.
      checked.remove(List.of("process", "evaluation", "preparation"));
      planned.remove("process");
      assertEquals(checked, planned);
    }
  }

  @Test
  void costsOfOtherMachinesAreTaken() throws IOException {
    Path file = dir.resolve("model.json");
    Files.writeString(
        file,
        "{\"a\": 2, \"b\": 0, \"f\": 1e-9, \"c\": 0, \"l\": 0, \"processor\": \"8 threads of X\"}");
    String call = "plan --classes 1000 --dim 10 --batch 10 --memory 1 --partial-fc 1";
    JsonNode plan = json(call + " --step-cost " + file);
    assertEquals(
        2e-3 + 6 * 1e5 * 1e-12, plan.get("steps").get(0).get("step_seconds").asDouble(), 1e-12);
    assertEquals("8 threads of X", plan.get("step_cost").get("processor").asText());
    assertEquals(1e-9, json(call + " --gflops 1000").get("step_cost").get("f").asDouble(), 1e-15);
  }

  @Test
  void bytesFollowWhatIsSent() throws IOException {
    String call = "plan --classes 10000 --dim 32 --batch 16 --machines 4 --memory 8 --bandwidth 1";
    long number = 16 * 32;
    assertEquals(4 * number * (8 + 3), wireBytes(call, 0));
    assertEquals(4 * number * (8 + 3) + 4 * 3000, wireBytes(call, 1));
    assertEquals(4 * number * (4 + 3), wireBytes(call + " --compress", 0));
    assertEquals(4 * number * (4 + 3), wireBytes(call + " --frozen-features", 0));
    String subcenters = " --head subcenter-arcface --subcenters 2";
    assertEquals(4 * number * (8 + 6), wireBytes(call + subcenters, 0));
  }

  private static long wireBytes(String call, int step) throws IOException {
    JsonNode found = json(call).get("steps").get(step);
    assertEquals(
        found.get("wire_bytes").asLong() * 8e-9, found.get("wire_seconds").asDouble(), 1e-12);
    return found.get("wire_bytes").asLong();
  }

  /** Whatever its options, without a number for each of so many classes. */
  @ParameterizedTest
  @MethodSource("heads")
  void everyHeadIsPlanned(String head) throws IOException {
    JsonNode plan = json("plan --classes 2000000000 --machines 5000 --memory 64 --head " + head);
    assertEquals(head, plan.get("head").asText());
    assertTrue(plan.get("steps").get(0).get("memory_bytes").asLong() > 0);
  }

  static List<String> heads() {
    return Heads.names();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--memory 8 | expected --classes C, found none",
        "--classes 1000 | expected --memory GB, found none",
        "--classes 1 --memory 8 | classes: expected 2..2000000000, found 1",
        "--classes 3e9 --memory 8 | classes: expected a whole number, found '3e9'",
        "--classes 10 --memory 8 --machines 11 | machines: expected 1..10, found 11",
        "--classes 100000 --memory 8 --machines 20000 | machines: expected 1..10000, found 20000",
        "--classes 1000 --memory 8 --machines 4 --shards 3 | shards: expected 4..1000, found 3",
        "--classes 1000 --memory 0 | memory: expected a number of GB a machine above 0",
        "--classes 1000 --memory NaN | found NaN; say --memory 64",
        "--classes 1000 --memory 8 --bandwidth -1 | found -1.0; say --bandwidth 10",
        "--classes 1000 --memory 8 --batch 1 | batch: expected 2..1000000, found 1",
        "--classes 1000 --memory 8 --dim 0 | dim: expected 1..65536, found 0",
        "--classes 1000 --memory 8 --partial-fc 0.1,2 | expected a share of the classes above 0",
        "--classes 1000 --memory 8 --partial-fc half | expected a number, found 'half'",
        "--classes 1000 --memory 8 --precision int8 | precision: expected one of float32, bfloat16",
        "--classes 1000 --memory 8 --optimizer lion | optimizer: expected one of sgd, adam, adamw",
        "--classes 1000 --memory 8 --gflops 0 | gflops: expected a number of GFLOP/s above 0",
        "--classes 1000 --memory 8 --step-cost nowhere.json | found no such file",
        "--classes 1000 --memory 8 --step-cost pom.xml | found something else",
        "--classes 1000 --memory 8 --step-cost pom.xml --gflops 5 | a file or --gflops, found both"
      })
  void whatCannotBePlannedIsRefused(String options, String part) {
    assertEquals(2, run(("plan " + options).split(" ")), out);
    assertEquals(1, err.lines().count(), err);
    assertTrue(err.startsWith("margin-softmax: ") && err.contains(part), err);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"a\": 1} | found no b",
        "[1] | found no a",
        "'' | found no a",
        "{\"a\": | found something else",
        "{\"a\": 1, \"b\": 1, \"f\": \"x\", \"c\": 1, \"l\": 1} | found f \"x\"",
        "{\"a\": 1, \"b\": -1, \"f\": 1, \"c\": 1, \"l\": 1} | at least 0, found -1.0",
        "{\"a\": 0, \"b\": 0, \"f\": 0, \"c\": 0, \"l\": 0} | one cost above 0, found none"
      })
  void costsThatAreNoneAreRefused(String content, String part) throws IOException {
    Path file = dir.resolve("cost.json");
    Files.writeString(file, content);
    String[] call = ("plan --classes 1000 --memory 8 --step-cost " + file).split(" ");
    assertEquals(2, run(call), out);
    assertEquals(1, err.lines().count(), err);
    assertTrue(err.contains(part), err);
  }
}
