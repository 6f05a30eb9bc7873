package org.marginsoftmax.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.npy.NpyFile;
import org.marginsoftmax.run.RunFolder;
import org.marginsoftmax.run.Sweep;

/** Files of a run that were edited by hand: every key, with every kind of value, and without. */
class ConfigFileTest extends CommandTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir static Path dir;
  private static Path run;
  private static Path sweep;

  @BeforeAll
  static void train() throws IOException {
    Path data = Files.createDirectories(dir.resolve("data"));
    Random random = new Random(1);
    float[] features = new float[60 * 4];
    long[] labels = new long[60];
    for (int i = 0; i < 60; i++) {
      labels[i] = i % 3;
      for (int k = 0; k < 4; k++) {
        features[4 * i + k] = (float) (random.nextGaussian() + (k == i % 3 ? 3 : 0));
      }
    }
    NpyFile.write(data.resolve("features.npy"), features, 60, 4);
    double[] values = new double[60];
    for (int i = 0; i < 60; i++) {
      values[i] = labels[i];
    }
    NpyFile.write(data.resolve("labels.npy"), NpyFile.Type.INT64, values, 60);
    String[] options = {
      "--data", data.toString(), "--steps", "2", "--device", "cpu", "--threads", "1"
    };
    run = dir.resolve("run");
    assertEquals(0, called(options, "train", "--out", run.toString()), () -> err);
    sweep = dir.resolve("sweep");
    assertEquals(
        0, called(options, "sweep", "--margins", "0.1", "--out", sweep.toString()), () -> err);
  }

  private static int called(String[] options, String... command) {
    List<String> all = new ArrayList<>(List.of(command));
    all.addAll(List.of(options));
    return run(all.toArray(String[]::new));
  }

  /** Each edit of one place, by what it is. */
  private static Map<String, JsonNode> edits(JsonNode whole) throws IOException {
    Map<String, JsonNode> edits = new LinkedHashMap<>();
    List<String> values =
        List.of("null", "\"x\"", "\"\"", "[]", "[null]", "{}", "-1", "1e300", "true");
    for (List<String> path : paths(whole, List.of())) {
      for (String value : values) {
        JsonNode copy = whole.deepCopy();
        parent(copy, path).set(path.get(path.size() - 1), JSON.readTree(value));
        edits.put(String.join(".", path) + " " + value, copy);
      }
      JsonNode copy = whole.deepCopy();
      parent(copy, path).remove(path.get(path.size() - 1));
      edits.put(String.join(".", path) + " removed", copy);
    }
    return edits;
  }

  private static ObjectNode parent(JsonNode whole, List<String> path) {
    JsonNode node = whole;
    for (String name : path.subList(0, path.size() - 1)) {
      node = node.get(name);
    }
    return (ObjectNode) node;
  }

  private static List<List<String>> paths(JsonNode node, List<String> above) {
    List<List<String>> paths = new ArrayList<>();
    node.properties()
        .forEach(
            field -> {
              List<String> path = new ArrayList<>(above);
              path.add(field.getKey());
              paths.add(path);
              paths.addAll(paths(field.getValue(), path));
            });
    return paths;
  }

  /**
   * Each edit is refused in a line as the file is read, or is one with which commands work or say
   * in a line why not. Reading is quick; commands are called for the values alone that are most
   * likely to trouble them: those that are no longer there.
   *
   * @param read reads the file
   * @param command called with edits that can be read
   */
  private static void assertReadOrSaid(Path file, Runnable read, String... command)
      throws IOException {
    String before = Files.readString(file);
    List<String> wrong = new ArrayList<>();
    int called = 0;
    try {
      for (Map.Entry<String, JsonNode> edit : edits(JSON.readTree(before)).entrySet()) {
        Files.writeString(file, edit.getValue().toString());
        String said;
        int code = 2;
        try {
          read.run();
          boolean call = edit.getKey().matches(".* (null|\\{}|removed)");
          called += call ? 1 : 0;
          code = call ? run(command) : 0;
          said = call ? err : "";
        } catch (InvalidInputException e) {
          said = "margin-softmax: " + e.getMessage() + "\n";
        }
        boolean line =
            said.matches("margin-softmax: [^\n]*expected [^\n]*\n") && !said.contains("Exception");
        if (code != 0 && !(code == 2 && line)) {
          wrong.add(edit.getKey() + ": " + code + ", " + said);
        }
      }
    } finally {
      Files.writeString(file, before);
    }
    assertEquals(List.of(), wrong);
    assertTrue(called > 20, "few edits were read");
  }

  @Test
  void anEditedConfigurationIsReadOrRefusedInALine() throws IOException {
    RunFolder folder = new RunFolder(run);
    assertReadOrSaid(run.resolve("config.json"), folder::config, "outliers", run.toString());
  }

  /**
   * The number of steps is the first that is refused then, once options and data have been read.
   */
  @Test
  void aRunIsResumedOrNotInALine() throws IOException {
    RunFolder folder = new RunFolder(run);
    String[] command = {"train", "--resume", "--out", run.toString(), "--batch-size", "1000"};
    assertReadOrSaid(run.resolve("config.json"), folder::config, command);
  }

  @Test
  void aSweepToo() throws IOException {
    RunFolder folder = new RunFolder(sweep);
    String[] command = {"sweep", "--resume", "--out", sweep.toString(), "--margins", "0.2,0.2"};
    assertReadOrSaid(sweep.resolve("sweep.config.json"), () -> Sweep.config(folder), command);
  }

  @Test
  void whatAnOlderVersionDidNotWriteHasItsDefault() throws IOException {
    Path file = run.resolve("config.json");
    String before = Files.readString(file);
    try {
      ObjectNode config = (ObjectNode) JSON.readTree(before);
      ((ObjectNode) config.get("options")).remove("keras");
      ((ObjectNode) config.at("/options/loop")).remove("alarm_after");
      Files.writeString(file, config.toString());
      assertEquals(0, run("evaluate", run.toString()), () -> err);
    } finally {
      Files.writeString(file, before);
    }
  }
}
