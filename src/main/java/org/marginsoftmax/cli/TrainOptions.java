package org.marginsoftmax.cli;

import org.marginsoftmax.run.BackboneConfig;
import org.marginsoftmax.run.DataConfig;
import org.marginsoftmax.run.LoopConfig;
import org.marginsoftmax.run.OptimizerConfig;
import org.marginsoftmax.run.ScheduleConfig;
import org.marginsoftmax.run.TrainConfig;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParseResult;

/**
 * The options of training, but for those of the head. What is not given is left as a base has it.
 */
final class TrainOptions {
  @Mixin private Data data = new Data();

  @Mixin private Schedules schedules = new Schedules();

  @Mixin private Backbone backbone = new Backbone();

  @Mixin private Optimizer optimizer = new Optimizer();

  @Mixin private Loop loop = new Loop();

  @Mixin private KerasOptions keras = new KerasOptions();

  private static final class Data {
    @Option(
        names = "--data",
        paramLabel = "DATA",
        description =
            "fashion-mnist (default), a folder of IDX files, a folder with one sub-folder of images"
                + " (PNG, JPEG, BMP) per class, split into train, val and test folders or not, or"
                + " arrays with labels: an NPZ file or a folder of NPY files (README)")
    private String source;

    @Option(
        names = "--classes",
        paramLabel = "LIST",
        description = "use only these classes, as in 0-4,7; they are renumbered from 0")
    private String classes;

    @Option(
        names = "--limit",
        paramLabel = "N",
        description = "use N training samples, drawn evenly from the classes")
    private Integer limit;

    @Option(
        names = "--validation",
        paramLabel = "SHARE",
        description =
            "share of each class of the training set to hold out for choosing the best"
                + " checkpoint; default 0.05, at most 0.5")
    private Double validation;

    @Option(
        names = "--image-size",
        paramLabel = "N",
        description =
            "height and width that images from a folder are resized to; default what a Keras"
                + " model takes, else 32")
    private Integer imageSize;

    @Option(
        names = "--image-color",
        paramLabel = "KIND",
        description =
            "colour of images from a folder: grey, color, or auto (default) as the files are")
    private String imageColor;

    @Option(
        names = "--test-share",
        paramLabel = "SHARE",
        description =
            "share of each class of an image folder, or of arrays, to keep for testing if there is"
                + " nothing else to test on; default 0.2")
    private Double testShare;

    @Option(
        names = "--unreadable",
        paramLabel = "SHARE",
        description = "share of image files that may be skipped as unreadable; default 0.01")
    private Double unreadable;
  }

  private static final class Schedules {
    @Option(
        names = "--margin-schedule",
        paramLabel = "NAME",
        description =
            "how the margin grows from no effect to its value: constant, linear (default),"
                + " cosine, step, or annealing (default of sphereface and l-softmax)")
    private String margin;

    @Option(
        names = "--margin-warmup",
        paramLabel = "SHARE",
        description = "share of the run over which the margin grows to its value; default 0.1")
    private Double marginWarmup;

    @Option(
        names = "--scale-schedule",
        paramLabel = "NAME",
        description = "how the scale grows: constant (default), linear, cosine, step")
    private String scale;

    @Option(
        names = "--scale-warmup",
        paramLabel = "SHARE",
        description = "share of the run over which the scale grows to its value; default 0.1")
    private Double scaleWarmup;

    @Option(
        names = "--scale-start",
        paramLabel = "SHARE",
        description = "share of the scale to start with; default 0.1")
    private Double scaleStart;

    @Option(
        names = "--schedule-stairs",
        paramLabel = "N",
        description = "number of stairs of the step schedules; default 4")
    private Integer stairs;

    @Option(
        names = "--schedule-by",
        paramLabel = "UNIT",
        description =
            "whether margin and scale change with every step (default) or every epoch: step,"
                + " epoch")
    private String by;
  }

  private static final class Backbone {
    @Option(
        names = "--backbone",
        paramLabel = "NAME",
        description =
            "small-cnn (default), none (default for arrays of features), or one from a jar of"
                + " yours on MARGIN_SOFTMAX_CLASSPATH (docs/java.md)")
    private String name;

    @Option(
        names = "--embedding",
        paramLabel = "D",
        description =
            "size of the features, default 128; with --from-keras the size of an additional"
                + " layer above them, default none")
    private Integer embedding;
  }

  private static final class Optimizer {
    @Option(names = "--optimizer", paramLabel = "NAME", description = "adam (default), adamw, sgd")
    private String name;

    @Option(names = "--lr", paramLabel = "RATE", description = "learning rate; default 0.001")
    private Double learningRate;

    @Option(
        names = "--lr-schedule",
        paramLabel = "NAME",
        description = "constant (default), cosine, polynomial, step")
    private String schedule;

    @Option(
        names = "--lr-warmup",
        paramLabel = "SHARE",
        description = "share of the run over which the rate rises from 0; default 0")
    private Double warmup;

