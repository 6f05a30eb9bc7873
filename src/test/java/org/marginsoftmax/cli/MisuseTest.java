package org.marginsoftmax.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.marginsoftmax.npy.NpyFile;
import org.marginsoftmax.npy.NpzFile;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** What cannot be meant is refused in a line before work starts, and what can be meant works. */
class MisuseTest extends CommandTest {
  @TempDir Path dir;
  private Path data;

  /** Features [60, 4] of the classes -2, -1 and 3, each about its own axis. */
  @BeforeEach
  void setUp() throws IOException {
    data = write("data", 1);
  }

  private Path write(String name, double scale) throws IOException {
    Path folder = Files.createDirectories(dir.resolve(name));
    double[] labels = new double[60];
    float[] features = new float[60 * 4];
    for (int i = 0; i < 60; i++) {
      labels[i] = new int[] {-2, -1, 3}[i % 3];
      features[4 * i + i % 3] = (float) scale;
      features[4 * i + 3] = (float) (scale * (i % 7) / 10);
    }
    NpyFile.write(folder.resolve("features.npy"), features, 60, 4);
    NpyFile.write(folder.resolve("labels.npy"), NpyFile.Type.INT64, labels, 60);
    return folder;
  }

  private static void assertRefused(String part, String... args) {
    assertEquals(2, run(args), () -> String.join(" ", args) + err);
    assertEquals(1, err.lines().count(), err);
    assertTrue(err.startsWith("margin-softmax: ") && err.contains("expected"), err);
    assertTrue(err.contains(part), err);
  }

  private String[] check(Path data, String... options) {
    String[] args =
        Arrays.copyOf(new String[] {"check", "--data", data.toString()}, 3 + options.length);
    System.arraycopy(options, 0, args, 3, options.length);
    return args;
  }

  @Test
  void labelsBelowZeroAreChosen() {
    for (String classes : List.of("-2,3", "-2--1", "-2--1,3")) {
      assertEquals(0, run(check(data, "--classes", classes)), () -> err);
      assertTrue(out.contains("classes "), out);
      assertEquals(0, run(check(data, "--classes=" + classes)), () -> err);
    }
    assertRefused("none of -3", check(data, "--classes", "-3--1"));
    assertRefused("lower class first", check(data, "--classes", "-1--2"));
    assertRefused("classes from 0 to 9", "check", "--classes", "-2,3");
  }

  @Test
  void featuresThatCountAsZeroAreSaid() throws IOException {
    assertRefused("57 of 57 outside it", check(withLast(write("tiny", 1e-20), 0)));
    assertRefused("1.00e+19", check(withLast(write("huge", 1e19), 0)));
    Path some = withLast(data, 1);
    assertEquals(0, run(check(some, "--validation", "0")), () -> err);
    assertTrue(out.contains("1 of 60 outside it"), out);
    assertTrue(out.contains("count as zero"), out);
    assertRefused("count as zero", check(some, "--validation", "0", "--strict"));
  }

  /** The test samples are drawn out of these, so all are alike but for the last one of a class. */
  private static Path withLast(Path folder, int zeros) {
    NpyFile.Floats features = NpyFile.readFloats(folder.resolve("features.npy"));
    Path labels = folder.resolve("labels.npy");
    float[] values = features.values();
    Arrays.fill(values, 0, 4 * zeros, 0);
    for (String part : List.of("", "test_")) {
      NpyFile.write(folder.resolve(part + "features.npy"), values, 60, 4);
      if (!part.isEmpty()) {
        NpyFile.write(
            folder.resolve(part + "labels.npy"),
            NpyFile.Type.INT64,
            NpyFile.readDoubles(labels),
            60);
      }
    }
    return folder;
  }

