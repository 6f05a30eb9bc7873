package org.marginsoftmax.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PageTest {
  /** Names of classes that would break out of HTML, SVG, a script or an attribute, or of a line. */
  static final List<String> ODD =
      List.of(
          "</script><script>harmed = 1</script>",
          "\"><img src=x onerror=harmed=2>",
          "' onmouseover='harmed = 3",
          "</title></svg><b>&lt;&amp;",
          "<!-- --> {{script}} $1 \\",
          "مرحبا שלום \u202e abc",
          "👩‍👩‍👧‍👦 🏳️‍🌈 漢字",
          "Donaudampfschifffahrt".repeat(10),
          "%s %d %n 100 %");

  @TempDir Path dir;

  private static JsonNode data(String page) throws IOException {
    String open = "<script type=\"application/json\" id=\"data\">";
    int start = page.indexOf(open) + open.length();
    return new ObjectMapper().readTree(page.substring(start, page.indexOf("</script>", start)));
  }

  @Test
  void isOneFileWithNothingFromOutside() throws IOException {
    Path file = dir.resolve("report.html");
    Pages.report("a <b>&c", 10, 300).write(file);
    String page = Files.readString(file);
    assertTrue(page.contains("<h1><bdi>a &lt;b&gt;&amp;c</bdi></h1>"));
    assertFalse(page.contains("{{"));
    assertFalse(page.matches("(?s).*(src|href)=\"http.*"));
    assertTrue(page.length() < 400_000, "size " + page.length());
    JsonNode data = data(page);
    assertEquals("</script><b>&\"'", data.get("classNames").get(1).asText());
    assertEquals(
        300 * Pages.WIDTH * Short.BYTES,
        Base64.getDecoder().decode(data.at("/sphere/points").asText()).length);
    try (var files = Files.list(dir)) {
      assertEquals(1, files.count());
    }
  }

  @Test
  void figuresAndConfigurationStandBeforeAnyScript() throws IOException {
    Path file = dir.resolve("page.html");
    Pages.report("x", 3, 30).write(file);
    String before = beforeScripts(file);
    assertTrue(before.contains("<th scope=\"row\">TAR at FAR 1e-2<td class=\"number\">0.6610"));
    assertTrue(
        before.contains(
            "0.6610<td class=\"number\" data-name=\"Interval\">0.6410 to 0.6820<td class=\"number\" data-name=\"Threshold\">0.4512<td class=\"soft\">largest share"));
    assertTrue(before.contains("<td class=\"number soft\">undefined<td"));
    assertTrue(before.contains("<td class=\"soft\">undefined: needs two &lt;"));
    assertTrue(before.contains("<th scope=\"row\">head: name<td><bdi>arc&lt;face&gt;"));
    assertTrue(before.contains("92.0 % of the test samples"));
    assertTrue(before.contains("1 of 5 figures is undefined here"));
    Pages.sweep(Pages.names(3, "class "), 30).write(file);
    assertTrue(beforeScripts(file).contains("class=\"number\">m 0.3<th"));
    assertTrue(
        beforeScripts(file)
            .contains(
                "<tr><td class=\"number\">2<td>0.1<td>a &lt;path&gt; 0.1<td class=\"number\">0.8900 ± 0.0100<td class=\"number\">3"));
    assertTrue(beforeScripts(file).contains("failed: loss &lt;NaN&gt;"));
    assertTrue(
        beforeScripts(file).contains("TAR at FAR 1e-2" + "<td class=\"number\">0.6610".repeat(4)));
  }

  private static String beforeScripts(Path file) throws IOException {
    String page = Files.readString(file);
    return page.substring(0, page.indexOf("<script"));
  }

  @Test
  void aNameThatLooksLikeAPlaceOfTheTemplateStaysAsItIs() throws IOException {
    Path file = dir.resolve("report.html");
    Pages.report("{{figures}} $1", List.of("{{script}}", "{{data}}"), 30).write(file);
    String page = Files.readString(file);
    assertTrue(page.contains("<h1><bdi>{{figures}} $1</bdi></h1>"));
    assertEquals("{{script}}", data(page).get("classNames").get(0).asText());
  }

  @Test
  void cannotBeBrokenOutOf() throws IOException {
    Path file = dir.resolve("report.html");
    Pages.report("x", 3, 30).write(file);
    String page = Files.readString(file);
    // The data, and the script that reads them.
    assertEquals(2, page.split("</script>", -1).length - 1);
    assertFalse(page.contains("<b>&"));
  }

  /** Whatever is shown of a name is escaped: no tag, attribute or script comes of it. */
  @Test
  void oddNamesStayText() throws IOException {
    Path file = dir.resolve("report.html");
    List<String> rotated = new ArrayList<>(ODD);
    for (int k = 0; k < ODD.size(); k++) {
      Collections.rotate(rotated, 1);
      Pages.report(rotated.get(0), rotated, 60, k % 2 == 0).write(file);
      String page = Files.readString(file);
      String before = beforeScripts(file);
      for (String harm :
          List.of(
              "<script>harmed",
              "<img",
              "' onmouseover='harmed",
              "\" onmouseover=",
              "</svg><b>",
              "<!-- -->")) {
        assertFalse(before.contains(harm), harm);
      }
      assertEquals(2, page.split("</script>", -1).length - 1);
      for (String name : ODD) {
        assertTrue(before.contains(Page.escaped(name)), name);
      }
    }
  }

  @Test
  void eachImageOfTheSectionsIsInThePageOnce() throws IOException {
    Path file = dir.resolve("report.html");
    Pages.report("x", 10, 30).write(file);
    String page = Files.readString(file);
    String style = page.substring(page.indexOf("<style>"), page.indexOf("</style>"));
    assertEquals(2, style.split("data:image", -1).length);
    assertEquals(
        2, page.substring(page.indexOf("</style>")).split("data:image", -1).length, "the sphere's");
  }

  @Test
  void tenThousandClassesStaySmall() throws IOException {
    Path file = dir.resolve("report.html");
    Pages.report("x", 10_000, 10_000).write(file);
    assertTrue(Files.size(file) < 6_000_000, "size " + Files.size(file));
  }

  /** A dot for each configuration that has the figure, by numbers, by powers of ten or by words. */
  @Test
  void sweepStandsAgainstEachOptionThatVaries() {
    List<Object> wide = List.of(0.001, 0.01, 0.1, 1.0);
    List<Object> words = List.of("", "a <b>", "c".repeat(30), "%s");
    List<Against.Point> points =
        IntStream.range(0, 4)
            .mapToObj(
                i ->
                    new Against.Point(
                        i + 1,
                        List.of(0.1 * i, wide.get(i), words.get(i), "same"),
                        0.9 - i / 10.0,
                        i == 0 ? 0.05 : 0))
            .toList();
    List<String> options = List.of("margin", "lr", "from <x>", "head");
    String html = Against.figures("accuracy", options, points);
    assertEquals(3, html.split("<svg", -1).length - 1);
    assertEquals(12, html.split("<circle", -1).length - 1);
    assertEquals(3, html.split("class=\"line", -1).length - 1);
    assertTrue(html.contains("1e-2") && html.contains("c".repeat(11) + "…"));
    assertTrue(html.contains("1: margin 0.0, lr 0.001, head same, 0.9000"));
    assertFalse(html.contains("<b>") || html.contains("<x>"));
    assertEquals("", Against.figures("accuracy", options, List.of()));
  }

  @Test
  void histogramsCountEveryAngle() {
    int[] counts = Angles.histogram(new float[] {0, 1.9f, 2, Float.NaN, 90, 179.9f, 180});
    assertEquals(90, counts.length);
    assertEquals(2, counts[0]);
    assertEquals(1, counts[1]);
    assertEquals(1, counts[45]);
    assertEquals(2, counts[89]);
  }

  @Test
  void curvesAreThinnedToMeansAndKeepValidations() {
    List<Curve> history =
        IntStream.rangeClosed(1, 1000)
            .mapToObj(i -> new Curve(i, i, 0.5, 1, 1, i % 250 == 0 ? 0.9 : null))
            .toList();
    List<Curve> thinned = Curve.thinned(history, 100);
    assertTrue(thinned.size() <= 110, "" + thinned.size());
    assertEquals(4, thinned.stream().filter(c -> c.validation() != null).count());
    assertEquals(5.5, thinned.get(0).loss(), 1e-12);
    assertEquals(10, thinned.get(0).step());
    assertEquals(history, Curve.thinned(history, 2000));
  }

  @Test
  void sheetHoldsTheImagesAsTheyAre() throws IOException {
    Thumbnails.Sheet sheet = new Thumbnails(Pages.images(130), 8, 8, 1).sheet();
    String url = (String) sheet.asData().get("url");
    BufferedImage image =
        ImageIO.read(
            new ByteArrayInputStream(
                Base64.getDecoder().decode(url.substring(url.indexOf(',') + 1))));
    for (int i = 0; i < 130; i++) {
      for (int p = 0; p < 64; p++) {
        int x = i % sheet.columns() * 8 + p % 8;
        int y = i / sheet.columns() * 8 + p / 8;
        assertEquals(i % 64 == p ? 255 : 0, image.getRaster().getSample(x, y, 0));
      }
    }
    Thumbnails.Sheet large = new Thumbnails(List.of(new byte[200 * 100 * 3]), 200, 100, 3).sheet();
    assertEquals(48, large.height());
    assertEquals(24, large.width());
    assertThrows(
        IllegalArgumentException.class, () -> new Thumbnails(List.of(new byte[8]), 2, 2, 2));
  }
}
