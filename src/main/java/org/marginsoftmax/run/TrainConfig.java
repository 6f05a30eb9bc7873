package org.marginsoftmax.run;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.Map;
import org.marginsoftmax.InvalidInputException;

/**
 * Everything that a training run is made of.
 *
 * @param data what to train on
 * @param head what is above the features
 * @param schedule how margin and scale grow
 * @param backbone what makes the features
 * @param optimizer how gradients move the variables
 * @param loop how long and where
 * @param keras what is taken from Keras models
 */
public record TrainConfig(
    DataConfig data,
    HeadConfig head,
    ScheduleConfig schedule,
    BackboneConfig backbone,
    OptimizerConfig optimizer,
    LoopConfig loop,
    KerasConfig keras) {
  /** Runs of before had nothing of Keras. */
  public TrainConfig {
    keras = keras == null ? KerasConfig.none() : keras;
  }

  /** Fashion-MNIST, small CNN, ArcFace, Adam, three epochs. */
  public static TrainConfig usual() {
    return new TrainConfig(
        DataConfig.fashionMnist(),
        HeadConfig.arcface(),
        ScheduleConfig.usual(),
        BackboneConfig.usual(),
        OptimizerConfig.adam(),
        LoopConfig.usual(),
        KerasConfig.none());
  }

  /** The same run with another head. */
  public TrainConfig withHead(HeadConfig head) {
    return new TrainConfig(data, head, schedule, backbone, optimizer, loop, keras);
  }

  /** The same run on other data. */
  public TrainConfig withData(DataConfig data) {
    return new TrainConfig(data, head, schedule, backbone, optimizer, loop, keras);
  }

  /** The same run with another backbone. */
  public TrainConfig withBackbone(BackboneConfig backbone) {
    return new TrainConfig(data, head, schedule, backbone, optimizer, loop, keras);
  }

  /** The same run, longer, shorter or elsewhere. */
  public TrainConfig withLoop(LoopConfig loop) {
    return new TrainConfig(data, head, schedule, backbone, optimizer, loop, keras);
  }

  /**
   * The same run with other values of some options. Another head begins with its own usual values;
   * a Keras model is its own backbone; with other epochs all of their steps are taken.
   *
   * @param given values by the names of {@code config.json}, such as {@code head.margin} or {@code
   *     optimizer.learning_rate}; null for what is usual where nothing is given
   * @throws InvalidInputException if there is no such option, or a value is none of it
   */
  public TrainConfig with(Map<String, ?> given) {
    ObjectNode merged = Json.MAPPER.valueToTree(this);
    Object name = given.get("head.name");
    if (name != null && !name.equals(head.name())) {
      merged.set("head", Json.MAPPER.valueToTree(HeadConfig.named(name.toString())));
    }
    if (given.get("keras.from") != null) {
      merged.withObjectProperty("backbone").put("name", BackboneConfig.KERAS);
    }
    if (given.get("loop.epochs") != null) {
      merged.withObjectProperty("loop").putNull("steps");
    }
    given.forEach((option, value) -> set(merged, option, value));
    return Json.convert(merged, TrainConfig.class);
  }

  private static void set(ObjectNode merged, String option, Object value) {
    String group = option.substring(0, Math.max(0, option.indexOf('.')));
    String name = option.substring(option.indexOf('.') + 1);
    // A head says itself which options it has.
    if (!merged.has(group) || !group.equals("head") && !merged.get(group).has(name)) {
      throw new InvalidInputException(
          "options: expected names as in config.json, found '%s'; say head.margin for the margin"
              .formatted(option));
    }
    merged.withObjectProperty(group).set(name, Json.MAPPER.valueToTree(value));
  }

  /** The options by name, such as {@code head.margin}, in the order of {@code config.json}. */
  Map<String, JsonNode> options() {
    Map<String, JsonNode> options = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> group : Json.MAPPER.valueToTree(this).properties()) {
      group
          .getValue()
          .properties()
          .forEach(o -> options.put(group.getKey() + "." + o.getKey(), o.getValue()));
    }
    return options;
  }
}
