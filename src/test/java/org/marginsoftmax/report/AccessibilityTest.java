package org.marginsoftmax.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
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
import org.openqa.selenium.Keys;
import org.openqa.selenium.support.ui.Select;

/** Whether everyone can use the pages: axe-core's rules, keyboards, paper, odd names. */
@Tag("browser")
class AccessibilityTest {
  private static final String AXE = "/META-INF/resources/webjars/axe-core/4.6.3/axe.min.js";
  private static Browser browser;
  private static String axe;
  @TempDir Path dir;

  @BeforeAll
  static void open() throws IOException {
    browser = new Browser(1280, 900, false);
    try (InputStream in = AccessibilityTest.class.getResourceAsStream(AXE)) {
      axe = new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  @AfterAll
  static void close() {
    browser.close();
  }

  private static void media(String type, String scheme) {
    browser
        .driver()
        .executeCdpCommand(
            "Emulation.setEmulatedMedia",
            Map.of(
                "media",
                type,
                "features",
                List.of(Map.of("name", "prefers-color-scheme", "value", scheme))));
  }

  private static void quiet() {
    assertEquals(List.of(), browser.errors());
  }

  @ParameterizedTest
  @CsvSource({
    "1280, 900, light, true",
    "1280, 900, dark, false",
    "390, 844, light, false",
    "390, 844, dark, true"
  })
  void axeFindsNothing(int width, int height, String scheme, boolean images) {
    browser.view(width, height);
    media("screen", scheme);
    // More classes than have a place in the matrix once in both schemes.
    Path run = dir.resolve("run.html");
    int classes = images ? 60 : 4;
    Pages.report("made up", Pages.names(classes, "class "), 60, images).write(run);
    check(run);
    Path comparison = dir.resolve("compare.html");
    Pages.comparison("made up").write(comparison);
    check(comparison);
    if (images) {
      Path sweep = dir.resolve("sweep.html");
      Pages.sweep(Pages.names(4, "class "), 60).write(sweep);
      check(sweep);
    }
  }

  private static void check(Path page) {
    assertEquals("yes", browser.open(page));
    browser.js(axe);
    assertEquals(
        List.of(),
        browser.await(
            """
            const done = arguments[arguments.length - 1];
            axe.run({resultTypes: ['violations']})
              .then(r => done(r.violations.map(v => v.id + ': ' + v.nodes.map(n => n.html.slice(0, 200) + ' ' + (n.any[0] || n.all[0] || n.none[0]).message).slice(0, 3).join(' | '))))
              .catch(e => done(['' + e]));
            """),
        page.toString());
    assertEquals(
        browser.js("return window.innerWidth"),
        browser.js("return document.documentElement.scrollWidth"),
        page.toString());
    quiet();
  }

  @Test
  void aKeyboardChoosesTheSampleWhoseNeighboursAreShown() {
    browser.view(1280, 900);
    media("screen", "light");
    Path page = dir.resolve("report.html");
    Pages.report("made up", 10, 60).write(page);
    browser.open(page);
    String shown =
        "return [...document.querySelectorAll('#neighbours > li')].map((e, i) => e.offsetHeight > 0 ? i : -1).filter(i => i >= 0).join(' ')";
    assertEquals("0", browser.js(shown));
    var choice = browser.driver().findElement(By.id("neighbour-of"));
    assertEquals(6, new Select(choice).getOptions().size());
    choice.sendKeys(Keys.ARROW_DOWN, Keys.ARROW_DOWN, Keys.ENTER);
    browser.until(shown, "2"::equals);
    assertEquals(
        8L,
        browser.js(
            "return document.querySelectorAll('#neighbours .chosen .nearest .shot').length"));
    // The first key that is pressed on a page leads past the sections' list.
    browser.open(page);
    browser.driver().findElement(By.tagName("body")).sendKeys(Keys.TAB);
    assertEquals("To the content", browser.js("return document.activeElement.textContent"));
    assertTrue(
        (Boolean)
            browser.js(
                "const o = getComputedStyle(document.activeElement); return o.outlineStyle !== 'none' && parseFloat(o.outlineWidth) >= 2"));
    quiet();
  }

  @Test
  void paperIsWhiteAndHasAllSections() {
    browser.view(1280, 900);
    media("print", "dark");
    Path page = dir.resolve("report.html");
    Pages.report("made up", 10, 60).write(page);
    browser.open(page);
    assertEquals(
        "rgb(255, 255, 255)", browser.js("return getComputedStyle(document.body).backgroundColor"));
    assertEquals(
        List.of(),
        browser.js(
            "return [...document.querySelectorAll('section, .chart, table, .pairs')].filter(e => e.offsetHeight === 0 && !(e.getBoundingClientRect().height > 0)).map(e => e.outerHTML.slice(0, 80))"));
    assertEquals(
        3L,
        browser.js(
            "return [...document.querySelectorAll('#neighbours > li')].filter(e => e.offsetHeight > 0).length"));
    assertEquals(
        0L, browser.js("return document.querySelector('nav').offsetHeight"), "nothing to click");
    media("screen", "light");
  }

  @Test
  void namesCannotHarmThePage() {
    browser.view(390, 844);
    media("screen", "light");
    Path page = dir.resolve("report.html");
    RunReport report = Pages.report(PageTest.ODD.get(0), PageTest.ODD, 60);
    report.write(page);
    assertEquals("yes", browser.open(page));
    assertEquals(null, browser.js("return window.harmed || null"));
    assertEquals(0L, browser.js("return document.querySelectorAll('img, script[src]').length"));
    assertEquals(2L, browser.js("return document.body.querySelectorAll('script').length"));
    // A name is shown as it is, and said as it is.
    for (String name : PageTest.ODD) {
      assertEquals(
          true,
          browser.js(
              "return [...document.querySelectorAll('#classes th')].some(e => e.textContent === arguments[0])",
              name),
          name);
      assertEquals(
          true,
          browser.js(
              "return [...document.querySelectorAll('.shot')].some(e => e.title.endsWith(', ' + arguments[0]) && e.getAttribute('aria-label') === e.title)",
              name),
          name);
    }
    assertEquals(390L, browser.js("return document.documentElement.scrollWidth"));
    quiet();
  }
}
