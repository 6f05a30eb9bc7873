package org.marginsoftmax.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.marginsoftmax.head.HeadType;
import org.marginsoftmax.head.Heads;
import org.marginsoftmax.npy.NpyFile;
import org.marginsoftmax.npy.Npz;
import org.marginsoftmax.source.Idx;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * A message names options of the command that prints it, or says whose they are, as in {@code
 * evaluate --data}. Every command is called with each of its options and arguments misused in turn:
 * files that are missing or of another kind, and values that cannot be meant.
 */
class OwnOptionsTest extends CommandTest {
  private static final Path SOURCES = Path.of("src/test/resources/fixtures/sources");

  /** An option, after the command that it is said to be of, if there is one. */
  private static final Pattern NAMED =
      Pattern.compile(
          "(?:\\b([a-z]+) (?:(?:--[a-z-]+|[A-Z]+|/\\S+) )*)?(?<![\\w-])(--[a-z][a-z0-9-]*)");

  /** Calls that are right, or nearly so. */
  private static final List<String> CALLS =
      List.of(
          "evaluate DIR/run",
          "evaluate DIR/run-vectors --data DIR/vectors",
          "evaluate DIR/run-vectors --gallery DIR/vectors --query DIR/beside",
          "evaluate DIR/run --pairs DIR/list.csv",
          "outliers DIR/run",
          "inspect DIR/run",
          "export DIR/run --to DIR/run/to",
          "predict DIR/run DIR/image.png",
          "embed DIR/run --input DIR/pixels.npy --output DIR/e.npy --trust",
          "embed DIR/run-vectors --data DIR/vectors --output DIR/e.npz --trust",
          "embed saved-models/two-inputs/model --data DIR/idx --output DIR/e.npz --trust",
          "gallery add DIR/gallery --model DIR/run DIR/image.png --name x",
          "gallery search DIR/gallery --input DIR/vectors.npy",
          "gallery remove DIR/gallery x",
          "gallery list DIR/gallery",
          "head --features DIR/vectors.npy --centers DIR/vectors.npy --labels DIR/labels.npy --out DIR/head",
          "augment --preview --data DIR/idx --out DIR/page.html",
          "backbones",
          "plan --classes 1000000 --machines 2 --memory 1",
          "bench head --classes 10 --dim 4 --batch 8 --turns 1 --steps 1",
          "bench train --data DIR/vectors --batch-size 8 --turns 1 --times 1",
          "bench embed DIR/run-vectors --turns 1 --steps 1 --trust",
          "check --data DIR/vectors",
          "train --data DIR/lonely --strict --out DIR/new",
          "sweep --data DIR/lonely --margins 2.5 --strict --out DIR/new");

  @TempDir static Path dir;

  /** Whatever may be given as data or as a run. */
  private static List<String> places;

  /** One of each kind, for what else takes a path. */
  private static List<String> otherKinds;

  /** Made once, which takes longer than most of these calls. */
  private final CommandLine commands = Main.commandLine();

  private final CommandSpec root = commands.getCommandSpec();
  private final Map<String, Set<String>> foreign = new TreeMap<>();
  private int calls;

  private static String at(String name) {
    return dir.resolve(name).toString();
  }

