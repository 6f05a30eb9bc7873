package org.marginsoftmax.cli;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.regex.Pattern;
import org.marginsoftmax.run.OptionNames;
import picocli.CommandLine;

/**
 * Settings as the command line calls them. Everything below it names a setting in backquotes, as in
 * {@code lower `lr` tenfold}, for it may have been called from Java; here that becomes {@code lower
 * --lr tenfold}.
 */
final class SettingNames {
  private static final Pattern SETTING = Pattern.compile("(\\w+) `([a-z][a-z0-9-]*)`");

  private SettingNames() {}

  /** The text with options in place of settings. */
  static String asOptions(String text) {
    return OptionNames.written(text, name -> "--" + name);
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

  /**
   * A message without the alternatives at its end that name an option which the command lacks. What
   * reads data says how the options of {@code train} would help, as in {@code mend them, or raise
   * `unreadable`}, and other commands read data too.
   */
  static String withoutForeign(String message, CommandLine command) {
    String left = message;
    int last = left.lastIndexOf(", ");
    // After a place in parentheses comes the remedy itself.
    while (last > 0 && left.charAt(last - 1) != ')' && isForeign(left.substring(last), command)) {
      left = left.substring(0, last);
      last = left.lastIndexOf(", ");
    }
    return left;
  }

  /** Whether this is an alternative that only another command has, without that command's name. */
  private static boolean isForeign(String alternative, CommandLine command) {
    Set<String> commands = command.getCommandSpec().root().subcommands().keySet();
    return !alternative.contains("; ")
        && SETTING
            .matcher(alternative)
            .results()
            .anyMatch(
                setting ->
                    !commands.contains(setting.group(1))
                        && command.getCommandSpec().findOption("--" + setting.group(2)) == null);
  }
}
