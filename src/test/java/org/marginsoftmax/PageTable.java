package org.marginsoftmax;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A table of a page of docs/ that is made from the code. */
public final class PageTable {
  private PageTable() {}

  /**
   * Checks that a page has a table, or writes it there.
   *
   * @param beginning of the line that the table on the page begins with
   * @param written whether the page is to be written
   */
  public static void check(Path page, String beginning, List<String> table, boolean written)
      throws IOException {
    List<String> lines = new ArrayList<>(Files.readAllLines(page));
    int from = 0;
    while (!lines.get(from).startsWith(beginning)) {
      from++;
    }
    int to = from;
    while (lines.get(to).startsWith("|")) {
      to++;
    }
    List<String> found = lines.subList(from, to);
    if (written && !found.equals(table)) {
      found.clear();
      lines.addAll(from, table);
      Files.write(page, lines);
      return;
    }
    assertEquals(String.join("\n", table), String.join("\n", found));
  }
}
