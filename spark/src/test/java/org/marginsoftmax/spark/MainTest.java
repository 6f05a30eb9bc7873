package org.marginsoftmax.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the command line says of mistakes that need no cluster to be seen. */
class MainTest {
  /** Every option is in the page, and every option of the page's table is one. */
  @Test
  void thePageHasEveryOption() throws IOException {
    String page = Files.readString(Path.of("../docs/spark.md"));
    Set<String> options = Main.commandLine().getCommandSpec().optionsMap().keySet();
    for (String option : options) {
      if (option.startsWith("--") && !Set.of("--help", "--version").contains(option)) {
        assertTrue(page.contains("`" + option), option + " is not in docs/spark.md");
      }
    }
    Matcher named = Pattern.compile("`(--[a-z-]+)").matcher(page);
    while (named.find()) {
      boolean ofSpark = Set.of("--jars", "--conf").contains(named.group(1));
      assertTrue(ofSpark || options.contains(named.group(1)), named.group(1));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--images a --out b|expected --model DIR, found none; see --help",
        "--model m --out b|expected one of --images, --list and --parquet, found none; see --help",
        "--model m --images a --list b --out c"
            + "|expected one of --images, --list and --parquet, found several; see --help",
        "--model m --images a --out b --skip-mising"
            + "|expected an option, found '--skip-mising'; did you mean --skip-missing?; see --help",
        "--model m --images a --out b --batch-size 5000"
            + "|batch size: expected 1..4096, found 5000; leave it out for as many as memory allows",
        "--model m --images a --out b --path-column p"
            + "|columns: expected them with --parquet, found --images; leave them out",
        "--model m --images a --out b --root r"
            + "|root: expected it with --list or --parquet, found --images; leave it out",
      })
  void mistakesAreSaidInOneLine(String arguments, String said) {
    StringWriter err = new StringWriter();
    int code = Main.commandLine().setErr(new PrintWriter(err, true)).execute(arguments.split(" "));
    assertEquals("margin-softmax-spark: " + said, err.toString().strip());
    assertEquals(2, code);
  }
}
