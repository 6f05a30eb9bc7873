package org.marginsoftmax.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.marginsoftmax.ChildJvm;
import org.marginsoftmax.backbone.BackboneProvider;
import org.marginsoftmax.head.HeadType;
import org.marginsoftmax.source.Idx;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import picocli.CommandLine;

/**
 * A jar on the class path whose head or backbone cannot be used: the commands that need it say so
 * in a line, the others work.
 */
class BrokenJarTest {
  private static final String HEAD =
      """
      package mine;
      import java.util.List;
      import org.marginsoftmax.head.*;
      import org.marginsoftmax.option.*;
      public class Mine SUPER implements HeadType {
        public Mine() { BODY }
        public String name() { return NAME; }
        public String title() { return "Mine"; }
        public String source() { return ""; }
        public String formula() { return "mine"; }
        public List<Option<?>> options() { return OPTIONS; }
        public org.marginsoftmax.layer.Head head(OptionValues v, int classes, int[] counts) {
          LAYER
        }
      }
      """;
  private static final String BACKBONE =
      """
      package mine;
      import org.marginsoftmax.backbone.*;
      public class Mine SUPER implements BackboneProvider {
        public Mine() { BODY }
        public String name() { return NAME; }
        public Backbone backbone(int embedding) { LAYER }
      }
      """;

  /** What is wrong with it, and what the line about it has. */
  enum Fault {
    /** Loads, but lacks a class. */
    NONE(""),
    CLASS_MISSING("mine.Gone"),
    SUPERCLASS_MISSING("mine/Base"),
    CONSTRUCTOR_THROWS(
        "mine.Mine could not be instantiated: java.lang.IllegalStateException: no licence;"),
    NAME_NULL("found null of mine.Mine"),
    NAME_MALFORMED("found 'My Head' of mine.Mine"),
    NAME_TAKEN("found 'TAKEN' of mine.Mine"),
    OPTION_TAKEN("found --batch-size of mine, as"),
    OPTIONS_THROW("mine.Mine: java.lang.IllegalStateException: no options"),
    OPTION_MALFORMED("found 'Two Words'"),
    OPTION_NULL("words joined by _, found null"),
    OPTION_CALLED_NAME("found 'name'"),
    OPTION_OF_ANOTHER_TYPE(
        "expected String, as the heads of the catalogue have for --scale of mine.Mine, found Double"),
    OPTION_WITHOUT_DEFAULT("expected a default, as other heads have for --subcenters of mine.Mine"),
    OPTION_TWICE("expected options of different names for --gradient of mine.Mine, found two"),
    OPTION_WITH_DEFAULT_OUT_OF_RANGE("expected a default of odd that is a number, 2..3, found 0.5");

    private final String found;

    Fault(String found) {
      this.found = found;
    }
  }

  private final ClassLoader own = Thread.currentThread().getContextClassLoader();
  @TempDir private Path dir;
  private Path jar;

  @AfterEach
  void restoreLoader() {
    Thread.currentThread().setContextClassLoader(own);
  }

  private record Ended(int code, String out, String err) {}

