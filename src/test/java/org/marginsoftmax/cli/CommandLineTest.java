package org.marginsoftmax.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.marginsoftmax.head.Heads;
import org.marginsoftmax.npy.NpyFile;
import org.marginsoftmax.source.Idx;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/** What a user types and what comes back. */
class CommandLineTest extends CommandTest {
  @TempDir Path dir;
  private Path data;

  @BeforeEach
  void setUp() throws IOException {
    data = Idx.folder(dir.resolve("data"), 4, 40, 10);
  }

  private int train(String... options) {
    List<String> args = new ArrayList<>(List.of("train"));
    String[][] usual = {
      {"--data", data.toString()},
      {"--epochs", "1"},
      {"--batch-size", "16"},
      {"--embedding", "8"},
      {"--device", "cpu"}
    };
    for (String[] option : usual) {
      if (!List.of(options).contains(option[0])) {
        args.addAll(List.of(option));
      }
    }
    args.addAll(List.of(options));
    return run(args.toArray(String[]::new));
  }

  @Test
  void trainsEvaluatesAndAnswersInJson() throws IOException {
    Path run = dir.resolve("run");
    assertEquals(0, train("--out", run.toString(), "--json"), () -> err);
    JsonNode trained = new ObjectMapper().readTree(out);
    assertTrue(trained.get("finished").asBoolean());
    assertEquals(9, trained.get("steps").asInt());
    assertEquals(0, run("evaluate", run.toString(), "--json"), () -> err);
    JsonNode evaluated = new ObjectMapper().readTree(out);
    assertEquals(
        trained.at("/metrics/accuracy/value").asDouble(),
        evaluated.at("/accuracy/value").asDouble(),
        1e-6);
    assertEquals(0, run("evaluate", run.toString()), () -> err);
    assertTrue(out.contains("smallest_angle_between_centers"), out);
    assertEquals(0, train("--out", run.toString(), "--resume", "--epochs", "2"), () -> err);
    assertTrue(out.contains("report.html"), out);
  }

