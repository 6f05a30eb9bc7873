package org.marginsoftmax.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.openqa.selenium.By;

/** The pages as Chromium draws them. */
@Tag("browser")
class BrowserTest {
  private static Browser browser;
  @TempDir Path dir;

  @BeforeAll
  static void open() {
    browser = new Browser(1280, 900, false);
  }

  @AfterAll
  static void close() {
    browser.close();
  }

  private void healthy() {
    assertEquals(List.of(), browser.errors());
    assertEquals(
        0L,
        browser.js(
            "return performance.getEntriesByType('resource').filter(e => e.name.startsWith('http')).length"),
        "nothing is fetched");
  }

  /** However many classes there are and whatever they are called, nothing is wider than a phone. */
  @ParameterizedTest
  @CsvSource({
    "20, Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichen",
    "1000, 漢字の名前がとても長いクラスである場合"
  })
  void fitsAPhone(int classes, String name) {
    browser.view(390, 844);
    try {
      Path run = dir.resolve("report.html");
      Pages.report("a run of " + name.repeat(3), Pages.names(classes, name + " "), 300).write(run);
      Path sweep = dir.resolve("sweep.html");
      Pages.sweep(Pages.names(classes, name + " "), 100).write(sweep);
      for (Path page : List.of(run, sweep)) {
        assertEquals("yes", browser.open(page));
        assertEquals(
            390L, browser.js("return document.documentElement.scrollWidth"), page.toString());
        assertEquals(
            List.of(),
            browser.js(
                """
                return [...document.querySelectorAll('section, h1, p, table, .plot, figure, #keys, button')]
                  .filter(e => !e.closest('.scroll') && e.getBoundingClientRect().right > 390)
                  .map(e => e.outerHTML.slice(0, 80));
                """));
        healthy();
      }
    } finally {
      browser.view(1280, 900);
    }
  }

  @Test
  void readersWithoutScriptsSeeFiguresAndConfiguration() {
    Path page = dir.resolve("report.html");
    Pages.report("made up", 3, 30).write(page);
    browser
        .driver()
        .executeCdpCommand("Emulation.setScriptExecutionDisabled", Map.of("value", true));
    try {
      browser.driver().get(page.toUri().toString());
      String text = browser.driver().findElement(By.tagName("main")).getText();
      for (String part :
          List.of(
              "TAR at FAR 1e-2 0.6610 0.6410 to 0.6820 0.4512",
              "Mean angle within a class 20.3°",
              "Silhouette undefined – undefined: needs two <classes>",
              "head: name arc<face>")) {
        assertTrue(text.contains(part), text);
      }
    } finally {
      browser
          .driver()
          .executeCdpCommand("Emulation.setScriptExecutionDisabled", Map.of("value", false));
    }
  }

  /** The comparison of runs needs no script, and none of its tables makes the page wider. */
  @Test
  void comparisonStandsStill() {
    Path page = dir.resolve("compare.html");
    Pages.comparison("<b>run</b> of a long name that nobody would choose").write(page);
    assertEquals("yes", browser.open(page));
    assertEquals(0L, browser.js("return document.scripts.length"));
    assertEquals(
        0L, browser.js("return document.querySelectorAll('b').length"), "a name is no markup");
    assertTrue(
        (Boolean)
            browser.js(
                "return document.documentElement.scrollWidth <= document.documentElement.clientWidth"));
    // Higher accuracy lies right of the line at 0, a lower TAR left of it.
    assertEquals(
        true,
        browser.js(
            """
            return ['better', 'worse'].every(verdict => {
              const row = document.querySelector('svg.forest g.' + verdict).closest('svg');
              const zero = row.querySelector('.zero').getBoundingClientRect().x;
              const value = row.querySelector('circle').getBoundingClientRect().x;
              return verdict === 'better' ? value > zero : value < zero - 4;
            });
            """));
    assertEquals(
        List.of(),
        browser.js(
            "return [...document.querySelectorAll('.scroll')].filter(e => e.tabIndex !== 0).map(e => e.id)"),
        "what scrolls can be reached by keys");
    healthy();
  }
}
