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
import org.junit.jupiter.params.provider.EnumSource;
import org.marginsoftmax.ChildJvm;
import org.marginsoftmax.backbone.BackboneProvider;
import org.marginsoftmax.data.Idx;
import org.marginsoftmax.head.HeadType;
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
      public class Mine SUPER implements HeadType {
        public Mine() { BODY }
        public String name() { return "NAME"; }
        public String title() { return "Mine"; }
        public String source() { return ""; }
        public String formula() { return "mine"; }
        public List<HeadOption<?>> options() { return OPTIONS; }
        public org.marginsoftmax.layer.Head head(HeadValues v, int classes, int[] counts) {
          return null;
        }
      }
      """;
  private static final String BACKBONE =
      """
      package mine;
      import org.marginsoftmax.backbone.*;
      public class Mine SUPER implements BackboneProvider {
        public Mine() { BODY }
        public String name() { return "NAME"; }
        public Backbone backbone(int embedding) { return new SmallCnn(embedding); }
      }
      """;

  /** What is wrong with it, and what the line about it has. */
  enum Fault {
    CLASS_MISSING("mine.Gone"),
    SUPERCLASS_MISSING("mine/Base"),
    CONSTRUCTOR_THROWS("mine.Mine could not be instantiated"),
    NAME_MALFORMED("found 'My Head' of mine.Mine"),
    NAME_TAKEN("found 'TAKEN' of mine.Mine"),
    OPTION_TAKEN("found --batch-size of mine, as"),
    OPTIONS_THROW("mine.Mine: java.lang.IllegalStateException: no options"),
    OPTION_MALFORMED("found 'Two Words'");

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
    String option = "HeadOption.real(\"%s\", \"X\", \"a number\", Range.of(0, 1), 0.5, \"help\")";
    String options =
        switch (fault) {
          case OPTION_TAKEN -> "List.of(" + option.formatted("batch_size") + ")";
          case OPTION_MALFORMED -> "List.of(" + option.formatted("Two Words") + ")";
          case OPTIONS_THROW -> "fail()";
          default -> "List.of()";
        };
    String text =
        source
            .replace("SUPER", fault == Fault.SUPERCLASS_MISSING ? "extends Base" : "")
            .replace(
                "BODY",
                fault == Fault.CONSTRUCTOR_THROWS
                    ? "if (true) throw new IllegalStateException(\"no licence\\nfound\");"
                    : "")
            .replace(
                "NAME",
                fault == Fault.NAME_MALFORMED
                    ? "My Head"
                    : fault == Fault.NAME_TAKEN ? taken : "mine")
            .replace("OPTIONS", options)
            .replace(
                "public String name",
                "static <T> T fail() { throw new IllegalStateException(\"no options\"); }\n"
                    + "public String name");
    Path sources = Files.createDirectories(dir.resolve("src/mine"));
    Files.writeString(sources.resolve("Mine.java"), text);
    Files.writeString(sources.resolve("Base.java"), "package mine; public class Base {}");
    jar = Files.createDirectories(dir.resolve("jar"));
    List<String> arguments = new ArrayList<>(List.of("-d", jar.toString()));
    String ours = service.getProtectionDomain().getCodeSource().getLocation().getPath();
    arguments.addAll(
        List.of("-proc:none", "-cp", ours + File.pathSeparator + ChildJvm.classPath()));
    arguments.add(sources.resolve("Mine.java").toString());
    arguments.add(sources.resolve("Base.java").toString());
    assertEquals(
        0,
        ToolProvider.getSystemJavaCompiler()
            .run(null, null, null, arguments.toArray(String[]::new)));
    if (fault == Fault.SUPERCLASS_MISSING) {
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
  @EnumSource
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
  @EnumSource(
      mode = EnumSource.Mode.EXCLUDE,
      names = {"OPTION_TAKEN", "OPTIONS_THROW", "OPTION_MALFORMED"})
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
