package org.marginsoftmax.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;

/** Axes and figures of the pages. */
class ChartTest {
  /** Round values, few enough to be written beside each other, whatever the range is. */
  @Test
  void linearTicksAreRoundAndFew() {
    for (double exponent = -6; exponent <= 7; exponent += 0.37) {
      for (double from : new double[] {0, -0.3, 0.52}) {
        double width = Math.pow(10, exponent);
        Axis axis = Axis.linear("x", from * width, (from + 1) * width);
        List<Double> values = axis.ticks().stream().map(Axis.Tick::value).toList();
        assertTrue(values.size() >= 2 && values.size() <= 7, axis.toString());
        double step = values.get(1) - values.get(0);
        double lead = step / Math.pow(10, Math.floor(Math.log10(step) + 1e-9));
        assertTrue(
            Arrays.stream(new double[] {1, 2, 5}).anyMatch(l -> Math.abs(l - lead) < 1e-6),
            "step " + step);
        for (int k = 0; k < values.size(); k++) {
          assertTrue(
              values.get(k) >= axis.low() - 1e-9 * width
                  && values.get(k) <= axis.high() + 1e-9 * width);
          assertEquals(
              values.get(k),
              Double.parseDouble(axis.ticks().get(k).label().replace(",", "")),
              1e-6 * step);
        }
      }
    }
    assertFalse(Axis.linear("x", -1, 1).ticks().stream().anyMatch(t -> t.label().equals("-0.0")));
  }

  @Test
  void aRangeWithoutWidthHasAnAxisToo() {
    for (double value : new double[] {0, 1, -3}) {
      Axis axis = Axis.linear("x", value, value);
      assertTrue(axis.at(value) == 0 && axis.ticks().size() >= 2);
    }
  }

  @Test
  void scalesPutValuesWhereTheyBelong() {
    Axis log = Axis.log("x", 1e-6, 1);
    assertEquals(0.5, log.at(1e-3), 1e-12);
    assertEquals(0, log.at(1e-9), 1e-12);
    assertEquals(
        List.of("1e-6", "1e-5", "1e-4", "1e-3", "1e-2", "1e-1", "1"),
        log.ticks().stream().map(Axis.Tick::label).toList());
    Axis probit = Axis.probit("x", 0.01, 0.99);
    assertEquals(0.5, probit.at(0.5), 1e-9);
    // One standard deviation from the middle, of the 2.3263 to the end.
    assertEquals(0.5 + 0.5 / 2.3263479, probit.at(0.8413447), 1e-6);
    assertEquals(0, probit.at(0), 1e-9);
    assertEquals(1, probit.at(1), 1e-9);
  }

  /** Everything that can be drawn at once, with values beyond the axes and none at all. */
  @Test
  void figuresAreWellFormedAndStayInTheirFrame() throws Exception {
    double[] xs = {-5, 0, 1, 2, 50};
    double[] ys = {3, Double.NaN, 0.5, -7, 0.2};
    List<String> titles = PageTest.ODD.subList(0, 5);
    Chart chart =
        new Chart(Axis.linear("<x>", 0, 2), Axis.linear("y & \"y\"", 0, 1))
            .band("genuine", xs, ys, new double[] {4, 1, 1, 1, Double.NaN}, "b<")
            .bars("impostor", xs, 0.5, new double[] {1, 0, 1, 2, 3}, titles)
            .line("accent", xs, ys, PageTest.ODD.get(1))
            .dots("genuine", xs, new double[] {1, 2, 3, 4, 5}, titles)
            .rule(2, PageTest.ODD.get(0), 1, PageTest.ODD.get(2));
    String svg = chart.svg("id", PageTest.ODD.get(3), PageTest.ODD.get(4));
    var document =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(new ByteArrayInputStream(svg.getBytes(StandardCharsets.UTF_8)));
    assertEquals(
        PageTest.ODD.get(3), document.getElementsByTagName("title").item(0).getTextContent());
    assertEquals(
        PageTest.ODD.get(4), document.getElementsByTagName("desc").item(0).getTextContent());
    // Bars: of height 0 none, of those beyond the axis none.
    assertEquals(1, document.getElementsByTagName("rect").getLength());
    assertFalse(svg.contains("NaN"));
    List<Double> numbers = new ArrayList<>();
    Matcher number = Pattern.compile("(?: d=\"|[ MLVH])(-?\\d+\\.\\d)").matcher(svg);
    while (number.find()) {
      numbers.add(Double.parseDouble(number.group(1)));
    }
    assertTrue(numbers.size() > 10);
    assertTrue(numbers.stream().allMatch(n -> n >= 0 && n <= Chart.WIDTH), numbers.toString());
  }
}
