package org.marginsoftmax.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.marginsoftmax.npy.NpyFile;
import org.openqa.selenium.By;
import org.openqa.selenium.Keys;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.interactions.Actions;

/** The spheres of the pages, turned, switched and laid out in Chromium. */
@Tag("browser")
class SphereBrowserTest {
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

  /** A page whose sphere rests. */
  private void open(RunReport report) {
    Path page = dir.resolve("report.html");
    report.write(page);
    assertEquals("yes", browser.open(page));
    browser.js("views.globe.setTurning(false);");
  }

  private static void healthy() {
    assertEquals(List.of(), browser.errors());
  }

  private static WebElement id(String id) {
    return browser.driver().findElement(By.id(id));
  }

  /** Clicks where the element is in the end, not on the way there. */
  private static void click(WebElement element) {
    browser.js("arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", element);
    element.click();
  }

  private static WebElement canvas() {
    WebElement canvas = browser.driver().findElement(By.cssSelector("#sphere canvas:last-child"));
    browser.js("arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", canvas);
    return canvas;
  }

  private static List<Double> view() {
    List<Double> view = new ArrayList<>();
    for (Object each :
        (List<?>)
            browser.js(
                "const v = views.globe.view; return [v.yaw, v.pitch, v.zoom].map(x => x + 1e-9)")) {
      view.add(((Number) each).doubleValue());
    }
    return view;
  }

  /** How many colours the picture has. */
  private static long colours() {
    return (Long)
        browser.js("views.globe.paint(); return new Set(views.globe.painter.pixels).size");
  }

  @Test
  void isDrawnAndTurnsByMouseKeysAndItself() {
    open(Pages.report("made up", 10, 300));
    long with = colours();
    assertTrue(with > 500, "colours drawn " + with);
    List<Double> before = view();
    new Actions(browser.driver())
        .moveToElement(canvas())
        .clickAndHold()
        .moveByOffset(120, 30)
        .release()
        .perform();
    List<Double> dragged = view();
    assertTrue(
        dragged.get(0) > before.get(0) + 0.2 && dragged.get(1) > before.get(1), "" + dragged);

    // Each key by itself, whatever the one before did.
    double[] yaw = {0.1, -0.1, 0, 0, 0, 0};
    double[] pitch = {0, 0, -0.1, 0.1, 0, 0};
    double[] zoom = {1, 1, 1, 1, 1.25, 0.8};
    CharSequence[] keys = {
      Keys.ARROW_RIGHT, Keys.ARROW_LEFT, Keys.ARROW_UP, Keys.ARROW_DOWN, "+", "-"
    };
    for (int k = 0; k < keys.length; k++) {
      List<Double> from = view();
      canvas().sendKeys(keys[k]);
      assertEquals(from.get(0) + yaw[k], view().get(0), 1e-6, "key " + k);
      assertEquals(from.get(1) + pitch[k], view().get(1), 1e-6, "key " + k);
      assertEquals(from.get(2) * zoom[k], view().get(2), 1e-6, "key " + k);
    }
    canvas().sendKeys("0");
    assertEquals(List.of(-0.6 + 1e-9, 0.35 + 1e-9, 1 + 1e-9), view());

    canvas().sendKeys(" ");
    assertEquals("true", id("turn").getDomAttribute("aria-pressed"));
    browser.until("return views.globe.view.yaw", yawNow -> ((Number) yawNow).doubleValue() > -0.5);
    canvas().sendKeys(Keys.ARROW_LEFT);
    assertEquals("false", id("turn").getDomAttribute("aria-pressed"));
    List<Double> stopped = view();
    browser.await("setTimeout(arguments[0], 200)");
    assertEquals(stopped, view(), "holding it stops it");
    healthy();
  }

