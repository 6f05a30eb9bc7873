package org.marginsoftmax.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
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
    Path java = dir.resolve("java");
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
    builder.environment().put("PATH", dir + ":/usr/bin:/bin");
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
                  + dir.resolve("java")
                  + "; install"),
          ended.said);
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
