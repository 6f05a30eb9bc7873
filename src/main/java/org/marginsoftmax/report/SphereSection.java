package org.marginsoftmax.report;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** The section of a run's page with the sphere, which reads without scripts, too. */
final class SphereSection {
  private SphereSection() {}

  /**
   * The section.
   *
   * @param names of the classes shown
   * @param classes number of all classes
   * @param coloured numbers of the classes with a colour
   * @param samples number of test samples that the projection was fitted on
   */
  static String html(Sphere sphere, List<String> names, int classes, int[] coloured, int samples) {
    return Page.filled(
        "sphere",
        Map.of(
            "note",
            note(sphere, names.size(), classes, coloured.length, samples),
            "figure",
            SphereFigure.of(sphere, names, coloured),
            "legend",
            legend(names, coloured)));
  }

  private static String note(Sphere sphere, int shown, int classes, int coloured, int samples) {
    int points = sphere.points().length;
    StringBuilder note = new StringBuilder();
    note.append(
        String.format(
            Locale.ROOT,
            "%s%,d test features, l2-normalised, along their first three principal components (%s); diamonds are class centres.",
            points < samples ? String.format(Locale.ROOT, "%,d of ", points) : "",
            samples,
            sphere.explained().isPresent()
                ? String.format(
                    Locale.ROOT, "%.0f %% of the variance", 100 * sphere.explained().getAsDouble())
                : "the features do not differ"));
    if (shown < classes) {
      note.append(
          String.format(Locale.ROOT, " Of %,d classes %,d drawn ones are shown.", classes, shown));
    }
    if (coloured < shown) {
      note.append(
          String.format(
              Locale.ROOT,
              " The %,d%s with the most errors are coloured; others can be named.",
              coloured,
              shown < classes
                  ? " of these"
                  : String.format(Locale.ROOT, " of %,d classes", shown)));
    }
    return note.toString();
  }

  private static String legend(List<String> names, int[] coloured) {
    return IntStream.range(0, coloured.length)
        .mapToObj(
            slot ->
                "<span class=\"key\"><svg viewBox=\"0 0 16 16\" aria-hidden=\"true\" class=\"%s\"><circle cx=\"8\" cy=\"8\" r=\"6.5\"/></svg><span>%s</span></span>"
                    .formatted(SphereFigure.hue(slot), Page.escaped(names.get(coloured[slot]))))
        .collect(Collectors.joining("\n"));
  }
}
