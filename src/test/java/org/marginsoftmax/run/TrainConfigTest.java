package org.marginsoftmax.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.marginsoftmax.InvalidInputException;

/** Configurations merge by the names of their options. */
class TrainConfigTest {
  private static final TrainConfig USUAL = TrainConfig.usual();

  @Test
  void whatIsNotGivenStays() {
    assertEquals(USUAL, USUAL.with(Map.of()));
    TrainConfig other = USUAL.with(Map.of("optimizer.learning_rate", 0.1 + 0.2, "data.limit", 7));
    assertEquals(0.1 + 0.2, other.optimizer().learningRate());
    assertEquals(7, other.data().limit());
    assertEquals(USUAL.optimizer().clipNorm(), other.optimizer().clipNorm());
    assertEquals(USUAL.head(), other.head());
  }

  @Test
  void anotherHeadBeginsWithItsOwnUsualValues() {
    TrainConfig first = USUAL.with(Map.of("head.margin", "0.2", "head.scale", "20"));
    assertEquals(HeadConfig.arcface().withMargin(0.2).with("scale", "20"), first.head());
    assertEquals(first, first.with(Map.of("head.name", "arcface")));
    assertEquals(HeadConfig.named("cosface"), first.with(Map.of("head.name", "cosface")).head());
    assertEquals(
        HeadConfig.named("cosface").withMargin(0.1),
        first.with(Map.of("head.margin", 0.1, "head.name", "cosface")).head());
  }

  @Test
  void aValueOfAnotherKindIsRefusedByName() {
    for (Object given : new Object[] {1.9, "many", List.of(1)}) {
      String refused =
          assertThrows(InvalidInputException.class, () -> USUAL.with(Map.of("loop.epochs", given)))
              .getMessage();
      assertTrue(refused.contains("a value of loop.epochs as"), refused);
      assertTrue(refused.contains("give one"), refused);
      assertEquals(1, refused.lines().count(), refused);
    }
  }

  @Test
  void otherEpochsTakeAllOfTheirSteps() {
    TrainConfig stopped = USUAL.with(Map.of("loop.steps", 5L));
    assertNull(stopped.with(Map.of("loop.epochs", 4)).loop().steps());
    assertEquals(6, stopped.with(Map.of("loop.epochs", 4, "loop.steps", 6)).loop().steps());
    assertEquals(5, stopped.with(Map.of("loop.seed", 2)).loop().steps());
  }

  @Test
  void aKerasModelIsItsOwnBackbone() {
    TrainConfig tuned = USUAL.with(Map.of("keras.from", "model"));
    assertEquals(BackboneConfig.KERAS, tuned.backbone().name());
    assertEquals(
        "other",
        USUAL.with(Map.of("keras.from", "model", "backbone.name", "other")).backbone().name());
  }

  @ParameterizedTest
  @CsvSource({
    "margin, 1, head.margin",
    "loop.epoch, 1, config.json",
    "nothing.epochs, 1, config.json",
    "head.sharpness, 1, sharpness",
    "head.name, arface, arcface",
    "head.margin, -1, margin",
    "loop.epochs, many, config.json"
  })
  void refusesWhatIsNoOption(String name, String value, String part) {
    String message =
        assertThrows(InvalidInputException.class, () -> USUAL.with(Map.of(name, value)))
            .getMessage();
    assertTrue(message.contains(part), message);
    assertEquals(1, message.lines().count(), message);
  }

  /** What was not reached is not there. */
  @Test
  void aStoppedRunHasNoMetricsInJson() {
    String json = Json.text(new Train.Result(Path.of("run"), false, 3, null, null));
    assertEquals("{\n  \"run\" : \"run\",\n  \"finished\" : false,\n  \"steps\" : 3\n}", json);
  }
}
