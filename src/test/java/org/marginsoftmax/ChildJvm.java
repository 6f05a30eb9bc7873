package org.marginsoftmax;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** Command lines of JVMs that have the classes under test, in whatever folder they are started. */
public final class ChildJvm {
  private ChildJvm() {}

  /** The java that runs the tests. */
  public static Path java() {
    return Path.of(System.getProperty("java.home"), "bin", "java");
  }

  /** The tests' own class path. */
  public static String classPath() {
    return Arrays.stream(System.getProperty("java.class.path").split(":"))
        .map(entry -> Path.of(entry).toAbsolutePath().toString())
        .collect(Collectors.joining(":"));
  }

  /** Runs the command line. */
  public static List<String> ofCli(String... args) {
    return of(List.of(), "org.marginsoftmax.cli.Main", args);
  }

  /**
   * Runs the main method of a class.
   *
   * @param options of the JVM, beside those by which it starts soon
   */
  public static List<String> of(List<String> options, String main, String... args) {
    List<String> command = new ArrayList<>(List.of(java().toString()));
    command.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
    command.addAll(options);
    command.addAll(List.of("-cp", classPath(), main));
    command.addAll(List.of(args));
    return command;
  }
}
