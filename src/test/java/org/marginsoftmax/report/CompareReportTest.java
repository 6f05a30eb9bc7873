package org.marginsoftmax.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.marginsoftmax.eval.Difference;
import org.marginsoftmax.eval.Figure;
import org.marginsoftmax.eval.Interval;
import org.marginsoftmax.eval.Verdict;

class CompareReportTest {
  @TempDir Path dir;

  private String page(String name) throws IOException {
    Path file = dir.resolve("compare.html");
    Pages.comparison(name).write(file);
    return Files.readString(file);
  }

  /** Whatever runs, options and samples are called, it is text: no element, no place, no entity. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "</script><script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "a & b &lt; \"c\" 'd'",
        "{{lead}} $1 \\",
        "שלום 🙂 ünïcödé",
        "</td></table>"
      })
  void namesAreText(String name) throws IOException {
    String page = page(name);
    String plain = page("plain");
    Pattern tag = Pattern.compile("<[a-zA-Z/!][^>]*>");
    assertEquals(
        tag.matcher(plain).results().map(r -> r.group()).toList(),
        tag.matcher(page).results().map(r -> r.group()).toList(),
        "no tag more than with a plain name");
    int places = count(plain, "plain");
    assertTrue(places > 10, "" + places);
    assertEquals(places, count(page, Page.escaped(name)), "every place shows the whole name");
  }

  private static int count(String text, String word) {
    return (int) Pattern.compile(Pattern.quote(word)).matcher(text).results().count();
  }

  /** One file, that needs neither scripts nor a network. */
  @Test
  void standsAlone() throws IOException {
    String page = page("plain");
    assertFalse(page.contains("<script") || page.contains("http") || page.contains("{{"));
    assertTrue(page.contains("better: 1 (Accuracy)"), page);
    assertTrue(page.contains("worse: 1 (TAR at FAR 1e-2)"));
    assertTrue(page.contains("undefined: 1"));
    String different =
        page.substring(page.indexOf("id=\"different\""), page.indexOf("id=\"same\""));
    assertTrue(different.contains("head: margin") && !different.contains("loop: epochs"));
    assertTrue(page.substring(page.indexOf("id=\"same\"")).contains("loop: epochs"));
  }

  /** Differences lie on the scale where their numbers are, and the scale has 0 and all of them. */
  @ParameterizedTest
  @ValueSource(doubles = {1e-4, 0.003, 0.05, 0.7, 12, 90})
  void theScaleHoldsEverything(double size) {
    for (double[] ends : new double[][] {{0.2, 1}, {-1, -0.2}, {-0.5, 0.9}, {-1, 0.001}, {0, 0}}) {
      double low = size * ends[0];
      double high = size * ends[1];
      Difference difference =
          new Difference(
              Figure.ACCURACY,
              OptionalDouble.of((low + high) / 2),
              Optional.of(new Interval(low, high)),
              Verdict.NO_DIFFERENCE_SHOWN);
      ForestPlot plot = ForestPlot.of(List.of(difference));
      assertTrue(plot.low() < Math.min(0, low) && plot.high() > Math.max(0, high));
      List<Double> ticks = plot.ticks();
      assertTrue(ticks.contains(0.0) || ticks.contains(-0.0), "" + ticks);
      assertTrue(ticks.size() >= 2 && ticks.size() <= 6, "" + ticks);
      double[] x = numbers(plot.row(difference), "x[12]=\"([-0-9.]+)\"");
      double zero = x[0];
      double left = x[2];
      double right = x[3];
      double middle = numbers(plot.row(difference), "cx=\"([-0-9.]+)\"")[0];
      double scale = (260 - 44) / (plot.high() - plot.low());
      assertEquals(scale * low, left - zero, 0.11);
      assertEquals(scale * high, right - zero, 0.11);
      assertEquals((left + right) / 2, middle, 0.11);
      for (double at : x) {
        assertTrue(at >= 0 && at <= 260);
      }
    }
  }

  private static double[] numbers(String svg, String pattern) {
    Matcher matcher = Pattern.compile(pattern).matcher(svg);
    return matcher.results().mapToDouble(r -> Double.parseDouble(r.group(1))).toArray();
  }
}
