package org.marginsoftmax.cli;

import java.io.PrintWriter;
import java.io.StringWriter;

/** What a user types, and what comes back. */
abstract class CommandTest {
  /** Standard output of the last command. */
  static String out;

  /** Its standard error. */
  static String err;

  /** Runs a command; its exit code. */
  static int run(String... args) {
    StringWriter standard = new StringWriter();
    StringWriter error = new StringWriter();
    int code =
        Main.commandLine()
            .setOut(new PrintWriter(standard, true))
            .setErr(new PrintWriter(error, true))
            .execute(args);
    out = standard.toString();
    err = error.toString();
    return code;
  }
}
