package org.marginsoftmax.cli;

import picocli.CommandLine.Option;

/** The options of the optimizer and of its learning rate. */
final class OptimizerOptions {
  @Option(
      names = "--optimizer",
      descriptionKey = "optimizer.name",
      paramLabel = "NAME",
      description = "adam (default), adamw, sgd")
  private String name;

  @Option(
      names = "--lr",
      descriptionKey = "optimizer.learning_rate",
      paramLabel = "RATE",
      description = "learning rate; default 0.001")
  private Double learningRate;

  @Option(
      names = "--centers-lr",
      descriptionKey = "optimizer.centers_learning_rate",
      paramLabel = "RATE",
      description =
          "learning rate of the class centres, with the same schedule; default --lr. With very many"
              + " classes each is seen rarely, and has to learn more when it is")
  private Double centersLearningRate;

  @Option(
      names = "--lr-schedule",
      descriptionKey = "optimizer.schedule",
      paramLabel = "NAME",
      description = "constant (default), cosine, cosine-restarts, polynomial, step")
  private String schedule;

  @Option(
      names = "--lr-warmup",
      descriptionKey = "optimizer.learning_rate_warmup",
      paramLabel = "SHARE",
      description = "share of the run over which the rate rises from 0; default 0")
  private Double warmup;

  @Option(
      names = "--lr-power",
      descriptionKey = "optimizer.power",
      paramLabel = "P",
      description = "power of the polynomial schedule; default 2")
  private Double power;

  @Option(
      names = "--lr-step-every",
      descriptionKey = "optimizer.step_every",
      paramLabel = "SHARE",
      description = "share of the run between two drops of the step schedule; default a third")
  private Double every;

  @Option(
      names = "--lr-step-factor",
      descriptionKey = "optimizer.step_factor",
      paramLabel = "F",
      description = "factor of each drop; default 0.1")
  private Double factor;

  @Option(
      names = "--lr-period",
      descriptionKey = "optimizer.period",
      paramLabel = "SHARE",
      converter = Fraction.class,
      description =
          "share of the run, as in 1/7 or 0.1, until the first restart of cosine-restarts;"
              + " default 1/7")
  private Double period;

  @Option(
      names = "--lr-period-factor",
      descriptionKey = "optimizer.period_factor",
      paramLabel = "F",
      description =
          "factor from one period of cosine-restarts to the next; default 2, so periods of 1/7,"
              + " 2/7 and 4/7")
  private Double periodFactor;

  @Option(
      names = "--momentum",
      descriptionKey = "optimizer.momentum",
      paramLabel = "M",
      description = "momentum of sgd; default 0.9")
  private Double momentum;

  @Option(
      names = "--nesterov",
      descriptionKey = "optimizer.nesterov",
      description = "use Nesterov momentum in sgd")
  private Boolean nesterov;

  @Option(
      names = "--weight-decay",
      descriptionKey = "optimizer.weight_decay",
      paramLabel = "W",
      description =
          "weight decay of sgd (default 0) and adamw (default 0.01), not applied to biases and"
              + " batch norm")
  private Double weightDecay;

  @Option(
      names = "--clip-norm",
      descriptionKey = "optimizer.clip_norm",
      paramLabel = "NORM",
      description = "largest global norm of the gradients; default 0: no clipping")
  private Double clipNorm;

  @Option(
      names = "--ema",
      descriptionKey = "optimizer.ema",
      paramLabel = "DECAY",
      description =
          "validate, evaluate and export the exponential moving average of the weights with this"
              + " decay, as in 0.999; default the weights themselves")
  private Double ema;
}
