package org.marginsoftmax.run;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.marginsoftmax.InvalidInputException;

/**
 * The full configuration of a training run.
 *
 * @param data what to train on
 * @param head the margin softmax on top of the features
 * @param schedule how margin and scale rise
 * @param backbone the network that computes the features
 * @param optimizer how gradients update the variables
 * @param loop how long to train, and on which device
 * @param keras what is taken from Keras models
 * @param batches how training samples become batches
 * @param input what becomes of pixels before the backbone sees them
 */
public record TrainConfig(
    DataConfig data,
    HeadConfig head,
    ScheduleConfig schedule,
    BackboneConfig backbone,
    OptimizerConfig optimizer,
    LoopConfig loop,
    KerasConfig keras,
    BatchConfig batches,
    InputConfig input) {
  /**
   * @throws InvalidInputException if a group is missing
   */
  public TrainConfig {
    if (Stream.of(data, head, schedule, backbone, optimizer, loop, keras, batches, input)
        .anyMatch(Objects::isNull)) {
      throw new InvalidInputException(
          "options: expected every group of them, as data, head and loop, found one missing; give all, as config.json has them");
    }
  }

  /** A configuration with samples shuffled and as they are. */
  public TrainConfig(
      DataConfig data,
      HeadConfig head,
      ScheduleConfig schedule,
      BackboneConfig backbone,
      OptimizerConfig optimizer,
      LoopConfig loop,
      KerasConfig keras) {
    this(
        data,
        head,
        schedule,
        backbone,
        optimizer,
        loop,
        keras,
        BatchConfig.usual(),
        InputConfig.usual());
  }

  /**
   * Adds the options that {@code config.json} of an older version lacks, with their defaults.
   *
   * @param record its content, with the options in {@code options}
   */
  static void complete(ObjectNode record) {
    if (!(record.get("options") instanceof ObjectNode options)) {
      return;
    }
    moveInput(options);
    for (Map.Entry<String, JsonNode> group : Json.MAPPER.valueToTree(usual()).properties()) {
      JsonNode given = options.putIfAbsent(group.getKey(), group.getValue());
      // A head says itself which options it has.
      if (given instanceof ObjectNode some && !group.getKey().equals("head")) {
        group.getValue().properties().forEach(o -> some.putIfAbsent(o.getKey(), o.getValue()));
      }
    }
  }

  /** The scaling of pixels, which older versions keep with what a run takes from Keras models. */
  private static void moveInput(ObjectNode options) {
    if (options.get("keras") instanceof ObjectNode keras && !options.has("input")) {
      ObjectNode input = options.putObject("input");
      for (String name : List.of("scale", "offset")) {
        if (keras.has("input_" + name)) {
          input.set(name, keras.remove("input_" + name));
        }
      }
    }
  }

  /** The default: Fashion-MNIST, small CNN, ArcFace, Adam, three epochs. */
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

  /** A copy with another head. */
  public TrainConfig withHead(HeadConfig head) {
    return new TrainConfig(data, head, schedule, backbone, optimizer, loop, keras, batches, input);
  }

  /** A copy with other data. */
  public TrainConfig withData(DataConfig data) {
    return new TrainConfig(data, head, schedule, backbone, optimizer, loop, keras, batches, input);
  }

  /** A copy with another backbone. */
  public TrainConfig withBackbone(BackboneConfig backbone) {
    return new TrainConfig(data, head, schedule, backbone, optimizer, loop, keras, batches, input);
  }

  /** A copy with other options for length, seed and device. */
  public TrainConfig withLoop(LoopConfig loop) {
    return new TrainConfig(data, head, schedule, backbone, optimizer, loop, keras, batches, input);
  }

  /**
   * A copy with some options changed. Changing the head or the backbone resets its options to the
   * defaults of the new one; naming a Keras model makes it the backbone; changing the epochs resets
   * the limit on steps.
   *
   * @param given values by the names of {@code config.json}, such as {@code head.margin} or {@code
   *     optimizer.learning_rate}; null for the default
   * @throws InvalidInputException if there is no such option, or a value is not valid
   */
  public TrainConfig with(Map<String, ?> given) {
    ObjectNode merged = Json.MAPPER.valueToTree(this);
    Object name = given.get("head.name");
    if (name != null && !name.equals(head.name())) {
      merged.set("head", Json.MAPPER.valueToTree(HeadConfig.named(name.toString())));
    }
    Object backbone = given.get("backbone.name");
    if (backbone != null && !backbone.equals(this.backbone.name())) {
      // The size of the features may have been given without a name.
      Integer embedding = this.backbone.name() == null ? this.backbone.embedding() : null;
      merged.set(
          "backbone", Json.MAPPER.valueToTree(new BackboneConfig(backbone.toString(), embedding)));
    }
    if (given.get("keras.from") != null) {
      merged.withObjectProperty("backbone").put("name", BackboneConfig.KERAS);
    }
    if (given.get("loop.epochs") != null) {
      merged.withObjectProperty("loop").putNull("steps");
    }
    ObjectNode usual = Json.MAPPER.valueToTree(usual());
    given.forEach((option, value) -> set(merged, option, value, usual));
    return Json.convert(merged, TrainConfig.class);
  }

  private static void set(ObjectNode merged, String option, Object value, ObjectNode usual) {
    String group = option.substring(0, Math.max(0, option.indexOf('.')));
    String name = option.substring(option.indexOf('.') + 1);
    // Heads and backbones say themselves which options they have.
    boolean catalogue = group.equals("head") || group.equals("backbone");
    if (!merged.has(group) || !catalogue && !merged.get(group).has(name)) {
      throw new InvalidInputException(
          "options: expected names as in config.json, found '%s'; say head.margin for the margin"
              .formatted(option));
    }
    // A head has its own defaults.
    merged
        .withObjectProperty(group)
        .set(
            name,
            value == null && !group.equals("head")
                ? usual.get(group).get(name)
                : Json.MAPPER.valueToTree(value));
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
