package org.marginsoftmax.run;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** Where a run comes from, for display: how to make it again, from which data, by what. */
final class Provenance {
  private Provenance() {}

  /**
   * By name.
   *
   * @param bestStep of the checkpoint that everything on the page was computed from
   */
  static Map<String, String> of(RunRecord record, long bestStep) {
    Map<String, String> shown = new LinkedHashMap<>();
    shown.put("command", command(record.options()));
    shown.put("seed", String.valueOf(record.options().loop().seed()));
    shown.put("checkpoint", String.format(Locale.ROOT, "the best one, of step %,d", bestStep));
    String[] hashes = record.data().hash().split(" ");
    String[] parts = {"training", "test", "validation"};
    for (int k = 0; k < hashes.length && k < parts.length; k++) {
      shown.put("SHA-256 of the " + parts[k] + " samples", hashes[k]);
    }
    record.versions().forEach((name, version) -> shown.put("version of " + name, version));
    return shown;
  }

  /** A command line that makes the same configuration: what is as usual is left out. */
  static String command(TrainConfig config) {
    Map<String, Object> catalogues = new HashMap<>();
    catalogues.put("head.name", config.head().name());
    catalogues.put("backbone.name", config.backbone().name());
    Map<String, JsonNode> first = TrainConfig.usual().options();
    Map<String, JsonNode> usual = TrainConfig.usual().with(catalogues).options();
    StringBuilder command = new StringBuilder("margin-softmax train");
    config
        .options()
        .forEach(
            (name, value) -> {
              // Those of another head or backbone have no usual value in the first configuration.
              JsonNode left = name.endsWith(".name") ? first.get(name) : usual.get(name);
              if (!value.isNull() && !value.equals(left)) {
                command.append(" --").append(OptionNames.of(name)).append(written(value));
              }
            });
    return command.toString();
  }

  private static String written(JsonNode value) {
    if (value.isBoolean()) {
      return value.asBoolean() ? "" : "=false";
    }
    String text = value.isTextual() ? value.asText() : unquoted(value);
    return " " + (text.matches("[\\w.,:/=+-]+") ? text : "'" + text.replace("'", "'\\''") + "'");
  }

  /** Lists as options take them. */
  private static String unquoted(JsonNode value) {
    return value.toString().replaceAll("[\\[\\]{}\"]", "").replace(':', '=');
  }
}