  @BeforeAll
  static void files() throws IOException {
    System.setProperty("margin-softmax.home", System.getProperty("user.dir"));
    Idx.folder(dir.resolve("idx"), 4, 20, 5);
    Idx.folder(dir.resolve("moved"), 4, 20, 5);
    Files.createDirectories(dir.resolve("empty"));
    Files.writeString(dir.resolve("words.txt"), "no, such\nfile, here\n");
    Files.writeString(dir.resolve("list.csv"), "path,label\nnowhere/1.png,a\nnowhere/2.png,b\n");
    arrays("vectors", 40, 4);
    arrays("frames", 40, 20, 4);
    arrays("beside", 40, 4);
    Files.createDirectories(dir.resolve("beside/plots"));
    arrays("test-only", 40, 4);
    for (String name : List.of("features.npy", "labels.npy")) {
      Files.move(dir.resolve("test-only/" + name), dir.resolve("test-only/test_" + name));
    }
    arrays("unequal", 40, 4);
    NpyFile.write(dir.resolve("unequal/labels.npy"), NpyFile.Type.INT64, new double[39], 39);
    new Npz().floats("x", new float[160], 40, 4).write(dir.resolve("unnamed.npz"), true);
    Path lonely = Files.createDirectories(dir.resolve("lonely"));
    for (String label : List.of("ant", "bee", "cow")) {
      Files.createDirectories(lonely.resolve("train").resolve(label));
      Files.copy(
          SOURCES.resolve("folder/ant/000.png"),
          lonely.resolve("train").resolve(label).resolve("0.png"));
    }
    Path deep = Files.createDirectories(dir.resolve("deep/a/b/c"));
    Files.copy(SOURCES.resolve("folder/ant/000.png"), deep.resolve("0.png"));
    Files.copy(SOURCES.resolve("folder/ant/001.png"), dir.resolve("deep/a/1.png"));
    Path damaged = Files.createDirectories(dir.resolve("damaged"));
    for (String label : List.of("ant", "bee")) {
      Files.createDirectories(damaged.resolve(label));
      Files.copy(SOURCES.resolve("folder/ant/000.png"), damaged.resolve(label).resolve("0.png"));
      for (int i = 1; i < 4; i++) {
        Files.writeString(damaged.resolve(label).resolve(i + ".png"), "no image");
      }
    }
    Files.copy(SOURCES.resolve("folder/ant/000.png"), dir.resolve("image.png"));
    NpyFile.write(dir.resolve("vectors.npy"), vectors(6, 4), 6, 4);
    NpyFile.write(dir.resolve("line.npy"), new float[4], 4);
    NpyFile.write(dir.resolve("pixels.npy"), new float[6 * 64], 6, 8, 8, 1);
    NpyFile.write(
        dir.resolve("labels.npy"), NpyFile.Type.INT64, new double[] {0, 1, 2, 0, 1, 9}, 6);
    train("run", "idx");
    train("run-moved", "moved");
    Files.move(dir.resolve("moved"), dir.resolve("moved-away"));
    train("run-vectors", "vectors", "--test-share", "0");
    train("run-frames", "frames", "--backbone", "xvector");
    train("run-held", "idx", "--validation", "0", "--head", "softmax");
    assertEquals(0, run("export", at("run"), "--to", at("served")), () -> err);
    assertEquals(0, run("export", at("run-vectors"), "--to", at("served-vectors")), () -> err);
    assertEquals(
        0,
        run("gallery", "add", at("gallery"), "--input", at("vectors.npy"), "--name", "a"),
        () -> err);
    Files.createDirectories(dir.resolve("run-begun"));
    Files.copy(dir.resolve("run/config.json"), dir.resolve("run-begun/config.json"));
    otherKinds =
        Stream.of("nowhere", "empty", "words.txt", "vectors.npy", "image.png", "idx", "run")
            .map(OwnOptionsTest::at)
            .toList();
    try (Stream<Path> own = Files.list(dir);
        Stream<Path> sources = Files.list(SOURCES)) {
      places =
          Stream.concat(own, sources)
              .map(Path::toString)
              // The trial of a model takes a process of its own.
              .filter(place -> !place.contains("served"))
              .sorted()
              .toList();
    }
  }

  private static float[] vectors(int n, int size) {
    float[] values = new float[n * size];
    for (int i = 0; i < values.length; i++) {
      values[i] = (i * 37 % 11) - 4;
    }
    return values;
  }

  private static void arrays(String name, int... shape) throws IOException {
    Path folder = Files.createDirectories(dir.resolve(name));
    int size = Arrays.stream(shape).skip(1).reduce(1, (a, b) -> a * b);
    NpyFile.write(folder.resolve("features.npy"), vectors(shape[0], size), shape);
    double[] labels = new double[shape[0]];
    Arrays.setAll(labels, i -> i % 4);
    NpyFile.write(folder.resolve("labels.npy"), NpyFile.Type.INT64, labels, shape[0]);
  }

