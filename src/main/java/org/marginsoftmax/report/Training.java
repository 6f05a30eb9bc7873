package org.marginsoftmax.report;

import java.util.List;
import java.util.Locale;

/**
 * The course of a training.
 *
 * @param history steps, ascending
 * @param figure name of the validation figure that chose the best checkpoint, such as {@code
 *     accuracy}
 * @param bestStep the step of that checkpoint
 */
public record Training(List<Curve> history, String figure, long bestStep) {
  private static final int POINTS = 400;

  /** Both figures; a word instead if there is no step. */
  String figures() {
    List<Curve> shown = Curve.thinned(history, POINTS);
    if (shown.isEmpty()) {
      return "<p class=\"note\">There is no history.csv of this run.</p>";
    }
    return loss(shown) + validation(shown);
  }

  private String loss(List<Curve> shown) {
    double[] steps = steps(shown);
    double[] losses = shown.stream().mapToDouble(Curve::loss).toArray();
    double highest =
        shown.stream().mapToDouble(Curve::loss).filter(Double::isFinite).max().orElse(1);
    Chart chart =
        new Chart(stepAxis(shown), Axis.linear("loss", 0, highest))
            .line("accent", steps, finite(losses), "loss of the training batches");
    Curve last = shown.get(shown.size() - 1);
    return Chart.figure(
        chart.svg(
            "loss",
            "Training loss by step",
            String.format(
                Locale.ROOT,
                "The loss begins at %.3g and ends at %.3g after %,d steps.",
                losses[0],
                last.loss(),
                last.step())),
        "Loss of the training batches, with the margin.",
        "accent",
        "training loss");
  }

  private String validation(List<Curve> shown) {
    List<Curve> validated = shown.stream().filter(c -> c.validation() != null).toList();
    boolean share = validated.stream().allMatch(c -> c.validation() >= 0 && c.validation() <= 1);
    String name = figure.replace('_', ' ');
    double highest = share ? 1 : validated.stream().mapToDouble(Curve::validation).max().orElse(1);
    Chart chart =
        new Chart(stepAxis(shown), Axis.linear(share ? "share" : "validation " + name, 0, highest));
    if (share) {
      double[] steps = steps(shown);
      chart =
          chart
              .line(
                  "faint",
                  steps,
                  shown.stream().mapToDouble(Curve::marginStrength).toArray(),
                  "strength of the margin, 0 to 1")
              .line(
                  "accent",
                  steps,
                  finite(shown.stream().mapToDouble(Curve::accuracy).toArray()),
                  "accuracy on the training batches");
    }
    double[] at = steps(validated);
    double[] values = validated.stream().mapToDouble(Curve::validation).toArray();
    chart =
        chart
            .line("impostor", at, values, "validation " + name)
            .dots(
                "impostor",
                at,
                values,
                validated.stream()
                    .map(
                        c ->
                            String.format(
                                Locale.ROOT,
                                "validation %s %.4f after step %,d%s",
                                name,
                                c.validation(),
                                c.step(),
                                c.step() == bestStep ? ", the best" : ""))
                    .toList());
    if (validated.stream().anyMatch(c -> c.step() == bestStep)) {
      chart =
          chart.rule(
              bestStep,
              "best",
              11,
              String.format(Locale.ROOT, "best checkpoint, of step %,d", bestStep));
    }
    String said =
        validated.isEmpty()
            ? "There were no validation samples."
            : String.format(
                Locale.ROOT,
                "Validation %s is %.4f at the end; the best checkpoint is that of step %,d.",
                name,
                values[values.length - 1],
                bestStep);
    String[] key =
        share
            ? new String[] {
              "impostor", "validation " + name,
              "accent", "training accuracy, without the margin",
              "faint", "strength of the margin"
            }
            : new String[] {"impostor", "validation " + name};
    return Chart.figure(
        chart.svg("validation", "Validation " + name + " by step", said), said, key);
  }

  private static double[] steps(List<Curve> shown) {
    return shown.stream().mapToDouble(Curve::step).toArray();
  }

  private static Axis stepAxis(List<Curve> shown) {
    return Axis.linear("step", 0, shown.get(shown.size() - 1).step());
  }

  private static double[] finite(double[] values) {
    for (int i = 0; i < values.length; i++) {
      values[i] = Double.isFinite(values[i]) ? values[i] : Double.NaN;
    }
    return values;
  }
}
