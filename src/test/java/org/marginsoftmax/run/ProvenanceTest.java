package org.marginsoftmax.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ProvenanceTest {
  private static final List<Map<String, ?>> GIVEN =
      List.of(
          Map.of(),
          Map.of("head.margin", 0.3, "loop.seed", 7),
          Map.of("head.name", "cosface", "head.margin", 0.2, "head.scale", 20),
          Map.of("backbone.embedding", 16, "optimizer.name", "sgd", "optimizer.nesterov", true),
          Map.of(
              "data.source", "/a folder/it's", "loop.epochs", 5, "optimizer.learning_rate", 0.01));

  @Test
  void whatIsAsUsualIsLeftOut() {
    assertEquals("margin-softmax train", Provenance.command(TrainConfig.usual()));
    assertEquals(
        "margin-softmax train --data '/a it'\\''s'",
        Provenance.command(TrainConfig.usual().with(Map.of("data.source", "/a it's"))));
  }

  /** Read again as a shell and the command line would. */
  @Test
  void theCommandMakesTheSameConfiguration() {
    for (Map<String, ?> given : GIVEN) {
      TrainConfig config = TrainConfig.usual().with(given);
      String command = Provenance.command(config);
      assertEquals(config, TrainConfig.usual().with(read(command, config)), command);
      given.keySet().forEach(k -> assertTrue(command.contains("--" + OptionNames.of(k)), command));
    }
  }

  private static Map<String, Object> read(String command, TrainConfig config) {
    Map<String, String> keys = new HashMap<>();
    config.options().keySet().forEach(key -> keys.put(OptionNames.of(key), key));
    Map<String, Object> read = new HashMap<>();
    for (String option : command.split(" --")) {
      String[] parts = option.split(" ", 2);
      if (keys.containsKey(parts[0])) {
        String value = parts.length == 1 ? "true" : parts[1];
        read.put(
            keys.get(parts[0]),
            value.startsWith("'")
                ? value.substring(1, value.length() - 1).replace("'\\''", "'")
                : value);
      }
    }
    return read;
  }
}
