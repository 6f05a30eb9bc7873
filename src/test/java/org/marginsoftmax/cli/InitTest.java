package org.marginsoftmax.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.marginsoftmax.data.Folders;
import org.marginsoftmax.npy.Npz;
import org.marginsoftmax.source.Idx;
import org.marginsoftmax.train.Saved;

/** {@code --init RUN}: new classes added to a trained network. */
class InitTest extends CommandTest {
  @TempDir Path dir;
  private Path data;

  @BeforeEach
  void setUp() throws IOException {
    data = Idx.folder(dir.resolve("data"), 6, 20, 5);
  }

  private int train(String run, String... given) {
    List<String> args = new ArrayList<>();
    args.addAll(
        List.of(
            "train",
            "--data",
            data.toString(),
            "--out",
            at(run),
            "--batch-size",
            "16",
            "--device",
            "cpu",
            "--threads",
            "1",
            "--validation",
            "0"));
    args.addAll(List.of(given));
    return run(args.toArray(String[]::new));
  }

  private String at(String name) {
    return dir.resolve(name).toString();
  }

  /** Values after the last step of a run. */
  private float[] value(String run, long step, String key) {
    return Saved.value(
        dir.resolve(run).resolve("checkpoints/step-%08d/variables".formatted(step)), key);
  }

  private void trained(String... more) {
    List<String> options =
        new ArrayList<>(List.of("--classes", "1,3,4", "--embedding", "8", "--epochs", "2"));
    options.addAll(List.of(more));
    assertEquals(0, train("old", options.toArray(String[]::new)), () -> err);
  }

  private static float[] rows(float[] matrix, int from, int count, int width) {
    return Arrays.copyOfRange(matrix, from * width, (from + count) * width);
  }

  /** Classes 1, 3 and 4 are known, 0, 2 and 5 are new; the rate moves nothing to speak of. */
  @ParameterizedTest
  @CsvSource({"1, arcface", "2, cosface"})
  void startsFromBackboneAndCenters(int subcenters, String head) throws IOException {
    trained("--subcenters", String.valueOf(subcenters), "--ema", "0.9");
    String[] options = {
      "--init",
      at("old"),
      "--head",
      head,
      "--subcenters",
      String.valueOf(subcenters),
      "--optimizer",
      "sgd",
      "--lr",
      "1e-12",
      "--momentum",
      "0",
      "--steps",
      "1"
    };
    String told = progress(() -> assertEquals(0, train("new", options), () -> err));
    assertTrue(told.contains("the centres of 3 of 6 classes; 3 classes are new"), told);
    long last = 6;
    assertArrayEquals(
        value("old", last, "embedding/kernel"), value("new", 1, "embedding/kernel"), 1e-6f);
    float[] old = value("old", last, "centers");
    float[] now = value("new", 1, "centers");
    assertEquals(2 * old.length, now.length);
    int[] known = {1, 3, 4};
    for (int k = 0; k < 3; k++) {
      assertArrayEquals(
          rows(old, k * subcenters, subcenters, 8),
          rows(now, known[k] * subcenters, subcenters, 8),
          1e-6f);
    }
    // What is new begins as ever.
    String[] anew = {
      "--head",
      head,
      "--subcenters",
      String.valueOf(subcenters),
      "--embedding",
      "8",
      "--optimizer",
      "sgd",
      "--lr",
      "1e-12",
      "--momentum",
      "0",
      "--steps",
      "1"
    };
    assertEquals(0, train("anew", anew), () -> err);
    float[] usual = value("anew", 1, "centers");
    for (int k : new int[] {0, 2, 5}) {
      assertArrayEquals(
          rows(usual, k * subcenters, subcenters, 8),
          rows(now, k * subcenters, subcenters, 8),
          1e-6f);
    }
  }

  /** The run keeps what it needs: resumed without the other, it is the run never stopped. */
  @Test
  void resumesWithoutTheOriginal() throws IOException {
    trained();
    String[] options = {"--init", at("old"), "--epochs", "2", "--ema", "0.9"};
    assertEquals(0, train("whole", options), () -> err);
    assertEquals(
        0, train("parts", "--init", at("old"), "--epochs", "2", "--ema", "0.9", "--steps", "3"));
    Folders.delete(dir.resolve("old"));
    assertEquals(0, train("parts", "--resume", "--epochs", "2"), () -> err);
    long last = Files.readAllLines(dir.resolve("whole/history.csv")).size() - 1;
    assertEquals(last, Files.readAllLines(dir.resolve("parts/history.csv")).size() - 1);
    assertEquals(0, run("evaluate", at("parts")), () -> err);
    // One whose start is not begun again either.
    Folders.delete(dir.resolve("parts/checkpoints"));
    Files.createDirectories(dir.resolve("parts/checkpoints"));
    Files.delete(dir.resolve("parts/history.csv"));
    assertEquals(0, train("parts", "--resume"), () -> err);
    assertArrayEquals(
        value("whole", last, "centers"),
        value("parts", last, "centers"),
        "from the copy, to the bit");
  }