  @Test
  void everyOptionReachesTheRun() throws IOException {
    Path run = dir.resolve("run");
    assertEquals(
        0,
        train(
            "--head",
            "cosface",
            "--margin",
            "0.2",
            "--scale",
            "20",
            "--gradient",
            "detached",
            "--feature-norm",
            "unit",
            "--subcenters",
            "2",
            "--label-smoothing",
            "0.1",
            "--inter-class-filter",
            "0.9",
            "--inter-class-mode",
            "zero",
            "--margin-schedule",
            "cosine",
            "--margin-warmup",
            "0.3",
            "--scale-schedule",
            "step",
            "--scale-warmup",
            "0.5",
            "--scale-start",
            "0.2",
            "--schedule-stairs",
            "3",
            "--schedule-by",
            "epoch",
            "--backbone",
            "small-cnn",
            "--optimizer",
            "sgd",
            "--lr",
            "0.05",
            "--lr-schedule",
            "step",
            "--lr-warmup",
            "0.1",
            "--lr-power",
            "3",
            "--lr-step-every",
            "0.4",
            "--lr-step-factor",
            "0.2",
            "--momentum",
            "0.8",
            "--nesterov",
            "--weight-decay",
            "0.001",
            "--clip-norm",
            "4",
            "--classes",
            "0-2",
            "--limit",
            "60",
            "--validation",
            "0.2",
            "--steps",
            "2",
            "--seed",
            "9",
            "--threads",
            "1",
            "--alarm-after",
            "7",
            "--augment",
            "shift:0.5:0.1",
            "--sampler",
            "p-by-k",
            "--classes-per-batch",
            "2",
            "--samples-per-class",
            "8",
            "--data-threads",
            "3",
            "--best-by",
            "loss",
            "--patience",
            "5",
            "--shards",
            "2",
            "--partial-fc",
            "0.5",
            "--lazy-states",
            "catch-up",
            "--accumulate",
            "2",
            "--ema",
            "0.99",
            "--centers-lr",
            "0.5",
            "--out",
            run.toString()),
        () -> err);
    JsonNode options =
        new ObjectMapper().readTree(run.resolve("config.json").toFile()).get("options");
    assertEquals(
        "{\"name\":\"cosface\",\"margin\":0.2,\"class_margins\":null,\"guard\":null,"
            + "\"scale\":\"20\",\"feature_norm\":\"unit\",\"gradient\":\"detached\","
            + "\"subcenters\":2,\"label_smoothing\":0.1,\"inter_class_filter\":0.9,"
            + "\"inter_class_mode\":\"zero\"}",
        options.get("head").toString());
    assertEquals(
        "{\"margin\":\"cosine\",\"margin_warmup\":0.3,\"scale\":\"step\",\"scale_warmup\":0.5,"
            + "\"scale_start\":0.2,\"stairs\":3,\"by\":\"epoch\"}",
        options.get("schedule").toString());
    assertEquals(
        "{\"name\":\"sgd\",\"learning_rate\":0.05,\"schedule\":\"step\",\"learning_rate_warmup\":0.1,"
            + "\"power\":3.0,\"step_every\":0.4,\"step_factor\":0.2,\"momentum\":0.8,"
            + "\"nesterov\":true,\"weight_decay\":0.001,\"clip_norm\":4.0,"
            + "\"period\":null,\"period_factor\":null,\"ema\":0.99,"
            + "\"centers_learning_rate\":0.5}",
        options.get("optimizer").toString());
    assertEquals("0-2", options.at("/data/classes").asText());
    assertEquals(60, options.at("/data/limit").asInt());
    assertEquals(
        "{\"epochs\":1,\"steps\":2,\"batch_size\":16,\"seed\":9,\"threads\":1,\"device\":\"cpu\",\"strict\":false,\"alarm_after\":7,\"best_by\":\"loss\",\"patience\":5,"
            + "\"accumulate\":2,\"init\":null,\"shards\":2,\"partial_fc\":0.5,\"lazy_states\":\"catch-up\",\"precision\":\"float32\",\"cluster\":null}",
        options.get("loop").toString());
    assertEquals(
        "{\"augment\":\"shift:0.5:0.1\",\"sampler\":\"p-by-k\",\"classes_per_batch\":2,"
            + "\"samples_per_class\":8,\"balance_power\":null,\"per_class_limit\":null,"
            + "\"threads\":3}",
        options.get("batches").toString());
    // Three batches an epoch make one step of two.
    assertEquals(2, Files.readAllLines(run.resolve("history.csv")).size());
  }

  @Test
  void checksBeforeTraining() throws IOException {
    assertEquals(0, run("check", "--data", data.toString(), "--json"), () -> err);
    JsonNode check = new ObjectMapper().readTree(out);
    assertEquals(4, check.get("classes").asInt());
    assertEquals(0, check.get("warnings").size());
    assertTrue(check.get("largest_separation_degrees").asDouble() > 100);
    String[] wide = {"check", "--data", data.toString(), "--scale", "500", "--embedding", "2"};
    assertEquals(0, run(wide), () -> err);
    assertTrue(out.contains("warning, scale: s 500 is large"), out);
    List<String> strict = new ArrayList<>(List.of(wide));
    strict.add("--strict");
    assertEquals(2, run(strict.toArray(String[]::new)));
    assertEquals(1, err.lines().count(), err);
    assertTrue(err.contains("500"), err);
    Path run = dir.resolve("run");
    assertEquals(2, train("--scale", "500", "--strict", "--out", run.toString()), () -> err);
    assertFalse(Files.exists(run));
  }

