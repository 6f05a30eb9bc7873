package org.marginsoftmax.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The launchers of the checkout and of the zip, with another java on the PATH. */
class LauncherTest {
  @TempDir Path dir;

  private record Ended(int code, String said) {}

  /** With a java that says this of its version, and elsewise what it is called with. */
  private Ended launch(String launcher, String version) throws IOException, InterruptedException {
    return launch(launcher, version, null);
  }

  private Ended launch(String launcher, String version, String jars)
      throws IOException, InterruptedException {
    Path java = Files.createDirectories(dir.resolve("bin")).resolve("java");
    Files.writeString(
        java,
        """
        #!/bin/sh
        if [ "$1" = -version ]; then cat '%s' >&2; else echo "started $*"; fi
        """
            .formatted(Files.writeString(dir.resolve("version"), version)));
    Files.setPosixFilePermissions(java, PosixFilePermissions.fromString("rwxr-xr-x"));
    ProcessBuilder builder =
        new ProcessBuilder(Path.of(launcher).toAbsolutePath().toString(), "--version")
            .redirectErrorStream(true);
    builder.environment().put("PATH", java.getParent() + ":/usr/bin:/bin");
    if (jars != null) {
      builder.environment().put("MARGIN_SOFTMAX_CLASSPATH", jars);
    }
    Process process = builder.start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Ended(process.waitFor(), said);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "8|java version \"1.8.0_391\"\\nJava(TM) SE Runtime Environment (build 1.8.0_391-b13)",
        "8|openjdk version \"1.8.0_412\"\\nOpenJDK Runtime Environment (Temurin)(build 1.8.0_412-b08)",
        "11|openjdk version \"11.0.22\" 2024-01-16 LTS\\nOpenJDK Runtime Environment Zulu11.70+15-CA",
        "11|Picked up JAVA_TOOL_OPTIONS: -Xmx1g\\nopenjdk version \"11\" 2018-09-25",
        "16|openjdk version \"16-ea\" 2021-03-16\\nEclipse OpenJ9 VM",
        "9|java version \"9\""
      })
  void anOlderJavaIsRefusedInALine(String version, String says)
      throws IOException, InterruptedException {
    for (String launcher : new String[] {"margin-softmax", "src/dist/margin-softmax"}) {
      Ended ended = launch(launcher, says.replace("\\n", "\n"));
      assertEquals(1, ended.code, ended.said);
      assertEquals(1, ended.said.lines().count(), ended.said);
      assertTrue(
          ended.said.startsWith(
              "margin-softmax: expected a java of version 17 or later on the PATH, found "
                  + version
                  + " in "
                  + dir.resolve("bin/java")
                  + "; install"),
          ended.said);
    }
  }

  /** What the file beside the java says is believed, without asking the java. */
  @ParameterizedTest
  @CsvSource({
    "1.8.0_391, 8",
    "9.0.4, 9",
    "11.0.22, 11",
    "16, 16",
    "17.0.15,",
    "17-ea,",
    "21,",
    "25.0.1,"
  })
  void theFileBesideAJavaSaysItsVersion(String version, String older)
      throws IOException, InterruptedException {
    Files.writeString(
        dir.resolve("release"),
        "IMPLEMENTOR=\"Zulu\"\nJAVA_RUNTIME_VERSION=\"8\"\nJAVA_VERSION=\"%s\"\n"
            .formatted(version));
    Ended ended = launch("src/dist/margin-softmax", "asked: version \"12\"");
    if (older == null) {
      assertTrue(ended.code == 0 && ended.said.startsWith("started "), ended.said);
    } else {
      assertEquals(1, ended.code, ended.said);
      assertTrue(ended.said.contains("PATH, found " + older + " in "), ended.said);
    }
  }

  @Test
  void aFileThatSaysNothingIsNotBelieved() throws IOException, InterruptedException {
    Files.writeString(dir.resolve("release"), "NAME=\"a system\"\n");
    assertEquals(1, launch("src/dist/margin-softmax", "openjdk version \"11\"").code);
    assertEquals(0, launch("src/dist/margin-softmax", "openjdk version \"17\"").code);
  }

  /** Without a word its backbones would be unknown. */
  @Test
  void aJarThatIsNotThereIsSaid() throws IOException, InterruptedException {
    String there = Files.writeString(dir.resolve("a b.jar"), "").toString();
    for (String good : List.of("", there, dir + "/*", there + ":" + dir, there + ":")) {
      Ended ended = launch("src/dist/margin-softmax", "openjdk version \"17\"", good);
      assertEquals(0, ended.code, good + ended.said);
    }
    for (String bad : List.of("no.jar", there + ":no.jar", "no.jar:" + there)) {
      Ended ended = launch("src/dist/margin-softmax", "openjdk version \"17\"", bad);
      assertEquals(2, ended.code, bad + ended.said);
      assertEquals(1, ended.said.lines().count(), ended.said);
      assertTrue(ended.said.contains("MARGIN_SOFTMAX_CLASSPATH: expected"), ended.said);
      assertTrue(ended.said.contains("nothing at no.jar;"), ended.said);
    }
    String checkout = Files.readString(Path.of("margin-softmax"));
    assertTrue(
        checkout.contains(
            "MARGIN_SOFTMAX_CLASSPATH: expected jars or folders, found nothing at $entry; check the path\" 2"));
  }

  /** Windows' launcher, read: it says and does what the zip's other one does. */
  @Test
  void theBatchFileDoesTheSame() throws IOException {
    String shell = Files.readString(Path.of("src/dist/margin-softmax"));
    List<String> batch = Files.readAllLines(Path.of("src/dist/margin-softmax.bat"));
    String all = String.join("\n", batch);
    for (String both :
        List.of(
            "-XX:+UseSerialGC -Xms16m",
            "\"-Dmargin-softmax.home=",
            "org.marginsoftmax.cli.Main",
            "TF_CPP_MIN_LOG_LEVEL",
            "TF_ENABLE_ONEDNN_OPTS",
            "MARGIN_SOFTMAX_JAVA",
            "MARGIN_SOFTMAX_CLASSPATH",
            "expected java on the PATH, found none; install a Java 17 or later",
            "expected a java of version 17 or later on the PATH, found ")) {
      assertTrue(shell.contains(both) && all.contains(both), both);
    }
    assertTrue(all.contains("if not defined TF_CPP_MIN_LOG_LEVEL set \"TF_CPP_MIN_LOG_LEVEL=2\""));
    assertTrue(
        all.contains("if not defined TF_ENABLE_ONEDNN_OPTS set \"TF_ENABLE_ONEDNN_OPTS=1\""));
    assertTrue(all.contains("\nchcp 65001 >nul\n"), "UTF-8");
    // An empty part of the class path is the current folder.
    assertTrue(all.contains("\nset \"jars=%~dp0lib\\*\"\n"));
    assertTrue(
        all.contains(
            "\nif defined MARGIN_SOFTMAX_CLASSPATH set \"jars=%jars%;%MARGIN_SOFTMAX_CLASSPATH%\"\n"));
    int java = batch.indexOf("exit /b %ERRORLEVEL%") - 1;
    assertEquals(
        "java -XX:+UseSerialGC -Xms16m %MARGIN_SOFTMAX_JAVA% \"-Dmargin-softmax.home=%~dp0.\" -cp \"%jars%\" org.marginsoftmax.cli.Main %*",
        batch.get(java));
    for (Matcher jump = Pattern.compile("goto (\\w+)").matcher(all); jump.find(); ) {
      int label = batch.indexOf(":" + jump.group(1));
      assertTrue(label > java + 1, jump.group());
      assertTrue(batch.get(label + 1).startsWith("echo margin-softmax: expected "), jump.group());
      assertTrue(batch.get(label + 1).endsWith(">&2"), jump.group());
      assertEquals("exit /b 1", batch.get(label + 2));
    }
  }

  /** findstr's expressions are Java's as far as they go here. */
  @Test
  void theBatchFileKnowsVersionsFromEachOther() throws IOException {
    String batch = Files.readString(Path.of("src/dist/margin-softmax.bat"));
    List<Pattern> old =
        Pattern.compile("/c:\"([^\"]+)\"")
            .matcher(batch)
            .results()
            .map(found -> Pattern.compile(found.group(1)))
            .toList();
    for (String version :
        "1.8.0_391 9 9.0.4 10.0.2 11.0.22 12 13 14 15 16-ea 16.0.2 17 17-ea 17.0.15 18 19.0.1 21 25"
            .split(" ")) {
      boolean older = !version.matches("(1[7-9]|2\\d)\\b.*");
      for (String line :
          List.of(
              "JAVA_VERSION=\"" + version + "\"",
              "java version \"" + version + "\" 2023-10-17",
              "openjdk version \"" + version + "\"")) {
        assertEquals(older, old.stream().anyMatch(p -> p.matcher(line).find()), line);
      }
    }
    for (String other :
        List.of("JAVA_RUNTIME_VERSION=\"11.0.2\"", "JAVA_VERSION_DATE=\"1.1\"", "OS=\"1.8\"")) {
      assertTrue(old.stream().noneMatch(p -> p.matcher(other).find()), other);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "openjdk version \"17.0.15\" 2025-04-15",
        "openjdk version \"17-ea\" 2021-09-14",
        "java version \"21.0.1\" 2023-10-17 LTS\nJava(TM) SE Runtime Environment Oracle GraalVM",
        "openjdk version \"25\" 2025-09-16 LTS",
        "nobody knows"
      })
  void anyOtherIsTaken(String says) throws IOException, InterruptedException {
    Ended ended = launch("src/dist/margin-softmax", says);
    assertEquals(0, ended.code, ended.said);
    assertTrue(
        ended.said.startsWith("started ") && ended.said.strip().endsWith("Main --version"),
        ended.said);
  }
}
