package org.marginsoftmax.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.marginsoftmax.eval.Figure;
import org.marginsoftmax.eval.Interval;
import org.marginsoftmax.eval.Metric;
import org.marginsoftmax.eval.PairScores;
import org.marginsoftmax.eval.RocCurve;

/** Figures of verification: scores of pairs, and what thresholds on them achieve. */
final class PairFigures {
  /** Ends of the axes of a DET curve, where the shares allow it. */
  private static final double HIGHEST_ERROR = 0.6;

  private static final String TAR_AT_FAR = "TAR at FAR ";

  private PairFigures() {}

  /** TAR by FAR, with its band of 95 %. */
  static String roc(PairScores scores, List<Metric> metrics) {
    List<RocCurve.Point> points = scores.roc().points();
    double lowest =
        points.stream()
            .mapToDouble(p -> p.interval().map(Interval::low).orElse(p.tar()))
            .min()
            .orElse(0);
    Axis x = Axis.log("false accept rate (FAR), logarithmic", points.get(0).far(), 1);
    Axis y = Axis.linear("true accept rate (TAR)", Math.floor(lowest * 10) / 10 - 0.001, 1);
    List<Metric> marked = metrics.stream().filter(PairFigures::isTar).toList();
    Chart chart =
        curve(new Chart(x, y), points, RocCurve.Point::far, p -> p)
            .dots(
                "genuine",
                marked.stream().mapToDouble(PairFigures::far).toArray(),
                marked.stream().mapToDouble(m -> m.value().getAsDouble()).toArray(),
                marked.stream()
                    .map(m -> m.figure().title() + ": " + Tables.shown(m) + Tables.interval(m))
                    .toList());
    return Chart.figure(
        chart.svg("roc", "ROC curve", said("The true accept rate is ", marked)),
        "ROC: the share of genuine pairs accepted while at most a share of impostor pairs is, with the interval of 95 %. Higher is better.",
        "genuine",
        "TAR, interval of 95 % shaded");
  }

  /** Both errors on probit axes. */
  static String det(PairScores scores, List<Metric> metrics) {
    List<RocCurve.Point> points =
        scores.roc().points().stream().filter(p -> p.far() <= HIGHEST_ERROR).toList();
    double lowest =
        points.stream().mapToDouble(p -> 1 - p.tar()).filter(e -> e > 0).min().orElse(0.01);
    Axis x = Axis.probit("false accept rate (FAR), probit", points.get(0).far(), HIGHEST_ERROR);
    Axis y =
        Axis.probit(
            "false reject rate, probit",
            Math.max(1e-6, Math.min(0.01, lowest)),
            Math.max(HIGHEST_ERROR, Math.min(0.99, 1 - points.get(0).tar())));
    double from = Math.max(x.low(), y.low());
    double[] diagonal = {from, HIGHEST_ERROR};
    Chart chart =
        curve(
            new Chart(x, y).line("faint", diagonal, diagonal, "both errors equal"),
            points,
            RocCurve.Point::far,
            p ->
                new RocCurve.Point(
                    p.far(),
                    1 - p.tar(),
                    p.interval().map(i -> new Interval(1 - i.high(), 1 - i.low()))));
    String equal =
        metrics.stream()
            .filter(m -> m.figure() == Figure.EQUAL_ERROR_RATE && m.value().isPresent())
            .map(m -> "Both errors are equal at " + Tables.shown(m) + Tables.interval(m) + ".")
            .findAny()
            .orElse("");
    return Chart.figure(
        chart.svg("det", "DET curve", equal),
        "DET: the share of genuine pairs rejected against that of impostor pairs accepted; where the thin line is met both are equal (EER). Lower is better. What is 0 lies on the edge. "
            + equal,
        "genuine",
        "false reject rate, interval of 95 % shaded");
  }

  private static Chart curve(
      Chart chart,
      List<RocCurve.Point> points,
      ToDoubleFunction<RocCurve.Point> far,
      UnaryOperator<RocCurve.Point> shown) {
    List<RocCurve.Point> drawn = points.stream().map(shown).toList();
    double[] xs = points.stream().mapToDouble(far).toArray();
    return chart
        .band(
            "genuine",
            xs,
            ends(drawn, Interval::low),
            ends(drawn, Interval::high),
            "interval of 95 %")
        .line(
            "genuine", xs, drawn.stream().mapToDouble(RocCurve.Point::tar).toArray(), "all pairs");
  }