  private static void train(String name, String data, String... options) {
    List<String> args = new ArrayList<>();
    args.addAll(List.of("train", "--data", at(data), "--out", at(name), "--steps", "2"));
    args.addAll(List.of("--batch-size", "8", "--device", "cpu"));
    args.addAll(List.of(options));
    assertEquals(0, run(args.toArray(String[]::new)), () -> name + err);
  }

  @Test
  void messagesNameOptionsOfTheirCommand() {
    for (String call : CALLS) {
      misuse(List.of(call.replace("DIR", dir.toString()).split(" ")));
    }
    assertTrue(calls > 1000, () -> calls + " calls");
    assertEquals(Map.of(), foreign);
  }

  private void misuse(List<String> right) {
    CommandSpec command = root;
    int first = 0;
    while (first < right.size() && command.subcommands().containsKey(right.get(first))) {
      command = command.subcommands().get(right.get(first++)).getCommandSpec();
    }
    call(command, right);
    // A model is slow to open, and who opens it is the same code.
    List<String> folders = command.name().matches("predict|add|search") ? otherKinds : places;
    for (int i = first; i < right.size() && !right.get(i).startsWith("--"); i++) {
      for (String place : i == first ? folders : otherKinds) {
        List<String> args = new ArrayList<>(right);
        args.set(i, place);
        call(command, args);
      }
    }
    for (OptionSpec option : command.options()) {
      if (isMisusedElsewhere(option, command)) {
        continue;
      }
      boolean flag = option.arity().max() == 0;
      List<String> without = new ArrayList<>(right);
      int there = without.indexOf(option.longestName());
      if (there >= 0) {
        without.subList(there, there + (flag ? 1 : 2)).clear();
        call(command, without);
      }
      for (String value : values(option, command)) {
        List<String> args = new ArrayList<>(without);
        args.add(option.longestName() + value);
        call(command, args);
      }
    }
  }

  /**
   * Check has the options of train; with other data, or without strictness, a sweep would train.
   */
  private boolean isMisusedElsewhere(OptionSpec option, CommandSpec command) {
    String name = option.longestName();
    return switch (command.name()) {
      case "train" -> root.subcommands().get("check").getCommandSpec().findOption(name) != null;
      case "sweep" -> name.equals("--data") || name.equals("--strict");
      default -> false;
    };
  }

  /** Values for an option, each after an equals sign. */
  private static List<String> values(OptionSpec option, CommandSpec command) {
    Class<?> type = option.typeInfo().getType();
    if (option.usageHelp() || option.versionHelp()) {
      return List.of();
    }
    if (option.arity().max() == 0 || type == Boolean.class) {
      return List.of("");
    }
    Stream<String> values;
    if (Number.class.isAssignableFrom(type) || type.isPrimitive()) {
      values = Stream.of("-1", "99999");
    } else if (option.longestName().equals("--data")) {
      values = places.stream();
    } else if (option.longestName().equals("--head")) {
      values = Heads.all().stream().map(HeadType::name);
    } else if (type == Path.class || option.paramLabel().matches("DIR|RUN|MODEL|FILE")) {
      values = otherKinds.stream();
    } else {
      String help = String.join(" ", option.description());
      values =
          Stream.of(help.split("\\W+")).distinct().limit(command.name().equals("check") ? 3 : 1);
    }
    return values.map(value -> "=" + value).toList();
  }

  private void call(CommandSpec command, List<String> args) {
    calls++;
    String told = progress(() -> run(commands, args.toArray(String[]::new)));
    boolean json = args.contains("--json");
    for (String line : (told + err + (json ? "" : out)).lines().toList()) {
      Matcher named = NAMED.matcher(line);
      while (named.find()) {
        CommandSpec owner =
            named.group(1) != null && root.subcommands().containsKey(named.group(1))
                ? root.subcommands().get(named.group(1)).getCommandSpec()
                : command;
        if (owner.findOption(named.group(2)) == null) {
          foreign
              .computeIfAbsent(command.qualifiedName(), key -> new TreeSet<>())
              .add(line + " <- " + String.join(" ", args));
        }
      }
    }
  }
}
