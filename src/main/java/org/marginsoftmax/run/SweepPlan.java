package org.marginsoftmax.run;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.marginsoftmax.InvalidInputException;

/**
 * The content of {@code sweep.config.json}: how a sweep was started, and its runs in the order in
 * which they are trained. A resumed sweep takes its defaults from here, and its runs keep their
 * folders, also where others are added.
 *
 * @param over {@link SweepConfig#over}
 * @param trials {@link SweepConfig#trials}
 * @param rankBy the figure that ranks the runs
 * @param options {@link SweepConfig#options}
 * @param points the runs
 */
record SweepPlan(
    List<SweptOption> over,
    Integer trials,
    String rankBy,
    TrainConfig options,
    List<SweepPoint> points) {
  private static final String FILE = "sweep.config.json";

  /**
   * @throws InvalidInputException if something is missing
   */
  SweepPlan {
    if (points == null || points.stream().anyMatch(Objects::isNull)) {
      throw new InvalidInputException(
          "sweep: expected the points to train, found none; restore sweep.config.json from a copy, or begin a new sweep");
    }
  }

  /** What the sweep was started with. */
  SweepConfig config() {
    return new SweepConfig(over, trials, rankBy, options);
  }

  /** The plan in a folder; empty if there is none. */
  static Optional<SweepPlan> read(RunFolder folder) {
    return Json.read(folder.path().resolve(FILE), SweepPlan.class, SweepPlan::complete);
  }

  void write(RunFolder folder) {
    Json.write(folder.path().resolve(FILE), this);
  }

  /** Older versions swept margins alone. */
  private static void complete(ObjectNode record) {
    JsonNode margins = record.remove("margins");
    if (margins != null && margins.isArray()) {
      record.putArray("over").addObject().put("name", "head.margin").set("values", margins);
      for (JsonNode margin : margins) {
        ObjectNode point = record.withArrayProperty("points").addObject();
        point.put("folder", "margin-" + margin.asDouble());
        point.putObject("values").set("head.margin", margin);
      }
    }
    TrainConfig.complete(record);
  }

  /**
   * Plans a sweep.
   *
   * @param earlier the plan of the sweep that is resumed; empty for a new one
   * @throws InvalidInputException if a value is not valid, a run of the earlier plan is missing, or
   *     its runs are ranked by another figure, which was measured while they were trained
   */
  static SweepPlan of(SweepConfig config, Optional<SweepPlan> earlier) {
    String rankBy = config.rankFigure();
    Map<TrainConfig, String> folders = new HashMap<>();
    int numbers = 0;
    if (earlier.isPresent()) {
      String before = earlier.get().config().rankFigure();
      AllowedValues.require(
          before.equals(rankBy),
          "rank by",
          before + ", which the runs were measured by",
          rankBy,
          "leave it out, or begin a new sweep");
      earlier.get().points().forEach(p -> folders.put(config.at(p.values()), p.folder()));
      numbers = folders.size();
    }
    List<SweepPoint> points = new ArrayList<>();
    for (Map<String, Object> values : SweepPoints.of(config)) {
      String folder = folders.remove(config.at(values));
      points.add(
          new SweepPoint(folder == null ? SweepPoint.folder(++numbers, values) : folder, values));
    }
    AllowedValues.require(
        folders.isEmpty(),
        "sweep",
        "every run that it was begun with",
        "none for " + folders.values().stream().sorted().findFirst().orElse(""),
        "give its values too, beside those to add");
    return new SweepPlan(config.over(), config.trials(), rankBy, config.options(), points);
  }
}
