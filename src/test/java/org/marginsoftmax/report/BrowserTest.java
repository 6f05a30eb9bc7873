package org.marginsoftmax.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.logging.Level;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.openqa.selenium.By;
import org.openqa.selenium.interactions.Actions;
import org.openqa.selenium.logging.LogType;

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

  /** Where sphere.js puts the camera. */
  private static final String START = "1.05 1.05 0.60";

  private void healthy() {
    assertEquals(
        List.of(),
        browser.driver().manage().logs().get(LogType.BROWSER).getAll().stream()
            .filter(e -> e.getLevel().intValue() >= Level.SEVERE.intValue())
            .toList());
    assertEquals(
        0L,
        browser.js(
            "return performance.getEntriesByType('resource').filter(e => e.name.startsWith('http')).length"),
        "nothing is fetched");
  }

  private long differentColours(String element) {
    return (Long)
        browser.await(
            """
            const done = arguments[arguments.length - 1];
            Plotly.toImage(document.querySelector(arguments[0]), {format: 'png', width: 400, height: 400}).then(url => {
              const image = new Image();
              image.onload = () => {
                const canvas = document.createElement('canvas');
                canvas.width = canvas.height = 400;
                const context = canvas.getContext('2d');
                context.drawImage(image, 0, 0);
                const seen = new Set(new Uint32Array(context.getImageData(0, 0, 400, 400).data.buffer));
                done(seen.size);
              };
              image.src = url;
            });
            """,
            element);
  }

  @Test
  void sphereIsDrawnTurnedAndSwitched() {
    Path page = dir.resolve("report.html");
    Pages.report("made up", 10, 300).write(page);
    assertEquals("yes", browser.open(page));
    assertEquals(11L, browser.js("return document.getElementById('sphere').data.length"));
    assertEquals(
        300L,
        browser.js(
            "return document.getElementById('sphere').data.slice(0, 10).reduce((n, t) => n + t.x.length, 0)"));
    assertTrue(differentColours("#sphere") > 200, "the sphere is drawn");
    assertEquals(
        "5",
        String.valueOf(browser.driver().findElements(By.cssSelector("#metrics tbody tr")).size()));
    assertTrue(browser.driver().findElement(By.id("lead")).getText().startsWith("92.0 %"));

    // Turned by the mouse.
    String camera =
        "return JSON.stringify(document.getElementById('sphere')._fullLayout.scene._scene.getCamera().eye)";
    Object before = browser.js(camera);
    new Actions(browser.driver())
        .moveToElement(browser.driver().findElement(By.id("sphere")))
        .clickAndHold()
        .moveByOffset(120, 30)
        .release()
        .perform();
    browser.until(camera, seen -> !before.equals(seen));

    // Classes off and on.
    browser.driver().findElement(By.id("none")).click();
    String shown =
        "return document.getElementById('sphere').data.filter(t => t.visible !== 'legendonly').length";
    browser.until(shown, seen -> seen.equals(0L));
    browser.driver().findElement(By.id("all")).click();
    browser.until(shown, seen -> seen.equals(11L));
    browser.driver().findElements(By.cssSelector("#sphere .legendtoggle")).get(3).click();
    browser.until("return document.getElementById('sphere').data[3].visible", "legendonly"::equals);
    healthy();
  }

  @Test
  void pointingAtASampleShowsItsImage() {
    Path page = dir.resolve("report.html");
    Pages.report("made up", 10, 300).write(page);
    browser.open(page);
    browser.js(
        "document.getElementById('sphere').emit('plotly_hover', {points: [{customdata: 137}]})");
    assertTrue(browser.driver().findElement(By.id("card")).isDisplayed());
    assertEquals("class 7", browser.driver().findElement(By.id("card-text")).getText());
    // Image 137 has one bright pixel, 137 mod 64 = 9: column 1 of row 1, 14 screen pixels each.
    assertEquals(
        List.of(255L, 0L),
        browser.js(
            """
            const c = document.getElementById('thumb').getContext('2d');
            return [c.getImageData(21, 21, 1, 1).data[0], c.getImageData(7, 7, 1, 1).data[0]];
            """));
    healthy();
  }

  @Test
  void realPointingReachesASample() throws InterruptedException {
    Path page = dir.resolve("report.html");
    Pages.report("made up", 4, 2000).write(page);
    browser.open(page);
    Thread.sleep(1000);
    var sphere = browser.driver().findElement(By.id("sphere"));
    boolean shown = false;
    for (int i = 0; i < 60 && !shown; i++) {
      new Actions(browser.driver())
          .moveToElement(sphere, (i % 10 - 5) * 25, (i / 10 - 3) * 25)
          .perform();
      Thread.sleep(60);
      shown = browser.driver().findElement(By.id("card")).isDisplayed();
    }
    assertTrue(shown, "no sample answers the mouse");
  }

  @Test
  void manyClassesAreChosenByName() {
    Path page = dir.resolve("report.html");
    Pages.report("many", 1200, 3000).write(page);
    assertEquals("yes", browser.open(page));
    var pick = browser.driver().findElement(By.id("pick"));
    pick.sendKeys("class 77");
    browser.js("document.getElementById('pick').dispatchEvent(new Event('change'))");
    // The class, all others in grey, and the center of the class.
    browser.until(
        "return document.getElementById('sphere').data.map(t => t.name + ' ' + t.x.length).join(', ')",
        "class 77 3, 1,199 others 2997, class centres 1"::equals);
    healthy();
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
        // A class has a colour of its own, or is grey.
        String colours =
            "(element => { const c = element.data.slice(0, -1).map(t => t.marker.color); return [c.length, new Set(c).size]; })";
        Object seen =
            browser.js("return " + colours + "(document.querySelector('#sphere, #spheres .one'))");
        long expected = Math.min(classes, 20) + (classes > 20 ? 1 : 0);
        assertEquals(List.of(expected, expected), seen);
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

  @Test
  void spheresOfASweepTurnTogether() throws InterruptedException {
    Path page = dir.resolve("sweep.html");
    Pages.sweep(Pages.names(10, "class "), 300).write(page);
    assertEquals("yes", browser.open(page));
    assertEquals(
        4L,
        browser.js("return document.querySelectorAll('#spheres .one canvas').length > 3 ? 4 : 0"));
    // The figure against both options, without the run that failed.
    assertEquals(
        List.of(3L, 3L),
        browser.js(
            "return [...document.querySelectorAll('#against .plot')].map(e => e.querySelectorAll('.point').length)"));
    // The others follow slowly, as on a busy machine: the mouse is let go while they still draw.
    browser.js(
        """
        const relayout = Plotly.relayout;
        Plotly.relayout = async (...a) => { await new Promise(r => setTimeout(r, 900)); return relayout(...a); };
        """);
    new Actions(browser.driver())
        .moveToElement(browser.driver().findElements(By.cssSelector("#spheres .one")).get(0))
        .clickAndHold()
        .moveByOffset(60, 10)
        .moveByOffset(20, 30)
        .release()
        .perform();
    String eyes =
        "return [...new Set([...document.querySelectorAll('#spheres .one')].map(e => { const c = e._fullLayout.scene._scene.getCamera().eye; return [c.x, c.y, c.z].map(v => v.toFixed(2)).join(' '); }))]";
    browser.until(eyes, seen -> seen instanceof List<?> l && l.size() == 1 && !l.contains(START));
    Thread.sleep(1000);
    assertEquals(1, ((List<?>) browser.js(eyes)).size(), "no sphere turns on after the others");
    browser.driver().findElement(By.cssSelector("#keys button")).click();
    browser.until(
        "return [...document.querySelectorAll('#spheres .one')].filter(e => e.data[0].visible === 'legendonly').length",
        seen -> seen.equals(4L));
    healthy();
  }
}