  /** Two clusters a class and a few wrong labels: the wrong ones are the outliers. */
  @Test
  void listsOutliersOfImages() throws IOException {
    Path images = dir.resolve("images");
    Random random = new Random(5);
    for (int i = 0; i < 120; i++) {
      int label = i % 3;
      boolean wrong = i < 3;
      BufferedImage image = new BufferedImage(12, 12, BufferedImage.TYPE_BYTE_GRAY);
      int shown = wrong ? (label + 1) % 3 : label;
      for (int k = 0; k < 144; k++) {
        int stripe = shown == 0 ? k % 12 : shown == 1 ? k / 12 : (k % 12 + k / 12) / 2;
        image
            .getRaster()
            .setSample(k % 12, k / 12, 0, (stripe % 4 < 2 ? 200 : 20) + random.nextInt(30));
      }
      Path file = images.resolve("c" + label).resolve((wrong ? "wrong" : "right") + i + ".png");
      Files.createDirectories(file.getParent());
      assertTrue(ImageIO.write(image, "png", file.toFile()));
    }
    Path run = dir.resolve("run");
    assertEquals(
        0,
        run(
            "train",
            "--data",
            images.toString(),
            "--image-size",
            "12",
            "--test-share",
            "0.1",
            "--validation",
            "0",
            "--subcenters",
            "2",
            "--margin",
            "0.2",
            "--batch-size",
            "27",
            "--embedding",
            "8",
            "--epochs",
            "8",
            "--out",
            run.toString()),
        () -> err);
    assertEquals(0, run("outliers", run.toString(), "--json"), () -> err);
    JsonNode found = new ObjectMapper().readTree(out);
    assertEquals(108, found.get("samples").asInt());
    assertEquals(3, found.get("dominant").size());
    int outliers = found.get("outliers").size();
    assertTrue(outliers >= 1 && outliers <= 3, out);
    found
        .get("outliers")
        .forEach(f -> assertTrue(f.get("name").asText().matches("c./wrong.\\.png")));
    assertEquals(0, run("outliers", run.toString()), () -> err);
    assertTrue(out.contains("sample c0/wrong0.png") || out.contains("sample c1/wrong1.png"), out);
    assertEquals(0, run("evaluate", run.toString(), "--data", images.toString()), () -> err);
    assertTrue(out.contains("accuracy"), out);
    assertEquals(2, run("outliers", run.toString(), "--angle", "200"));
    assertTrue(err.contains("0..180"), err);
  }

  /** A margin beyond which the antipode of a center is the best place: features flee. */
  @Test
  void soundsTheAlarmOnCollapse() throws IOException {
    Path run = dir.resolve("run");
    assertEquals(
        0,
        train(
            "--margin",
            "2.6",
            "--guard",
            "none",
            "--margin-warmup",
            "0",
            "--lr",
            "0.01",
            "--epochs",
            "30",
            "--out",
            run.toString()),
        () -> err);
    String alarms = Files.readString(run.resolve("alarms.txt"));
    assertTrue(alarms.contains("alarm, collapse"), alarms);
  }

  @Test
  void soundsTheAlarmOnADeadStart() throws IOException {
    Path run = dir.resolve("run");
    assertEquals(
        0,
        train(
            "--classes",
            "0-3",
            "--lr",
            "1e-9",
            "--epochs",
            "8",
            "--alarm-after",
            "40",
            "--out",
            run.toString()),
        () -> err);
    String alarms = Files.readString(run.resolve("alarms.txt"));
    assertTrue(alarms.contains("alarm, dead start"), alarms);
    assertFalse(alarms.contains("`"), "settings are words there: " + alarms);
    String said =
        progress(() -> assertEquals(0, run("evaluate", run.toString(), "--classes", "0-1")));
    assertTrue(said.contains("2 of the 4 names are"), said);
    assertFalse(out.contains("accuracy  "), out);
  }

  static Stream<String> heads() {
    return Heads.names().stream();
  }

  /** Each head trains, carries its state through a checkpoint, and is evaluated. */
  @ParameterizedTest
  @MethodSource("heads")
  void trainsEveryHead(String head) throws IOException {
    Path run = dir.resolve("run");
    String[] first = {"--head", head, "--margin-warmup", "0", "--threads", "1", "--steps", "2"};
    String begun = progress(() -> assertEquals(0, train(into(run, first)), () -> err));
    String[] row = Files.readAllLines(run.resolve("history.csv")).get(1).split(",");
    String loss = String.format(Locale.ROOT, "loss of step 1: %.2f; with ", Double.valueOf(row[2]));
    assertTrue(begun.contains(loss), begun);
    String resumed =
        progress(
            () ->
                assertEquals(
                    0,
                    train(into(run, "--resume", "--steps", "4", "--threads", "1", "--json")),
                    () -> err));
    assertFalse(resumed.contains("loss of step 1"), resumed);
    assertFalse(Files.exists(run.resolve("alarms.txt")), "silent on a healthy run");
    Path whole = dir.resolve("whole");
    first[7] = "4";
    assertEquals(0, train(into(whole, first)), () -> err);
    assertEquals(
        Files.readString(whole.resolve("history.csv")).lines().skip(3).toList(),
        Files.readString(run.resolve("history.csv")).lines().skip(3).toList());
  }