  /** Not after the runs of the other margins. */
  @Test
  void aStrictSweepIsRefusedBeforeItsFirstRun() {
    Path folder = dir.resolve("sweep");
    assertRefused(
        "degrees apart cannot be kept",
        "sweep",
        "--data",
        data.toString(),
        "--margins",
        "0,2.5",
        "--strict",
        "--out",
        folder.toString());
    assertFalse(Files.exists(folder));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 4})
  void channelsFirstAreNotReadAsHeight(int channels) throws IOException {
    Path folder = Files.createDirectories(dir.resolve("first"));
    byte[] pixels = new byte[60 * channels * 8 * 10];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (byte) (i * 31);
    }
    String header =
        "{'descr': '|u1', 'fortran_order': False, 'shape': (60, %d, 8, 10), }".formatted(channels);
    header = header + " ".repeat(117 - header.length()) + "\n";
    byte[] start = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, 118, 0};
    byte[] file = new byte[start.length + header.length() + pixels.length];
    System.arraycopy(start, 0, file, 0, start.length);
    System.arraycopy(
        header.getBytes(StandardCharsets.US_ASCII), 0, file, start.length, header.length());
    System.arraycopy(pixels, 0, file, start.length + header.length(), pixels.length);
    Files.write(folder.resolve("images.npy"), file);
    Files.copy(data.resolve("labels.npy"), folder.resolve("labels.npy"));
    assertRefused("array.transpose(0, 2, 3, 1)", check(folder));
  }

  @Test
  @Timeout(value = 2, unit = TimeUnit.MINUTES, threadMode = ThreadMode.SEPARATE_THREAD)
  void pipesAndDevicesAreRefused() throws IOException, InterruptedException {
    Path pipe = dir.resolve("pipe");
    assertEquals(0, new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor());
    Path ending = dir.resolve("pipe.npz");
    assertEquals(0, new ProcessBuilder("mkfifo", ending.toString()).start().waitFor());
    String said = "a pipe, a socket or a device";
    for (Path each : List.of(pipe, ending, Path.of("/dev/null"))) {
      assertRefused(said, check(each));
      assertRefused(said, check(each, "--data-format", "list"));
      assertRefused(said, check(data, "--class-margins", each.toString()));
      assertRefused(
          said,
          "gallery",
          "add",
          dir.resolve("g").toString(),
          "--input",
          each.toString(),
          "--name",
          "x");
    }
    Path e = dir.resolve("e.npy");
    NpyFile.write(e, new float[] {1, 0}, 1, 2);
    assertRefused(
        said,
        "gallery",
        "add",
        dir.resolve("g").toString(),
        "--input",
        e.toString(),
        "--names",
        pipe.toString());
  }

  @Test
  void arraysBesideFoldersAreUnclear() throws IOException {
    Files.createDirectories(data.resolve(".ipynb_checkpoints"));
    assertEquals(0, run(check(data)), () -> err);
    Files.createDirectories(data.resolve("plots"));
    assertRefused("arrays features, labels beside sub-folders", check(data));
    assertEquals(0, run(check(data, "--data-format", "arrays")), () -> err);
  }

  @Test
  void filesOfEmbeddingsAreCalledAsTheyAre() {
    for (String name : List.of("z.txt", "z", "z.npy.gz")) {
      assertRefused(
          "expected the name of an NPY or NPZ file",
          "embed",
          "model",
          "--input",
          "x.npy",
          "--output",
          dir.resolve(name).toString());
    }
    Path e = dir.resolve("e.npz");
    NpzFile.write(
        e, NpyFile.Type.FLOAT32, new double[] {1, 0, 0, 1}, new int[] {2, 2}, new int[] {0, 1});
    String gallery = dir.resolve("gallery").toString();
    assertEquals(
        0, run("gallery", "add", gallery, "--input", e.toString(), "--name", "both"), () -> err);
    assertEquals(0, run("gallery", "search", gallery, "--input", e.toString()), () -> err);
    assertTrue(out.contains("both"), out);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "train --epochs x | epochs: expected a whole number, found 'x'; see margin-softmax train --help",
        "train --seed 1.5 | seed: expected a whole number, found '1.5'",
        "train --lr much | lr: expected a number, found 'much'",
        "train --epochs 99999999999 | epochs: expected a whole number, found '99999999999'",
        "sweep --margins a | margin: expected an angular margin in radians, 0 up to below pi with arcface, found 'a'",
        "train --input-scale x | margin-softmax: input scale: expected a number or a fraction as in 1/255, found 'x'",
        "embed m --output e.npy --input-value x | input value: expected NAME=VALUE, found 'x'",
        "train --epochs | expected --epochs N, found no value",
        "train --seed 1 --seed 2 | expected --seed only once, found it twice",
        "evaluate | expected RUN, found none",
        "embed m | expected --output E.NPY, found none",
        "train --precision float16 | precision: expected one of float32, bfloat16, found 'float16'; did you mean bfloat16?",
        "bench head --precision half | precision: expected one of float32, bfloat16, found 'half'; choose one of these",
        "train --strict=perhaps | strict: expected true or false, found 'perhaps'",
        "train --epoch 3 | did you mean --epochs? See margin-softmax train --help"
      })
  void usageIsSaidInOneForm(String line, String said) {
    assertRefused(said, line.split(" "));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "train --data DATA --out FILE | found a file",
        "train --data DATA --out FILE/x | found the file",
        "sweep --data DATA --margins 0 --out FILE | found a file",
        "train --data FILE | found a file",
        "train --data DATA --init FILE | init",
        "train --data DATA --from-keras FILE | found a file",
        "train --data DATA --init-head FILE | found a file",
        "train --data DATA --class-margins DATA | found a folder",
        "train --resume --out FILE | found a file",
        "evaluate FILE | expected the folder of a run",
        "outliers FILE | expected the folder of a run",
        "export FILE --to DIR/x | expected the folder of a run",
        "inspect FILE | found a file",
        "predict FILE FILE | expected the folder of a run",
        "embed m --input X --output DATA | found a folder",
        "embed m --input X --output FILE/e.npy | found no such folder",
        "augment --preview --data DATA --out DATA | expected a file in a folder to write to, found a folder; choose another with --out",
        "augment --preview --data DATA --out FILE/x.html | found no such folder",
        "augment --preview --data DATA --out DIR/none/x.html | found no such folder",
        "gallery add FILE --input X --name x | found a file",
        "gallery add DIR/g --input DATA --name x | found a folder",
        "gallery add DIR/g --input X --names DATA | found a folder",
        "gallery list FILE | found a file",
        "gallery search FILE --input X | found a file",
        "HEAD --out FILE | expected a folder to write to, found a file; choose another with --out",
        "HEAD --out FILE/x | found the file",
        "HEAD --out DIR/h --save-model FILE | found a file; choose another with head --save-model",
        "HEAD --out DIR/h --save-model FILE/x | found the file",
        "HEAD --out DIR/h --save-model DATA | expected a new or an empty folder, found",
        "HEAD --out DIR/h --heads DATA | found a folder",
        "HEAD --out DIR/h --heads DIR/none | found none",
        "HEAD --out DIR/h --draws DATA | found a folder",
        "HEAD --out DIR/h --counts DATA | found a folder",
      })
  void aFileIsNoFolderNorTheReverse(String line, String said) throws IOException {
    Path file = Files.writeString(dir.resolve("file"), "kept");
    Path x = dir.resolve("x.npy");
    NpyFile.write(x, new float[] {1, 0, 0, 1}, 2, 2);
    Path y = dir.resolve("y.npy");
    NpyFile.write(y, NpyFile.Type.INT64, new double[] {0, 1}, 2);
    String[] args =
        line.replace("HEAD", "head --features X --centers X --labels Y")
            .replace("DATA", data.toString())
            .replace("FILE", file.toString())
            .replace("DIR", dir.toString())
            .replace(" X", " " + x)
            .replace(" Y", " " + y)
            .split(" ");
    assertRefused(said, args);
    assertEquals("kept", Files.readString(file));
    assertFalse(Files.exists(dir.resolve("h")));
  }

  /** As a variable of a shell leaves it that is not set. */
  @Test
  void anEmptyValueIsRefused() {
    int swept = sweepEmpty(Main.commandLine(), List.of());
    assertTrue(swept > 150, swept + " options");
  }

  private static int sweepEmpty(CommandLine command, List<String> words) {
    int swept = 0;
    for (OptionSpec option : command.getCommandSpec().options()) {
      if (option.arity().max() > 0) {
        List<String> args = new ArrayList<>(words);
        args.addAll(needed(command, option));
        args.addAll(List.of(option.longestName(), ""));
        assertRefused("expected", args.toArray(String[]::new));
        assertTrue(err.contains("found ''") || err.contains("found an empty value"), args + err);
        swept++;
      }
    }
    for (PositionalParamSpec positional : command.getCommandSpec().positionalParameters()) {
      List<String> args = new ArrayList<>(words);
      args.addAll(needed(command, null));
      args.replaceAll(arg -> arg.equals(positional.paramLabel()) ? "" : arg);
      if (!args.contains("")) {
        args.add("");
      }
      assertRefused("found an empty value", args.toArray(String[]::new));
      swept++;
    }
    for (Map.Entry<String, CommandLine> sub : command.getSubcommands().entrySet()) {
      List<String> below = new ArrayList<>(words);
      below.add(sub.getKey());
      swept += sweepEmpty(sub.getValue(), below);
    }
    return swept;
  }

  /** What else a command has to be given before it looks at the values. */
  private static List<String> needed(CommandLine command, OptionSpec but) {
    List<String> needed = new ArrayList<>();
    for (PositionalParamSpec positional : command.getCommandSpec().positionalParameters()) {
      if (positional.required()) {
        needed.add(positional.paramLabel());
      }
    }
    for (OptionSpec option : command.getCommandSpec().options()) {
      if (option != but && option.required() && option.group() == null) {
        boolean number = option.typeInfo().getType() != Path.class;
        needed.addAll(List.of(option.longestName(), number ? "1" : "x"));
      }
    }
    boolean name = but != null && List.of(but.names()).contains("--names");
    if (command.getCommandName().equals("add") && (but == null || but.group() == null) && !name) {
      needed.addAll(List.of("--name", "x"));
    }
    return needed;
  }

  /** Every option with a number, given none. */
  @Test
  void noMessageIsThatOfTheParser() {
    sweep(Main.commandLine(), List.of());
  }

  private static void sweep(CommandLine command, List<String> words) {
    for (OptionSpec option : command.getCommandSpec().options()) {
      Class<?> type = option.typeInfo().getType();
      if (Number.class.isAssignableFrom(type) || type == int.class || type == double.class) {
        String[] args =
            Stream.concat(words.stream(), List.of(option.longestName(), "x").stream())
                .toArray(String[]::new);
        assertRefused("found 'x'", args);
        assertRefused("expected a", args);
      }
    }
    command
        .getSubcommands()
        .forEach(
            (name, each) ->
                sweep(each, Stream.concat(words.stream(), List.of(name).stream()).toList()));
  }
}
