package org.marginsoftmax.layer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.marginsoftmax.run.HeadConfig;

/** docs/heads.md promises of each head what {@link HeadPropertiesTest} checks, and no more. */
class HeadsPageTest {

  @Test
  void theTableIsWhatTheTestsHold() throws IOException {
    Map<String, List<String>> expected = new LinkedHashMap<>();
    for (String head : HeadConfig.NAMES) {
      expected.put(
          head,
          List.of(
              yesUnless(HeadPropertiesTest.FEATURE_NORM_MATTERS, head),
              yesUnless(HeadPropertiesTest.CENTER_NORM_MATTERS, head),
              yesUnless(HeadPropertiesTest.ORDER_MATTERS, head),
              yesUnless(HeadPropertiesTest.TARGET_NOT_DECREASING, head),
              yesUnless(HeadPropertiesTest.FEATURE_GRADIENT_NOT_ORTHOGONAL, head),
              yesUnless(HeadPropertiesTest.CENTER_GRADIENT_NOT_ORTHOGONAL, head),
              HeadPropertiesTest.NORMFACE_WITHOUT_MARGIN.contains(head) ? "yes" : "-"));
    }
    Map<String, List<String>> found = new LinkedHashMap<>();
    boolean inTable = false;
    for (String line : Files.readAllLines(Path.of("docs/heads.md"))) {
      if (line.startsWith("| head | norm of features")) {
        inTable = true;
      } else if (inTable && line.startsWith("| `")) {
        List<String> cells = new ArrayList<>(List.of(line.split("\\s*\\|\\s*")));
        found.put(cells.get(1).replace("`", ""), cells.subList(2, cells.size()));
      } else if (inTable && line.isBlank()) {
        inTable = false;
      }
    }
    assertEquals(expected, found);
  }

  /** The page names every head that there is. */
  @Test
  void everyHeadIsDescribed() throws IOException {
    String page = Files.readString(Path.of("docs/heads.md"));
    for (String head : HeadConfig.NAMES) {
      assertTrue(page.contains("`" + head + "`"), head);
    }
  }

  private static String yesUnless(Set<String> exceptions, String head) {
    return exceptions.contains(head) ? "-" : "yes";
  }
}