  private static String[] into(Path run, String... options) {
    return Stream.concat(Stream.of(options), Stream.of("--out", run.toString()))
        .toArray(String[]::new);
  }

  /** Long enough for every alarm: none is heard where a head learns. */
  @ParameterizedTest
  @MethodSource("heads")
  void alarmsAreSilentWhileAHeadLearns(String head) {
    Path run = dir.resolve("run");
    assertEquals(
        0,
        train(
            "--head",
            head,
            "--epochs",
            "7",
            "--alarm-after",
            "40",
            "--out",
            run.toString(),
            "--strict"),
        () -> err);
    assertFalse(Files.exists(run.resolve("alarms.txt")), () -> err);
  }

  @Test
  void headsTakeTheirOwnOptions() throws IOException {
    Path margins = dir.resolve("margins.npy");
    NpyFile.write(margins, new float[] {0.1f, 0.2f, 0.3f, 0.4f}, 4);
    for (String options :
        List.of(
            "--class-margins " + margins,
            "--head elasticface-plus --deviation 0.1",
            "--head magface --regularizer 20 --norms 1,5 --margins 0.3,0.6",
            "--head adaface --concentration 0.5 --state-momentum 0.9",
            "--head linear-angle --negatives cosine",
            "--head combined --margins 0.9,0.4,0.1")) {
      Path run = Files.createTempDirectory(dir, "run");
      List<String> args = new ArrayList<>(List.of(options.split(" ")));
      args.addAll(List.of("--steps", "1", "--out", run.toString()));
      assertEquals(0, train(args.toArray(String[]::new)), () -> options + ": " + err);
    }
  }