  private static Ended run(String... args) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine main =
        Main.commandLine().setOut(new PrintWriter(out, true)).setErr(new PrintWriter(err, true));
    return new Ended(main.execute(args), out.toString(), err.toString());
  }

  private void compile(String source, Fault fault, String taken, Class<?> service)
      throws IOException {
    String option = "Option.real(\"%s\", \"X\", \"a number\", Range.of(0, 1), 0.5, \"help\")";
    String options =
        switch (fault) {
          case OPTION_TAKEN -> "List.of(" + option.formatted("batch_size") + ")";
          case OPTION_MALFORMED -> "List.of(" + option.formatted("Two Words") + ")";
          case OPTION_NULL -> "List.of(" + option.replace("\"%s\"", "null") + ")";
          case OPTION_CALLED_NAME -> "List.of(" + option.formatted("name") + ")";
          case OPTION_OF_ANOTHER_TYPE -> "List.of(" + option.formatted("scale") + ")";
          case OPTION_WITHOUT_DEFAULT ->
              "List.of(Option.whole(\"subcenters\", \"K\", \"k\", Range.of(1, 9), null, \"\"))";
          case OPTION_TWICE -> "AngularOptions.after(AngularOptions.GRADIENT)";
          case OPTION_WITH_DEFAULT_OUT_OF_RANGE ->
              "List.of(" + option.formatted("odd").replace("(0, 1)", "(2, 3)") + ")";
          case OPTIONS_THROW -> "fail()";
          default -> "List.of()";
        };
    String text =
        source
            .replace("LAYER", "return null;")
            .replace("SUPER", fault == Fault.SUPERCLASS_MISSING ? "extends Base" : "")
            .replace(
                "BODY",
                fault == Fault.CONSTRUCTOR_THROWS
                    ? "if (true) throw new IllegalStateException(\"no licence\\nfound\");"
                    : "")
            .replace(
                "NAME",
                switch (fault) {
                  case NAME_NULL -> "null";
                  case NAME_MALFORMED -> "\"My Head\"";
                  case NAME_TAKEN -> "\"" + taken + "\"";
                  default -> "\"mine\"";
                })
            .replace("OPTIONS", options)
            .replace(
                "public String name",
                "static <T> T fail() { throw new IllegalStateException(\"no options\"); }\n"
                    + "public String name");
    Path sources = Files.createDirectories(dir.resolve("src/mine"));
    Files.writeString(sources.resolve("Mine.java"), text);
    Files.writeString(sources.resolve("Base.java"), "package mine; public class Base {}");
    jar = Files.createDirectories(dir.resolve(service.getSimpleName()));
    List<String> arguments = new ArrayList<>(List.of("-d", jar.toString()));
    List<String> path = new ArrayList<>();
    for (Class<?> used : List.of(service, Operand.class, Shape.class)) {
      path.add(used.getProtectionDomain().getCodeSource().getLocation().getPath());
    }
    path.add(ChildJvm.classPath());
    arguments.addAll(List.of("-proc:none", "-cp", String.join(File.pathSeparator, path)));
    arguments.add(sources.resolve("Mine.java").toString());
    arguments.add(sources.resolve("Base.java").toString());
    assertEquals(
        0,
        ToolProvider.getSystemJavaCompiler()
            .run(null, null, null, arguments.toArray(String[]::new)));
    if (fault == Fault.SUPERCLASS_MISSING || fault == Fault.NONE) {
      Files.delete(jar.resolve("mine/Base.class"));
    }
    Path services = Files.createDirectories(jar.resolve("META-INF/services"));
    Files.writeString(
        services.resolve(service.getName()),
        fault == Fault.CLASS_MISSING ? "mine.Gone" : "mine.Mine");
    Thread.currentThread()
        .setContextClassLoader(new URLClassLoader(new URL[] {jar.toUri().toURL()}, own));
  }

  private static void assertSaid(Ended ended, String found) {
    assertEquals(2, ended.code, ended.err);
    assertEquals(1, ended.err.lines().count(), ended.err);
    assertEquals("", ended.out);
    assertTrue(ended.err.startsWith("margin-softmax: "), ended.err);
    assertTrue(ended.err.contains(found), ended.err);
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
  void commandsThatNeedHeadsSayWhatIsWrongWithOne(Fault fault) throws IOException {
    compile(HEAD, fault, "arcface", HeadType.class);
    String found = fault.found.replace("TAKEN", "arcface").replace("mine, as", "mine");
    assertSaid(run("train", "--head", "mine", "--data", "nowhere", "--out", "x"), found);
    assertSaid(run("train", "--help"), found);
    if (fault != Fault.OPTION_TAKEN) {
      assertSaid(run("head", "--head", "arcface"), found);
      assertSaid(run("sweep"), found);
      assertSaid(run("check"), found);
      assertSaid(run("bench", "head"), found);
    }
    othersWork();
  }

  /** Those that ask for no head of a jar. */
  private static void othersWork() {
    for (String command : List.of("evaluate", "inspect", "gallery", "predict", "export")) {
      Ended help = run(command, "--help");
      assertEquals(0, help.code, help.err);
      assertTrue(help.out.startsWith("Usage: margin-softmax " + command), help.out);
    }
    Ended help = run("--help");
    assertEquals(0, help.code, help.err);
    assertTrue(help.out.contains("train "), help.out);
    Ended version = run("--version");
    assertEquals(0, version.code, version.err);
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.MATCH_NONE, names = "OPTION.*|NONE")
  void whoeverAsksForABackboneIsToldWhatIsWrongWithOne(Fault fault) throws IOException {
    compile(BACKBONE, fault, "small-cnn", BackboneProvider.class);
    String data = Idx.folder(dir.resolve("data"), 4, 40, 10).toString();
    assertSaid(
        run("check", "--backbone", "mine", "--data", data),
        fault.found.replace("TAKEN", "small-cnn"));
    Ended ours = run("check", "--backbone", "small-cnn", "--data", data);
    assertEquals(0, ours.code, ours.err);
    othersWork();
  }

  /** What a head or a backbone does when it is asked for its layer, and what is said of it. */
  enum AtUse {
    NULL("return null;", " of mine.Mine, found null; mend that class"),
    THROWS(
        "if (true) throw new IllegalStateException(\"not\\nnow\"); return null;",
        " of mine.Mine, found java.lang.IllegalStateException: not; mend that class"),
    CLASS_MISSING(
        "new Base().toString(); return null;",
        "found no mine.Base; add the jar that has it to MARGIN_SOFTMAX_CLASSPATH");

    private final String body;
    private final String found;

    AtUse(String body, String found) {
      this.body = body;
      this.found = found;
    }
  }

  @ParameterizedTest
  @EnumSource
  void whatFailsAtItsFirstUseIsSaidToo(AtUse fault) throws IOException {
    String data = Idx.folder(dir.resolve("data"), 4, 40, 10).toString();
    compile(HEAD.replace("LAYER", fault.body), Fault.NONE, "", HeadType.class);
    assertSaid(run("check", "--head", "mine", "--data", data), fault.found);
    compile(BACKBONE.replace("LAYER", fault.body), Fault.NONE, "", BackboneProvider.class);
    assertSaid(run("check", "--backbone", "mine", "--data", data), fault.found);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "null | of mine.Mine, found null; mend that class",
        "fail() | of mine.Mine, found java.lang.IllegalStateException: no options; mend that class",
        "layers.tf().placeholder(org.tensorflow.types.TFloat32.class) | of mine.Mine; give its features that shape"
      })
  void aBackboneWithoutFeaturesIsNamed(String features, String found) throws IOException {
    String data = Idx.folder(dir.resolve("data"), 4, 40, 10).toString();
    String body = "return (layers, samples) -> " + features + ";";
    compile(BACKBONE.replace("LAYER", body), Fault.NONE, "", BackboneProvider.class);
    assertSaid(run("check", "--backbone", "mine", "--data", data), found);
  }

  /** As a user starts it: his jar behind ours. */
  @Test
  void aProcessOfItsOwnSaysItToo() throws IOException, InterruptedException {
    compile(HEAD, Fault.CLASS_MISSING, "", HeadType.class);
    assertEquals(2, child("train"));
    String said = Files.readString(dir.resolve("err"));
    assertEquals(1, said.lines().count(), said);
    assertTrue(said.contains("mine.Gone"), said);
    assertEquals(0, child("inspect", "--help"));
  }

  private int child(String... args) throws IOException, InterruptedException {
    List<String> command = ChildJvm.ofCli(args);
    int path = command.indexOf("-cp") + 1;
    command.set(path, command.get(path) + File.pathSeparator + jar);
    Process process =
        new ProcessBuilder(command)
            .redirectOutput(dir.resolve("out").toFile())
            .redirectError(dir.resolve("err").toFile())
            .start();
    assertTrue(process.waitFor(2, TimeUnit.MINUTES));
    return process.exitValue();
  }
}