  @Test
  void wheelComesCloserAndLetsThePageScrollOnWhenTheWholeSphereIsSeen() {
    open(Pages.report("made up", 3, 300));
    String wheel =
        "const e = new WheelEvent('wheel', {deltaY: arguments[0], clientX: 500, clientY: 400, cancelable: true});"
            + " views.globe.top.dispatchEvent(e); return [e.defaultPrevented, views.globe.view.zoom > 1]";
    assertEquals(List.of(false, false), browser.js(wheel, 100));
    assertEquals(List.of(true, true), browser.js(wheel, -300));
    assertEquals(List.of(true, false), browser.js(wheel, 600));
  }

  @Test
  void legendHidesClassesOneByOneAllAndAlone() {
    open(Pages.report("made up", 12, 300));
    List<WebElement> keys = browser.driver().findElements(By.cssSelector("#legend button"));
    assertEquals(12, keys.size());
    String shown = "return views.globe.classes.shown.slice(0, 12).filter(s => s).length";
    click(keys.get(3));
    assertEquals(11L, browser.js(shown));
    assertEquals("false", keys.get(3).getDomAttribute("aria-pressed"));
    click(id("none"));
    assertEquals(0L, browser.js(shown));
    long nothing = colours();
    click(id("all"));
    assertEquals(12L, browser.js(shown));
    assertTrue(colours() > nothing + 300);
    browser.js("arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", keys.get(11));
    new Actions(browser.driver())
        .keyDown(Keys.SHIFT)
        .click(keys.get(11))
        .keyUp(Keys.SHIFT)
        .perform();
    assertEquals(1L, browser.js(shown));
    // The second ten hues have another shape.
    assertEquals(
        "rect",
        browser.js(
            "return document.querySelectorAll('#legend button')[11].querySelector('svg').firstChild.nodeName"));
    // Hidden samples do not answer.
    assertEquals(
        true,
        browser.js(
            "const g = views.globe; g.paint(); return g.cloud.labels.every((label, i) => { const id = g.at(g.xs[i], g.ys[i], 12); return id === null || g.cloud.labels[id] === 11 || id === -12; })"));
    healthy();
  }

  @Test
  void everySampleIsFoundWhereItIsDrawnOrOneBeforeIt() {
    open(Pages.report("made up", 4, 500));
    assertEquals(
        0L,
        browser.js(
            """
            const g = views.globe;
            g.paint();
            return [...g.xs].filter((x, i) => { const id = g.at(x, g.ys[i], 12); return id === null || id >= 0 && g.depths[id] < g.depths[i] - 1e-6 && Math.hypot(g.xs[id] - x, g.ys[id] - g.ys[i]) > 1; }).length;
            """));
    boolean shown = false;
    for (int i = 0; i < 60 && !shown; i++) {
      new Actions(browser.driver())
          .moveToElement(canvas(), (i % 10 - 5) * 25, (i / 10 - 3) * 25)
          .perform();
      shown = id("card").isDisplayed();
    }
    assertTrue(shown, "no sample answers the mouse");
  }

  @Test
  void cardShowsImageClassAndAngle() {
    open(Pages.report("made up", 10, 300));
    browser.js("views.globe.point(137)");
    assertEquals("class 7\n137.0° from its centre", id("card-text").getText());
    // Image 137 has one bright pixel, 137 mod 64 = 9: column 1 of row 1, 14 screen pixels each.
    assertEquals(
        List.of(255L, 0L),
        browser.js(
            """
            const c = document.getElementById('thumb').getContext('2d');
            return [c.getImageData(21, 21, 1, 1).data[0], c.getImageData(7, 7, 1, 1).data[0]];
            """));
    browser.js("views.globe.point(-2)");
    assertEquals("centre of </script><b>&\"'", id("card-text").getText());
    healthy();
  }

  @Test
  void directionsLieOnTheSurface() {
    open(Pages.report("made up", 5, 200));
    click(id("view-ball"));
    assertEquals(
        0L,
        browser.js(
            "const p = views.globe.cloud.positions; return [...p].filter((v, i) => i % 3 === 0 && Math.abs(Math.hypot(v, p[i + 1], p[i + 2]) - 1) > 1e-4).length"));
    healthy();
  }