  @Test
  void sweeps() throws IOException {
    assertEquals(
        0,
        run(
            "sweep",
            "--margins",
            "0,0.3",
            "--data",
            data.toString(),
            "--epochs",
            "1",
            "--batch-size",
            "16",
            "--embedding",
            "8",
            "--out",
            dir.resolve("s").toString()),
        () -> err);
    assertTrue(out.contains("sweep.html"), out);
    assertTrue(Files.exists(dir.resolve("s").resolve("sweep.html")));

    // Gone on with it has its margins and options.
    assertEquals(0, run("sweep", "--resume", "--out", dir.resolve("s").toString()), () -> err);
    try (Stream<Path> below = Files.list(dir.resolve("s"))) {
      assertEquals(
          List.of("run-01-margin-0.0", "run-02-margin-0.3"),
          below
              .filter(Files::isDirectory)
              .map(folder -> folder.getFileName().toString())
              .sorted()
              .toList());
    }
    assertEquals(
        2, run("sweep", "--resume", "--head", "cosface", "--out", dir.resolve("s").toString()));
    assertTrue(err.contains("expected --head arcface"), err);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--margin 4 | angular margin in radians",
        "--margin NaN | angular margin",
        "--margin x | x",
        "--head cosface --margin -1 | cosine margin",
        "--head sphereface --margin 2.5 | whole",
        "--head combined --margins 1,2 | expected 3 numbers",
        "--head combined --margin 1 | --margins",
        "--head arface | one of softmax",
        "--guard soft | reflect",
        "--head cosface --guard easy | guard",
        "--scale 0 | scale",
        "--scale -3 | scale",
        "--scale 1e9 | scale",
        "--scale much | scale",
        "--gradient none | exact",
        "--feature-norm half | unit",
        "--margin-warmup 2 | margin warmup: expected a share of the run",
        "--margin-schedule sudden | one of constant",
        "--margin-schedule annealing | sphereface and l-softmax",
        "--margin-schedule step --schedule-stairs 0 | stairs",
        "--scale-schedule linear --scale-start 0 | share of s",
        "--head adacos --scale-schedule linear | no scale of its own",
        "--schedule-by week | step, epoch",
        "--head cosface --subcenters 0 | sub-centres",
        "--head softmax --subcenters 2 | one centre a class",
        "--label-smoothing 1 | label smoothing",
        "--head p2sgrad --label-smoothing 0.1 | no softmax",
        "--inter-class-filter 2 | -1..1",
        "--inter-class-mode zero | --inter-class-filter",
        "--head softmax --inter-class-filter 0.5 | cosines",
        "--class-margins nowhere.npy | NPY file",
        "--deviation 0.1 | only elasticface",
        "--head elasticface --deviation -1 | deviation",
        "--regularizer 1 | only magface",
        "--head magface --norms 10,5 | upper norm",
        "--head magface --margins 0.5 | expected 2 numbers",
        "--head magface --feature-norm keep | unit features",
        "--concentration 1 | only adaface",
        "--head adaface --concentration 0 | concentration",
        "--state-momentum 0.5 | only curricularface",
        "--head curricularface --state-momentum 1 | momentum",
        "--negatives cosine | only linear-angle",
        "--head linear-angle --negatives far | angle, cosine",
        "--head circle --gradient detached | exact",
        "--head p2sgrad --gradient detached | its own",
        "--head adacos --scale 30 | finds its own",
        "--alarm-after 0 | alarm after",
        "--image-color blue | grey, color, auto",
        "--image-size 0 | image size",
        "--unreadable 2 | share in 0..1",
        "--optimizer adam --momentum 2 | momentum",
        "--lr-schedule constant --lr-power 0 | power",
        "--lr 0 | learning rate",
        "--lr -1 | learning rate",
        "--lr NaN | learning rate",
        "--lr-schedule linear | constant",
        "--lr-warmup 1 | warm-up",
        "--lr-schedule polynomial --lr-power 0 | power",
        "--lr-period 0.1 | cosine-restarts",
        "--lr-period-factor 2 | cosine-restarts",
        "--lr-schedule cosine --lr-period 0.1 | cosine-restarts",
        "--lr-schedule cosine-restarts --lr-period 0 | first period",
        "--lr-schedule cosine-restarts --lr-period 2 | first period",
        "--lr-schedule cosine-restarts --lr-period x | fraction",
        "--lr-schedule cosine-restarts --lr-period-factor 0.5 | multiplier",
        "--ema 1 | ema: expected a decay above 0, below 1",
        "--ema 0 | ema",
        "--ema NaN | ema",
        "--accumulate 0 | accumulate: expected at least 1 batch per step",
        "--accumulate 10 | accumulate: expected 1..9, the number of batches in an epoch",
        "--accumulate 1.5 | accumulate",
        "--optimizer lion | one of sgd",
        "--optimizer sgd --momentum 1 | momentum",
        "--weight-decay 0.1 | adamw",
        "--optimizer adamw --weight-decay 2 | weight decay",
        "--clip-norm -1 | clip norm",
        "--batch-size 1 | batch size",
        "--batch-size 10000 | number of samples that an epoch visits",
        "--epochs 0 | epochs",
        "--steps 0 | steps",
        "--threads 0 | threads",
        "--device tpu | auto, cpu or gpu:N",
        "--device gpu:7 | -Pgpu",
        "--backbone resnet | MARGIN_SOFTMAX_CLASSPATH",
        "--backbone smal-cnn | did you mean small-cnn?",
        "--embedding 1 | embedding",
        "--validation 0.9 | share in 0..0.5",
        "--limit 3 | one sample a class",
        "--classes 0-9 | classes",
        "--classes 2 | at least 2 classes",
        "--classes a | class numbers",
        "--data /no/where | a folder of images, one sub-folder a class, or of IDX files",
        "--no-such-option | no-such-option",
        "--seed 1 --seed 2 | only once",
        "--seed 1.5 | seed",
        "--resume | --out RUN",
        "extra | extra",
      })
  void refusesInOneLineWithExitCode2(String options, String part) throws IOException {
    Path run = dir.resolve("run");
    List<String> args = new ArrayList<>(List.of(options.strip().split(" ")));
    if (!options.contains("--resume")) {
      args.addAll(List.of("--out", run.toString()));
    }
    assertEquals(2, train(args.toArray(String[]::new)), () -> err);
    assertEquals(1, err.lines().count(), err);
    assertTrue(err.contains(part), err + " lacks " + part);
    assertTrue(err.startsWith("margin-softmax: "), err);
    assertFalse(Files.exists(run), "the folder is not touched");
  }

  @Test
  void refusesOddUsage() throws IOException {
    assertEquals(2, run());
    assertTrue(err.contains("expected a command"), err);
    assertEquals(2, run("trian"));
    assertEquals(1, err.lines().count(), err);
    assertEquals(2, run("evaluate"));
    assertEquals(1, err.lines().count(), err);
    assertEquals(2, run("evaluate", dir.resolve("nothing").toString()));
    assertTrue(err.contains("no config.json"), err);
    assertEquals(2, run("sweep", "--margins", "0,0", "--data", data.toString()));
    assertTrue(err.contains("different"), err);
    assertEquals(2, run("sweep", "--margins", "a"));
    assertEquals(1, err.lines().count(), err);
    Path full = dir.resolve("full");
    Files.createDirectories(full);
    Files.writeString(full.resolve("x"), "");
    assertEquals(2, train("--out", full.toString()));
    assertTrue(err.contains("empty folder"), err);
  }

  /** Each command and each option, with two letters swapped and with one dropped. */
  @Test
  void whatIsMistypedIsNamed() {
    mistyped(Main.commandLine(), List.of());
    assertEquals(2, train("--head", "arcfase"));
    assertTrue(err.endsWith("found 'arcfase'; did you mean arcface?\n"), err);
    assertEquals(2, train("--limit", "100", "--guard", "Reflect"));
    assertTrue(err.contains("did you mean reflect?"), err);
    assertEquals(2, run("surely-no-command"));
    assertFalse(err.contains("did you mean"), err);
  }

  private static void mistyped(CommandLine command, List<String> words) {
    for (String name : command.getCommandSpec().optionsMap().keySet()) {
      if (name.length() > 7) {
        assertNamed(command, words, name);
      }
    }
    command
        .getSubcommands()
        .forEach(
            (name, each) -> {
              assertNamed(command, words, name);
              mistyped(each, Stream.concat(words.stream(), Stream.of(name)).toList());
            });
  }

  private static void assertNamed(CommandLine command, List<String> words, String name) {
    int at = name.length() - 2;
    for (String wrong :
        List.of(
            name.substring(0, at) + name.charAt(at + 1) + name.charAt(at),
            name.substring(0, at) + name.substring(at + 1))) {
      if (command.getCommandSpec().optionsMap().containsKey(wrong) || wrong.equals(name)) {
        continue;
      }
      List<String> args = new ArrayList<>(words);
      args.add(wrong);
      command.getCommandSpec().requiredArgs().stream()
          .flatMap(
              a -> a instanceof OptionSpec o ? Stream.of(o.longestName(), "1") : Stream.of("1"))
          .forEach(args::add);
      assertEquals(2, run(args.toArray(String[]::new)));
      assertEquals(1, err.lines().count(), err);
      // --margisn may be --margin or --margins.
      String meant = name.endsWith("s") ? name.substring(0, name.length() - 1) : name + "?";
      assertTrue(err.contains("found '" + wrong + "'; did you mean " + meant), name + ": " + err);
    }
  }

  @Test
  void explainsItself() {
    explains(Main.commandLine(), List.of());
    assertEquals(0, run("train", "--version"));
    assertTrue(out.contains("tensorflow 2.18.0"), out);
    assertEquals(0, run("--version"));
    assertTrue(out.contains("tensorflow 2.18.0"), out);
    assertTrue(Stream.of("train", "sweep", "evaluate").allMatch(c -> helpNames(c)), out);
  }

  private static void explains(CommandLine command, List<String> words) {
    List<String> asked = new ArrayList<>(words);
    asked.add("--help");
    assertEquals(0, run(asked.toArray(String[]::new)), () -> asked + err);
    assertTrue(out.startsWith("Usage: " + command.getCommandSpec().qualifiedName()), out);
    command
        .getSubcommands()
        .forEach(
            (name, each) ->
                explains(each, Stream.concat(words.stream(), Stream.of(name)).toList()));
  }

  private boolean helpNames(String command) {
    run("--help");
    return out.contains("  " + command);
  }
}