  private static double[] ends(List<RocCurve.Point> points, ToDoubleFunction<Interval> end) {
    return points.stream()
        .mapToDouble(p -> p.interval().map(end::applyAsDouble).orElse(Double.NaN))
        .toArray();
  }

  /** How many pairs have which cosine, with the thresholds of the figures. */
  static String histogram(PairScores scores, List<Metric> metrics) {
    int[] used =
        IntStream.range(0, PairScores.BINS)
            .filter(k -> scores.genuine().get(k) + scores.impostor().get(k) > 1e-6)
            .toArray();
    double low = PairScores.lowest(Math.max(0, used[0] - 1));
    double high =
        Math.min(1, PairScores.lowest(Math.min(PairScores.BINS - 1, used[used.length - 1] + 2)));
    double highest =
        Math.max(
            scores.genuine().stream().mapToDouble(s -> s).max().orElse(1),
            scores.impostor().stream().mapToDouble(s -> s).max().orElse(1));
    Axis x = Axis.linear("cosine of the pair", low, high);
    Axis y = Axis.linear("share of the pairs, percent", 0, 140 * highest);
    Chart chart = bars(new Chart(x, y), "impostor", scores.impostor());
    chart = bars(chart, "genuine", scores.genuine());
    List<Metric> marked =
        metrics.stream().filter(PairFigures::isTar).filter(m -> m.threshold().isPresent()).toList();
    int row = 0;
    double last = -2;
    for (Metric metric : marked) {
      double threshold = metric.threshold().getAsDouble();
      if (threshold > high) {
        continue;
      }
      // A word needs about an eighth of the width.
      row = threshold - last < (high - low) / 8 ? row + 1 : 0;
      last = threshold;
      String far = metric.figure().title().substring(TAR_AT_FAR.length());
      chart =
          chart.rule(
              threshold,
              far,
              row,
              String.format(
                  Locale.ROOT,
                  "threshold %.4f: FAR %s, TAR %s",
                  threshold,
                  far,
                  Tables.shown(metric)));
    }
    return Chart.figure(
        chart.svg(
            "scores",
            "Histogram of the cosines of genuine and of impostor pairs",
            "Genuine pairs have a mean cosine of %s, impostor pairs of %s. %s"
                .formatted(
                    mean(scores.genuine()),
                    mean(scores.impostor()),
                    said("With the thresholds marked, the true accept rate is ", marked))),
        "Scores: the cosines of all genuine and of all impostor pairs, each kind 100 %. Vertical lines are the thresholds of the FARs written beside them.",
        "genuine",
        "genuine pairs",
        "impostor",
        "impostor pairs");
  }

  private static Chart bars(Chart chart, String series, List<Double> shares) {
    double[] from = IntStream.range(0, shares.size()).mapToDouble(PairScores::lowest).toArray();
    double width = 2.0 / PairScores.BINS;
    List<String> titles = new ArrayList<>();
    for (int k = 0; k < from.length; k++) {
      titles.add(
          String.format(
              Locale.ROOT,
              "%.2f %% of the %s pairs: cosine %.3f to %.3f",
              100 * shares.get(k),
              series,
              from[k],
              from[k] + width));
    }
    return chart.bars(
        series, from, width, shares.stream().mapToDouble(s -> 100 * s).toArray(), titles);
  }

  private static String mean(List<Double> shares) {
    return String.format(
        Locale.ROOT,
        "%.2f",
        IntStream.range(0, shares.size())
            .mapToDouble(k -> shares.get(k) * (PairScores.lowest(k) + 1.0 / PairScores.BINS))
            .sum());
  }

  private static boolean isTar(Metric metric) {
    return metric.figure().title().startsWith(TAR_AT_FAR) && metric.value().isPresent();
  }

  private static double far(Metric metric) {
    return Double.parseDouble(metric.figure().title().substring(TAR_AT_FAR.length()));
  }

  private static String said(String begin, List<Metric> tars) {
    return tars.isEmpty()
        ? ""
        : begin
            + String.join(
                ", ",
                tars.stream()
                    .map(
                        m ->
                            Tables.shown(m)
                                + " at a FAR of "
                                + m.figure().title().substring(TAR_AT_FAR.length()))
                    .toList())
            + ".";
  }
}
