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
 */
public record TrainConfig(
    DataConfig data,
    HeadConfig head,
    ScheduleConfig schedule,
    BackboneConfig backbone,
    OptimizerConfig optimizer,
    LoopConfig loop) {
  /** Fashion-MNIST, small CNN, ArcFace, Adam, three epochs. */
  public static TrainConfig usual() {
    return new TrainConfig(
        DataConfig.fashionMnist(),
        HeadConfig.arcface(),
        ScheduleConfig.usual(),
        BackboneConfig.smallCnn(),
        OptimizerConfig.adam(),
        LoopConfig.usual());
  }

  /** The same run with another head. */
  public TrainConfig withHead(HeadConfig head) {
    return new TrainConfig(data, head, schedule, backbone, optimizer, loop);
  }
}