    @Option(
        names = "--lr-power",
        paramLabel = "P",
        description = "power of the polynomial schedule; default 2")
    private Double power;

    @Option(
        names = "--lr-step-every",
        paramLabel = "SHARE",
        description = "share of the run between two drops of the step schedule; default a third")
    private Double every;

    @Option(
        names = "--lr-step-factor",
        paramLabel = "F",
        description = "factor of each drop; default 0.1")
    private Double factor;

    @Option(names = "--momentum", paramLabel = "M", description = "momentum of sgd; default 0.9")
    private Double momentum;

    @Option(names = "--nesterov", description = "use Nesterov momentum in sgd")
    private Boolean nesterov;

    @Option(
        names = "--weight-decay",
        paramLabel = "W",
        description =
            "weight decay of sgd (default 0) and adamw (default 0.01), not applied to biases and"
                + " batch norm")
    private Double weightDecay;

    @Option(
        names = "--clip-norm",
        paramLabel = "NORM",
        description = "largest global norm of the gradients; default 0: no clipping")
    private Double clipNorm;
  }

  private static final class Loop {
    @Option(
        names = "--epochs",
        paramLabel = "N",
        description = "passes over the training set; default 3")
    private Integer epochs;

    @Option(
        names = "--steps",
        paramLabel = "N",
        description = "stop after N steps; default all of the epochs")
    private Long steps;

    @Option(
        names = "--batch-size",
        paramLabel = "N",
        description = "samples per step; default 128, or all if there are fewer")
    private Integer batchSize;

    @Option(
        names = "--seed",
        paramLabel = "N",
        description = "seed of weights, order and draws; default 1")
    private Long seed;

    @Option(
        names = "--threads",
        paramLabel = "N",
        description = "threads of TensorFlow; default all cores")
    private Integer threads;

    @Option(
        names = "--device",
        paramLabel = "DEVICE",
        description = "auto (default): a GPU if there is one; cpu; gpu:N")
    private String device;

    @Option(
        names = "--strict",
        description = "refuse to train if the check before training has a warning")
    private Boolean strict;

    @Option(
        names = "--alarm-after",
        paramLabel = "N",
        description = "steps without learning before the alarm of a dead start; default 500")
    private Long alarmAfter;
  }

  /** What was given, else what the base has. */
  static <T> T or(T given, T base) {
    return given == null ? base : given;
  }

  /**
   * The configuration: what was given, over what the base has.
   *
   * @param parsed with the options of the head
   */
  TrainConfig over(TrainConfig base, ParseResult parsed) {
    DataConfig d = base.data();
    ScheduleConfig c = base.schedule();
    BackboneConfig b = base.backbone();
    OptimizerConfig o = base.optimizer();
    LoopConfig l = base.loop();
    return new TrainConfig(
        new DataConfig(
            or(data.source, d.source()),
            or(data.classes, d.classes()),
            or(data.limit, d.limit()),
            or(data.validation, d.validation()),
            or(data.imageSize, d.imageSize()),
            or(data.imageColor, d.imageColor()),
            or(data.testShare, d.testShare()),
            or(data.unreadable, d.unreadable())),
        HeadOptions.over(base.head(), parsed),
        new ScheduleConfig(
            or(schedules.margin, c.margin()),
            or(schedules.marginWarmup, c.marginWarmup()),
            or(schedules.scale, c.scale()),
            or(schedules.scaleWarmup, c.scaleWarmup()),
            or(schedules.scaleStart, c.scaleStart()),
            or(schedules.stairs, c.stairs()),
            or(schedules.by, c.by())),
        new BackboneConfig(
            or(backbone.name, keras.given() ? BackboneConfig.KERAS : b.name()),
            or(backbone.embedding, b.embedding())),
        new OptimizerConfig(
            or(optimizer.name, o.name()),
            or(optimizer.learningRate, o.learningRate()),
            or(optimizer.schedule, o.schedule()),
            or(optimizer.warmup, o.learningRateWarmup()),
            or(optimizer.power, o.power()),
            or(optimizer.every, o.stepEvery()),
            or(optimizer.factor, o.stepFactor()),
            or(optimizer.momentum, o.momentum()),
            or(optimizer.nesterov, o.nesterov()),
            or(optimizer.weightDecay, o.weightDecay()),
            or(optimizer.clipNorm, o.clipNorm())),
        new LoopConfig(
            or(loop.epochs, l.epochs()),
            // More epochs are asked for: where an earlier session was to stop does not count.
            or(loop.steps, loop.epochs == null ? l.steps() : null),
            or(loop.batchSize, l.batchSize()),
            or(loop.seed, l.seed()),
            or(loop.threads, l.threads()),
            or(loop.device, l.device()),
            or(loop.strict, l.strict()),
            or(loop.alarmAfter, l.alarmAfter())),
        keras.over(base.keras()));
  }
}
