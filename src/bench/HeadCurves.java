import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.marginsoftmax.margin.AdaptiveMargin;
import org.marginsoftmax.margin.Guard;
import org.marginsoftmax.margin.MagnitudeMargin;
import org.marginsoftmax.margin.Margin;
import org.marginsoftmax.margin.MarginInput;
import org.marginsoftmax.margin.TargetLogit;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt32;

/** Draws t(theta) and -dt/dtheta of the margins, computed by the library, as SVG. */
final class HeadCurves {
  private static final int POINTS = 361;
  private static final String[] COLORS = {
    "#4e79a7", "#f28e2b", "#e15759", "#59a14f", "#b07aa1", "#9c755f", "#76b7b2", "#555555"
  };

  /** One line: its name, its margin and the feature's norm. */
  private record Line(String name, Margin margin, double norm) {}

  private record Curve(double[] value, double[] pull) {}

  public static void main(String[] args) throws IOException {
    Path folder = Path.of(args[0]);
    write(
        folder.resolve("margins.svg"),
        List.of(
            new Line("normface", new Margin.None(), 1),
            new Line("cosface 0.35", new Margin.Cosine(0.35), 1),
            new Line("arcface 0.5", new Margin.Angular(0.5, Guard.REFLECT), 1),
            new Line("sphereface, l-softmax 4", new Margin.Multiplicative(4), 1),
            new Line("combined 1, 0.3, 0.2", new Margin.Combined(1, 0.3, 0.2), 1),
            new Line("linear-angle 0.45", new Margin.Linear(0.45), 1),
            new Line("circle 0.25", new Margin.Relaxed(0.25), 1)),
        -3.2,
        2.2);
    write(
        folder.resolve("guards.svg"),
        List.of(
            new Line("none", new Margin.Angular(0.5, Guard.NONE), 1),
            new Line("reflect", new Margin.Angular(0.5, Guard.REFLECT), 1),
            new Line("classic", new Margin.Angular(0.5, Guard.CLASSIC), 1),
            new Line("easy", new Margin.Angular(0.5, Guard.EASY), 1)),
        -1.5,
        1.1);
    write(
        folder.resolve("by-norm.svg"),
        List.of(
            new Line("magface, norm 10", MagnitudeMargin.paper(35, Guard.REFLECT), 10),
            new Line("magface, norm 60", MagnitudeMargin.paper(35, Guard.REFLECT), 60),
            new Line("magface, norm 110", MagnitudeMargin.paper(35, Guard.REFLECT), 110),
            new Line("adaface, low norm", new AdaptiveMargin(0.4), 1),
            new Line("adaface, mean norm", new AdaptiveMargin(0.4), 20),
            new Line("adaface, high norm", new AdaptiveMargin(0.4), 60)),
        -2.2,
        1.1);
  }

  private static Curve curve(Line line) {
    double[] theta = new double[POINTS];
    double[] norms = new double[POINTS];
    for (int i = 0; i < POINTS; i++) {
      theta[i] = Math.PI * i / (POINTS - 1);
      norms[i] = line.norm;
    }
    try (Graph graph = new Graph();
        Session session = new Session(graph)) {
      Ops tf = Ops.create(graph);
      Operand<TFloat64> angle = tf.constant(theta);
      // A deviation at which adaface's norms of 1 and 60 lie at its limits.
      Map<String, Operand<TFloat64>> state =
          Map.of("norm_mean", tf.constant(20.0), "norm_deviation", tf.constant(6.0));
      TargetLogit target =
          line.margin.target(
              tf,
              new MarginInput(
                  angle,
                  tf.math.cos(angle),
                  tf.constant(norms),
                  tf.zeros(tf.array(POINTS), TInt32.class),
                  tf.constant(1.0),
                  null,
                  state));
      try (Result result = session.runner().fetch(target.value()).fetch(target.slope()).run()) {
        double[] value = new double[POINTS];
        double[] pull = new double[POINTS];
        for (int i = 0; i < POINTS; i++) {
          value[i] = ((TFloat64) result.get(0)).getDouble(i);
          pull[i] = -((TFloat64) result.get(1)).getDouble(i);
        }
        return new Curve(value, pull);
      }
    }
  }

  private static void write(Path file, List<Line> lines, double low, double high)
      throws IOException {
    StringBuilder svg =
        new StringBuilder(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 940 400\" font-family=\"sans-serif\" font-size=\"13\">\n"
                + "<rect width=\"940\" height=\"400\" fill=\"white\"/>\n");
    List<Curve> curves = lines.stream().map(HeadCurves::curve).toList();
    panel(svg, 50, "t(theta)", low, high, curves.stream().map(Curve::value).toList());
    panel(
        svg,
        400,
        "pull towards the centre, -dt/dtheta",
        -1.1,
        high > 2 ? 4.2 : 1.4,
        curves.stream().map(Curve::pull).toList());
    for (int i = 0; i < lines.size(); i++) {
      svg.append(
          "<line x1=\"735\" x2=\"760\" y1=\"%d\" y2=\"%d\" stroke=\"%s\" stroke-width=\"2.5\"/><text x=\"768\" y=\"%d\">%s</text>%n"
              .formatted(56 + 24 * i, 56 + 24 * i, COLORS[i], 61 + 24 * i, lines.get(i).name));
    }
    Files.writeString(file, svg.append("</svg>\n"));
  }

  private static void panel(
      StringBuilder svg, int left, String title, double low, double high, List<double[]> curves) {
    int width = 300;
    int top = 40;
    int height = 310;
    svg.append("<text x=\"%d\" y=\"26\" font-weight=\"bold\">%s</text>%n".formatted(left, title));
    for (int degrees = 0; degrees <= 180; degrees += 45) {
      double x = left + width * degrees / 180.0;
      svg.append(
          text(
              "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\" stroke=\"#ddd\"/><text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\" fill=\"#555\">%d°</text>%n",
              x, x, top, top + height, x, top + height + 18, degrees));
    }
    for (double v = Math.ceil(low); v <= high; v++) {
      double y = top + height * (high - v) / (high - low);
      svg.append(
          text(
              "<line x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"#ddd\"/><text x=\"%d\" y=\"%.1f\" text-anchor=\"end\" fill=\"#555\">%.0f</text>%n",
              left, left + width, y, y, left - 6, y + 4, v));
    }
    for (int i = 0; i < curves.size(); i++) {
      StringBuilder points = new StringBuilder();
      for (int k = 0; k < POINTS; k++) {
        double v = Math.max(low, Math.min(high, curves.get(i)[k]));
        points.append(
            text(
                "%.1f,%.1f ",
                left + width * (double) k / (POINTS - 1),
                top + height * (high - v) / (high - low)));
      }
      svg.append(
          "<polyline points=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\"/>%n"
              .formatted(points.toString().strip(), COLORS[i]));
    }
  }

  private static String text(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}