  /**
   * On the same points scikit-learn 1.9.1 ends at a divergence of 0.2879 (its Barnes-Hut
   * approximation, perplexity 30, three dimensions, from PCA) and a trustworthiness of 0.9889.
   */
  @Test
  void tsneIsAsGoodAsTheReferenceAndTheSameEachTime() throws Exception {
    float[][] rows = NpyFile.readFloats(Path.of(getClass().getResource("tsne.npy").toURI())).rows();
    int[] labels = IntStream.range(0, rows.length).map(i -> i % 8).toArray();
    Sphere sphere =
        new Sphere(rows, labels, new float[8][3], new float[rows.length], OptionalDouble.of(0.5));
    open(Pages.report("t-SNE", Pages.names(8, "class "), sphere, null, true));
    double[] divergences = new double[2];
    float[][][] found = new float[2][][];
    for (int k = 0; k < 2; k++) {
      click(id("view-tsne"));
      browser.until("return !!views.laidOut", Boolean.TRUE::equals);
      divergences[k] = ((Number) browser.js("return views.laidOut.divergence")).doubleValue();
      found[k] = threes((List<?>) browser.js("return [...views.laidOut.raw]"));
      assertTrue(!id("tsne").isDisplayed());
      browser.js("views.laidOut = null");
      click(id("view-pca"));
    }
    System.out.printf(
        "t-SNE of %d points: divergence %.4f, trustworthiness %.4f%n",
        rows.length, divergences[0], trustworthiness(rows, found[0], 12));
    assertTrue(divergences[0] > 0.2 && divergences[0] <= 0.2879, "" + divergences[0]);
    assertTrue(trustworthiness(rows, found[0], 12) > 0.985);
    assertEquals(divergences[0], divergences[1]);
    assertTrue(Arrays.deepEquals(found[0], found[1]));
    healthy();
  }

  @Test
  void tsneCanBeCancelledAndBegunAgain() {
    open(Pages.report("made up", 10, 1000));
    click(id("view-tsne"));
    browser.until(
        "return document.getElementById('tsne-bar').value",
        seen -> ((Number) seen).intValue() >= 10);
    assertTrue(id("tsne").isDisplayed());
    click(id("tsne-cancel"));
    assertEquals("true", id("view-pca").getDomAttribute("aria-pressed"));
    Object steps = browser.js("return document.getElementById('tsne-bar').value");
    browser.await("setTimeout(arguments[0], 400)");
    assertEquals(steps, browser.js("return document.getElementById('tsne-bar').value"));
    assertEquals(true, browser.js("return views.globe.cloud.solid && !views.end"));
    // A step may pass between two looks at it.
    browser.js(
        "window.said = []; const says = document.getElementById('sphere-says'); new MutationObserver(() => said.push(says.textContent)).observe(says, {childList: true})");
    click(id("view-tsne"));
    browser.until("return said.some(s => s.includes('step 10 of'))", Boolean.TRUE::equals);
    click(id("view-ball"));
    assertEquals(true, browser.js("return !views.end"), "another view ends it");
    healthy();
  }

