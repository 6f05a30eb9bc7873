package org.marginsoftmax.cli;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;

/**
 * Settings as the command line calls them. Everything below it names a setting in backquotes, as in
 * {@code lower `lr` tenfold}, for it may have been called from Java; here that becomes {@code lower
 * --lr tenfold}.
 */
final class SettingNames {
  private static final Pattern QUOTED = Pattern.compile("`([a-z][a-z0-9-]*)`");

  private SettingNames() {}

  /** The text with options in place of settings. */
  static String asOptions(String text) {
    return QUOTED.matcher(text).replaceAll("--$1");
  }

  /** A stream that writes text to another, in UTF-8, with options in place of settings. */
  static PrintStream asOptions(PrintStream out) {
    return new PrintStream(out, true, StandardCharsets.UTF_8) {
      @Override
      public void print(String text) {
        super.print(asOptions(String.valueOf(text)));
      }
    };
  }
}