  @Test
  void sweepAndCheckTakeItToo() {
    trained();
    assertEquals(0, run("check", "--data", data.toString(), "--init", at("old")), () -> err);
    assertTrue(out.contains("6"), out);
    assertEquals(
        0,
        run(
            "sweep",
            "--margins",
            "0,0.3",
            "--data",
            data.toString(),
            "--init",
            at("old"),
            "--steps",
            "1",
            "--batch-size",
            "16",
            "--out",
            at("sweep")),
        () -> err);
    assertTrue(Files.exists(dir.resolve("sweep/run-02-margin-0.3/init/config.json")));
  }

  @Test
  void pixelsAreThoseOfTheRun() throws IOException {
    trained("--pixels", "signed");
    assertEquals(0, train("new", "--init", at("old"), "--steps", "1"), () -> err);
    assertTrue(
        Files.readString(dir.resolve("new/config.json")).contains("\"pixels\" : \"signed\""));
  }

  /** Options of the backbone are taken too, those of a Keras model with the run's copy of it. */
  @ParameterizedTest
  @CsvSource({
    "0, --backbone xvector --channels 16 --pooled-channels 24 --embedding 8",
    "28, --from-keras saved-models/softmax-0-4-keras2/model --trust",
    "28, --from-keras saved-models/softmax-0-4/model --trust --layer norm3 --embedding 8",
  })
  void whatIsLeftOpenIsAsInTheRun(int size, String options) throws IOException {
    data = size == 0 ? frames() : Idx.folder(dir.resolve("sized"), 4, 20, 5, size);
    String[] all = ("--steps 1 --epochs 1 " + options).split(" ");
    assertEquals(0, train("old", all), () -> err);
    String[] again = {"--init", at("old"), "--steps", "1", "--trust"};
    assertEquals(0, train("new", again), () -> err);
    assertEquals(backbone("old"), backbone("new"));
    assertEquals(0, train("other", "--init", at("new"), "--steps", "1", "--trust"), () -> err);
    Folders.delete(dir.resolve("old"));
    Folders.delete(dir.resolve("new"));
    assertEquals(0, train("other", "--resume", "--epochs", "1"), () -> err);
    assertEquals(0, run("evaluate", at("other")), () -> err);
  }

  /** Arrays [16, 6]. */
  private Path frames() throws IOException {
    float[] numbers = new float[80 * 16 * 6];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = i * 31 % 97 / 97f;
    }
    int[] labels = IntStream.range(0, 80).map(i -> i % 4).toArray();
    return new Npz()
        .floats("features", numbers, 80, 16, 6)
        .labels("labels", labels)
        .write(dir.resolve("frames.npz"), true);
  }

  private String backbone(String run) throws IOException {
    JsonNode options = new ObjectMapper().readTree(dir.resolve(run + "/config.json").toFile());
    options = options.get("options");
    return options.get("backbone").toString() + options.at("/keras/layer") + options.get("input");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--init-head saved-models/article-keras2-tf2.18/model | expected class centres from one place, found --init besides",
        "--embedding 16 | expected features of size 8 as that run has (--embedding), found 16",
        "--subcenters 2 | expected 1 centres a class as that run has, found 2",
        "--data large | expected samples of 8x8x1 as that run has, found 12x12x1",
        "--init nowhere | found no config.json in it",
        "--pixels signed | expected pixels times 0.00392157 plus 0.00000 as that run has (--pixels)",
      })
  void refusesInOneLine(String options, String part) throws IOException {
    trained();
    Path large = Idx.folder(dir.resolve("large"), 6, 20, 5, 12);
    List<String> args = new ArrayList<>(List.of("train", "--out", at("new")));
    args.addAll(List.of(options.replace("large", large.toString()).split(" ")));
    if (!options.contains("--init ")) {
      args.addAll(List.of("--init", at("old")));
    }
    if (!options.contains("--data")) {
      args.addAll(List.of("--data", data.toString()));
    }
    assertEquals(2, run(args.toArray(String[]::new)), () -> out + err);
    assertEquals(1, err.strip().lines().count(), err);
    assertTrue(err.contains(part), err);
    assertFalse(Files.exists(dir.resolve("new")));
  }
}
