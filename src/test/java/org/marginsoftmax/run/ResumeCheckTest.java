package org.marginsoftmax.run;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What of a run may change when it is gone on with. */
class ResumeCheckTest {
  private static final Path RUN = Path.of("runs", "one");

  private static RunRecord record(TrainConfig options, String hash) {
    RunRecord.Data data = new RunRecord.Data(hash, "8x8x1", null, 1, 1, 1, List.of(), List.of());
    return new RunRecord(options, data, Map.of());
  }

  static Stream<String> options() {
    return TrainConfig.usual().options().keySet().stream();
  }

  /** The usual options with another value of one. */
  private static TrainConfig changed(String option) {
    ObjectNode tree = Json.MAPPER.valueToTree(TrainConfig.usual());
    ObjectNode room = (ObjectNode) tree.get(option.substring(0, option.indexOf('.')));
    String name = option.substring(option.indexOf('.') + 1);
    JsonNode value = room.get(name);
    for (Object another : candidates(value)) {
      room.set(name, Json.MAPPER.valueToTree(another));
      try {
        return Json.MAPPER.treeToValue(tree, TrainConfig.class);
      } catch (JsonProcessingException e) {
        // Of another type.
      }
    }
    throw new AssertionError("no other value for " + option);
  }

  private static List<Object> candidates(JsonNode value) {
    List<Object> candidates = new ArrayList<>();
    if (value.isBoolean()) {
      candidates.add(!value.asBoolean());
    } else if (value.isIntegralNumber()) {
      candidates.add(value.asLong() + 1);
    } else if (value.isNumber()) {
      candidates.add(value.asDouble() / 2 + 0.25);
    } else {
      candidates.addAll(List.of(List.of(1.5, 2.5), Map.of("x", "1"), 2, 0.25, "other"));
      candidates.addAll(List.of("cosface", "easy", "keep", "detached", "zero", "torch", "bgr"));
      candidates.addAll(
          List.of(
              "0-4", 32, "grey", "sgd", "cosine", "epoch", "cpu", "train", "crop", "p-by-k", "loss",
              "idx"));
      candidates.addAll(List.of("bfloat16", "catch-up"));
      candidates.remove(value.asText());
    }
    return candidates;
  }

  @ParameterizedTest
  @MethodSource("options")
  void anOptionMayChangeOrIsRefusedByName(String option) {
    RunRecord begun = record(TrainConfig.usual(), "h");
    RunRecord now = record(changed(option), "h");
    if (ResumeCheck.FREE.contains(option)) {
      assertDoesNotThrow(() -> ResumeCheck.check(begun, now, RUN));
    } else {
      String message =
          assertThrows(IllegalArgumentException.class, () -> ResumeCheck.check(begun, now, RUN))
              .getMessage();
      assertTrue(
          message.startsWith("resume " + RUN + ": expected `" + OptionNames.of(option) + "` "),
          message);
      assertEquals(1, message.lines().count());
    }
  }

  @Test
  void whatMayChangeIsSaid() throws IOException {
    String help =
        Files.readString(Path.of("src/main/java/org/marginsoftmax/cli/OutputOptions.java"));
    String page = Files.readString(Path.of("README.md"));
    for (String option : ResumeCheck.FREE) {
      assertTrue(options().toList().contains(option), option);
      String name = "--" + OptionNames.of(option);
      assertTrue(help.contains(name), name);
      assertTrue(page.contains("`" + name + "`"), name);
    }
  }

  @Test
  void anotherListIsRefused() {
    TrainConfig usual = TrainConfig.usual();
    List<List<Double>> margins = List.of(List.of(1.0, 0.3, 0.2), List.of(1.0, 0.3, 0.1));
    List<RunRecord> records =
        margins.stream()
            .map(m -> HeadConfig.named("combined").with("margins", m))
            .map(head -> record(usual.withHead(head), "h"))
            .toList();
    String message =
        assertThrows(
                IllegalArgumentException.class,
                () -> ResumeCheck.check(records.get(0), records.get(1), RUN))
            .getMessage();
    assertTrue(message.contains("`margins` 1.0,0.3,0.2 as"), message);
  }

  @Test
  void otherSamplesAreRefused() {
    RunRecord begun = record(TrainConfig.usual(), "h");
    RunRecord now = record(TrainConfig.usual(), "i");
    assertThrows(IllegalArgumentException.class, () -> ResumeCheck.check(begun, now, RUN));
  }
}
