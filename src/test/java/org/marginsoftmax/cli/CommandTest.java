package org.marginsoftmax.cli;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import picocli.CommandLine;

/** What a user types, and what comes back. */
abstract class CommandTest {
  /** Standard output of the last command. */
  static String out;

  /** Its standard error. */
  static String err;

  /** Runs a command; its exit code. */
  static int run(String... args) {
    return run(Main.commandLine(), args);
  }

  /** Runs a command of these, which may have run before; its exit code. */
  static int run(CommandLine commands, String... args) {
    StringWriter standard = new StringWriter();
    StringWriter error = new StringWriter();
    int code =
        commands
            .setOut(new PrintWriter(standard, true))
            .setErr(new PrintWriter(error, true))
            .execute(args);
    out = standard.toString();
    err = error.toString();
    return code;
  }

  /** How the work goes, as commands tell it while they run. */
  static String progress(Runnable commands) {
    ByteArrayOutputStream told = new ByteArrayOutputStream();
    PrintStream before = System.err;
    System.setErr(SettingNames.asOptions(new PrintStream(told, true)));
    try {
      commands.run();
    } finally {
      System.setErr(before);
    }
    return told.toString();
  }
}
