package org.marginsoftmax.run;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.train.TrainingPlan;

/** Checks whether a run may be resumed. */
final class ResumeCheck {
  /**
   * Options that may change between sessions of a run. The data may have moved: its hash tells
   * whether it is the same.
   */
  static final Set<String> FREE =
      Set.of(
          "data.source",
          "data.format",
          "data.root",
          "data.cache",
          "loop.device",
          "loop.threads",
          "loop.epochs",
          "loop.steps",
          "loop.strict",
          "loop.alarm_after",
          "loop.patience",
          "loop.shards",
          "loop.cluster",
          "batches.threads");

  private ResumeCheck() {}

  /** Refuses options or data other than those the run was started with. */
  static void check(RunRecord begun, RunRecord now, Path folder) {
    Map<String, JsonNode> before = begun.options().options();
    new TreeMap<>(now.options().options())
        .forEach(
            (name, value) -> {
              String found = text(value);
              String expected = text(before.get(name));
              if (!FREE.contains(name) && !found.equals(expected)) {
                throw new InvalidInputException(
                    "resume %s: expected `%s` %s as the run was begun, found %s; leave the option out, or begin a new run"
                        .formatted(folder, OptionNames.of(name), expected, found));
              }
            });
    if (!begun.data().hash().equals(now.data().hash())) {
      throw new InvalidInputException(
          "resume %s: expected the data that the run was begun with, found other samples; bring them back, or begin a new run"
              .formatted(folder));
    }
  }

  /**
   * Refuses a plan with fewer steps than were already taken.
   *
   * @param steps taken
   */
  static void check(TrainingPlan plan, long steps, Path folder) {
    if (plan.steps() < steps) {
      throw new InvalidInputException(
          "resume %s: expected at least the %d steps that were trained, found %d; leave `epochs` and `steps` out, or say `epochs` %d or more"
              .formatted(
                  folder,
                  steps,
                  plan.steps(),
                  (steps + plan.stepsPerEpoch() - 1) / plan.stepsPerEpoch()));
    }
  }

  /** As on the command line: lists and maps with commas. */
  private static String text(JsonNode value) {
    if (value == null || value.isNull() || value.isContainerNode() && value.isEmpty()) {
      return "none";
    }
    return value.isValueNode()
        ? value.asText()
        : value.isObject()
            ? value.properties().stream()
                .map(each -> each.getKey() + "=" + text(each.getValue()))
                .collect(Collectors.joining(","))
            : value.valueStream().map(ResumeCheck::text).collect(Collectors.joining(","));
  }
}
