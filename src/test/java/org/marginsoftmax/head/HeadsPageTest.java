package org.marginsoftmax.head;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.marginsoftmax.PageTable;
import org.marginsoftmax.option.Option;

/**
 * The tables of docs/heads.md are those of the catalogue; {@code -Dheads.write} writes them there.
 */
class HeadsPageTest {
  private static final Path PAGE = Path.of("docs/heads.md");

  @Test
  void theHeads() throws IOException {
    List<String> table =
        new ArrayList<>(
            List.of(
                "| `--head` | name | t(theta), and other differences | source | own options and defaults | when to use it |",
                "| --- | --- | --- | --- | --- | --- |"));
    for (HeadType head : Heads.ours()) {
      table.add(
          "| `%s` | %s | %s | %s | %s | %s |"
              .formatted(
                  head.name(),
                  head.title(),
                  head.formula(),
                  head.source(),
                  String.join(", ", ownOptions(head)),
                  head.when())
              .replace("  ", " "));
    }
    assertIsOnThePage("| `--head` |", table);
  }

  /** Those that not every head of cosines has as this one has them. */
  private static List<String> ownOptions(HeadType head) {
    return head.options().stream()
        .filter(o -> o.usual() != null && !AngularOptions.after().contains(o))
        .map(o -> o.name().replace('_', ' ') + " " + Option.words(o.usual()))
        .toList();
  }

  @Test
  void whatHoldsOfEach() throws IOException {
    List<String> table = new ArrayList<>();
    table.add(row("head", Stream.of(HeadProperty.values()).map(HeadProperty::words)));
    table.add(row("---", Stream.of(HeadProperty.values()).map(p -> "---")));
    for (HeadType head : Heads.ours()) {
      table.add(
          row(
              "`" + head.name() + "`",
              Stream.of(HeadProperty.values())
                  .map(p -> head.properties().contains(p) ? "yes" : "-")));
    }
    assertIsOnThePage("| head | norm of features", table);
  }

  private static String row(String first, Stream<String> cells) {
    return "| " + first + " | " + String.join(" | ", cells.toList()) + " |";
  }

  private static void assertIsOnThePage(String beginning, List<String> table) throws IOException {
    PageTable.check(PAGE, beginning, table, Boolean.getBoolean("heads.write"));
  }
}