  @Test
  void growthPlaysToItsEndAndGoesByItsSlider() {
    open(Pages.report("made up", 10, 300));
    click(id("view-growth"));
    browser.until("return views.growth.now > 0.2", Boolean.TRUE::equals);
    click(id("growth-play"));
    assertEquals("Play", id("growth-play").getText());
    id("growth-epoch").sendKeys(Keys.HOME);
    assertEquals("epoch 1 of 6", id("growth-said").getText());
    List<?> first = (List<?>) browser.js("return [...views.globe.cloud.positions]");
    id("growth-epoch").sendKeys(Keys.ARROW_RIGHT);
    assertEquals("epoch 2 of 6", id("growth-said").getText());
    assertEquals("epoch 2", id("growth-epoch").getDomAttribute("aria-valuetext"));
    assertNotEquals(first, browser.js("return [...views.globe.cloud.positions]"));
    id("growth-epoch").sendKeys(Keys.ARROW_LEFT);
    click(id("growth-play"));
    browser.until("return views.growth.now", seen -> ((Number) seen).doubleValue() == 5);
    assertEquals("Play", id("growth-play").getText());
    // The end is the sphere's own place of the same samples.
    assertEquals(
        true,
        browser.js(
            "return views.globe.cloud.positions.every((v, i) => Math.abs(v - views.flat.positions[i]) < 1e-4)"));
    click(id("view-pca"));
    assertTrue(!id("growth").isDisplayed());
    healthy();
  }

  @Test
  void whoWantsLessMotionGetsNone() {
    browser
        .driver()
        .executeCdpCommand(
            "Emulation.setEmulatedMedia",
            Map.of(
                "features", List.of(Map.of("name", "prefers-reduced-motion", "value", "reduce"))));
    try {
      Path page = dir.resolve("still.html");
      Pages.report("made up", 3, 100).write(page);
      browser.open(page);
      List<Double> before = view();
      click(id("view-ball"));
      click(id("view-growth"));
      browser.await("setTimeout(arguments[0], 300)");
      assertEquals(before, view());
      assertEquals(5L, browser.js("return views.growth.now"));
      assertEquals(false, browser.js("return !!views.globe.moving"));
    } finally {
      browser
          .driver()
          .executeCdpCommand("Emulation.setEmulatedMedia", Map.of("features", List.of()));
    }
  }

  @Test
  void ofManyClassesSomeAreHighlightedByName() {
    open(Pages.report("many", 1200, 3000));
    assertEquals(31, browser.driver().findElements(By.cssSelector("#legend button")).size());
    id("pick").sendKeys("class 77");
    browser.js("document.getElementById('pick').dispatchEvent(new Event('change'))");
    id("pick").sendKeys("class 78");
    browser.js("document.getElementById('pick').dispatchEvent(new Event('change'))");
    assertEquals(
        "class 78 3, class 77 3, 1,198 others 2,994",
        browser.js(
            "return [...document.querySelectorAll('#legend button')].map(b => [...b.children].slice(1).map(c => c.textContent).join(' ')).join(', ')"));
    click(id("all"));
    assertEquals(31, browser.driver().findElements(By.cssSelector("#legend button")).size());
    healthy();
  }

  /** Names that would break out of a page, run to the left, or are longer than a page is wide. */
  @Test
  void namesAreTextWhateverTheyAre() {
    List<String> names =
        List.of(
            "</script><script>window.broken = 1</script>",
            "<img src=x onerror=\"window.broken = 1\">",
            "<!-- <script>",
            "&amp;\"'`${window.broken = 1}",
            "\u202eright to left שלום",
            "👩‍👩‍👧 🏴󠁧󠁢󠁥󠁮󠁧󠁿",
            "x".repeat(200),
            "]]></svg><script>window.broken = 1</script>");
    open(Pages.report("</title><script>window.broken = 1</script>", names, 80));
    assertEquals(
        names,
        browser.js("return [...document.querySelectorAll('#legend button')].map(b => b.title)"));
    for (int i = 0; i < names.size(); i++) {
      browser.js("views.globe.point(" + i + ")");
      assertEquals(
          names.get(i), browser.js("return document.querySelector('#card-text b').textContent"));
    }
    assertEquals(true, browser.js("return window.broken === undefined"));
    browser.view(390, 844);
    try {
      browser.until("return document.documentElement.scrollWidth", Long.valueOf(390)::equals);
    } finally {
      browser.view(1280, 900);
    }
    healthy();
  }

