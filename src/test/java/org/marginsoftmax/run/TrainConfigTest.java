package org.marginsoftmax.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
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

  /** Options that take any text; a value is bad only for the data or the model. */
  private static final Set<String> FREE =
      Set.of(
          "data.source",
          "data.root",
          "data.tfrecord_image",
          "data.tfrecord_label",
          "data.cache",
          "backbone.name",
          "batches.augment",
          "keras.from",
          "keras.signature",
          "keras.output_name",
          "keras.layer",
          "keras.init_head",
          "keras.init_head_variable",
          "loop.init",
          "loop.cluster");

  /** Configurations that leave different options unused. */
  private static Stream<TrainConfig> others() {
    return Stream.of(
        USUAL,
        USUAL.with(
            Map.of(
                "optimizer.name", "sgd",
                "optimizer.schedule", "step",
                "schedule.margin", "constant",
                "schedule.scale", "cosine",
                "data.source", "features.npz")),
        USUAL.with(Map.of("keras.from", "model", "optimizer.schedule", "polynomial")));
  }

  private static Stream<Arguments> badValues() {
    return USUAL.options().keySet().stream()
        .filter(name -> !name.matches("(head|backbone)\\..*") && !FREE.contains(name))
        .flatMap(name -> bad(name, type(name)).map(value -> Arguments.of(name, value)));
  }

  private static Stream<Object> bad(String name, Class<?> type) {
    if (type == double.class || type == Double.class) {
      return Stream.of(Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY);
    }
    if (type == int.class || type == Integer.class || type == long.class || type == Long.class) {
      return name.equals("loop.seed") ? Stream.of() : Stream.of(-1, 0);
    }
    return type == boolean.class || type == Map.class ? Stream.of() : Stream.of("(", "");
  }

  private static Class<?> type(String option) {
    String group = option.substring(0, option.indexOf('.'));
    String name = option.substring(option.indexOf('.') + 1);
    return Stream.of(TrainConfig.class.getRecordComponents())
        .filter(component -> component.getName().equals(group))
        .flatMap(component -> Stream.of(component.getType().getRecordComponents()))
        .filter(component -> name.equals(snake(component.getName())))
        .findFirst()
        .orElseThrow()
        .getType();
  }

  private static String snake(String name) {
    return name.replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT);
  }

  @ParameterizedTest
  @MethodSource("badValues")
  @CsvSource({
    "data.classes, 4-2",
    "data.validation, 0.6",
    "data.image_size, 3",
    "data.image_fit, pad:256",
    "batches.sampler, none",
    "batches.balance_power, 2",
    "data.image_color, blue",
    "data.test_share, 0.6",
    "loop.best_by, f1",
    "loop.patience, 0",
    "loop.accumulate, 0",
    "optimizer.ema, 1",
    "optimizer.period, 2",
    "optimizer.period_factor, 0.5",
    "data.unreadable, 2",
    "schedule.margin_warmup, 2",
    "schedule.scale_warmup, -1",
    "schedule.scale_start, 0",
    "optimizer.learning_rate, 0",
    "optimizer.learning_rate_warmup, 1",
    "optimizer.centers_learning_rate, 0",
    "optimizer.power, 0",
    "optimizer.step_every, 0",
    "optimizer.step_factor, 1",
    "optimizer.momentum, 2",
    "optimizer.weight_decay, 2",
    "optimizer.clip_norm, -1",
    "keras.learning_rate, 0",
    "input.scale, 0",
    "loop.threads, 5000",
    "loop.device, tpu"
  })
  void aBadValueIsRefusedWhateverTheOthersAre(String name, Object value) {
    others()
        .forEach(
            other -> {
              String message =
                  assertThrows(InvalidInputException.class, () -> other.with(Map.of(name, value)))
                      .getMessage();
              assertTrue(message.contains("expected") && message.contains("found"), message);
              assertEquals(1, message.lines().count(), message);
            });
  }

  /** What was not reached is not there. */
  @Test
  void aStoppedRunHasNoMetricsInJson() {
    String json = Json.text(new Train.Result(Path.of("run"), false, 3, null, null));
    assertEquals("{\n  \"run\" : \"run\",\n  \"finished\" : false,\n  \"steps\" : 3\n}", json);
  }
}
