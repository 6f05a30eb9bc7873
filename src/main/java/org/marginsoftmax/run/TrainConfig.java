package org.marginsoftmax.run;

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
        BackboneConfig.smallCnn(),
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

  /** The same run with other options of Keras models. */
  TrainConfig withKeras(KerasConfig keras) {
    return new TrainConfig(data, head, schedule, backbone, optimizer, loop, keras);
  }
}