  @Test
  void fitsItsPlaceAtEachSizeAndDensity() {
    open(Pages.report("made up", 3, 100));
    for (int[] size : new int[][] {{390, 844, 3}, {800, 600, 1}, {1280, 900, 2}, {1280, 900, 1}}) {
      browser
          .driver()
          .executeCdpCommand(
              "Emulation.setDeviceMetricsOverride",
              Map.of(
                  "width",
                  size[0],
                  "height",
                  size[1],
                  "deviceScaleFactor",
                  size[2],
                  "mobile",
                  false));
      browser.js("views.globe.fit()");
      browser.until(
          "const g = views.globe; const r = Math.min(2, devicePixelRatio); return [g.painter.width, g.painter.height, g.top.width].join() === [g.host.clientWidth * r, g.host.clientHeight * r, g.host.clientWidth * r].map(Math.round).join() && devicePixelRatio === "
              + size[2],
          Boolean.TRUE::equals);
    }
  }

  @Test
  void tenThousandPointsTurn() {
    open(Pages.report("ten thousand", 10, 10_000));
    double rate =
        ((Number)
                browser.await(
                    """
                    const done = arguments[0], globe = views.globe;
                    globe.setTurning(true);
                    const from = globe.frames, begun = performance.now();
                    setTimeout(() => done((globe.frames - from) / (performance.now() - begun) * 1000), 2000);
                    """))
            .doubleValue();
    System.out.printf("10,000 points turn at %.1f frames a second%n", rate);
    assertTrue(rate > 0);
    healthy();
  }

  @Test
  void spheresOfASweepTurnTogether() {
    Path page = dir.resolve("sweep.html");
    Pages.sweep(Pages.names(10, "class "), 300).write(page);
    assertEquals("yes", browser.open(page));
    new Actions(browser.driver())
        .moveToElement(browser.driver().findElements(By.cssSelector("#spheres .one")).get(1))
        .clickAndHold()
        .moveByOffset(60, 10)
        .moveByOffset(20, 30)
        .release()
        .perform();
    assertEquals(1L, browser.js("return new Set(globes.map(g => JSON.stringify(g.view))).size"));
    assertEquals(true, browser.js("return globes[0].view.yaw > -0.5"));
    click(browser.driver().findElement(By.cssSelector("#keys button")));
    assertEquals(4L, browser.js("return globes.filter(g => !g.classes.shown[0]).length"));
    browser.js("globes[2].point(11)");
    assertEquals("</script><b>&\"'\n11.0° from its centre", id("card-text").getText());
    healthy();
  }

  private static float[][] threes(List<?> values) {
    float[][] rows = new float[values.size() / 3][3];
    for (int i = 0; i < values.size(); i++) {
      rows[i / 3][i % 3] = ((Number) values.get(i)).floatValue();
    }
    return rows;
  }

  /** After Venna and Kaski (2001): 1 if the k nearest on the page are the k nearest in truth. */
  private static double trustworthiness(float[][] truth, float[][] page, int k) {
    int n = truth.length;
    double sum = 0;
    for (int i = 0; i < n; i++) {
      List<Integer> near = nearest(truth, i);
      for (int j : nearest(page, i).subList(0, k)) {
        sum += Math.max(0, near.indexOf(j) + 1 - k);
      }
    }
    return 1 - 2 * sum / (n * k * (2.0 * n - 3 * k - 1));
  }

  private static List<Integer> nearest(float[][] rows, int i) {
    List<Integer> others = new ArrayList<>();
    double[] squares = new double[rows.length];
    for (int j = 0; j < rows.length; j++) {
      for (int k = 0; k < rows[0].length; k++) {
        squares[j] += Math.pow(rows[i][k] - rows[j][k], 2);
      }
      if (j != i) {
        others.add(j);
      }
    }
    Collections.sort(others, (a, b) -> Double.compare(squares[a], squares[b]));
    return others;
  }
}
