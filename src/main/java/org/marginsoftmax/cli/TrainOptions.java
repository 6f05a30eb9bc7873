package org.marginsoftmax.cli;

import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * The options of training, but for those of the head and the backbone; the key of each is its name
 * in {@code config.json}, by which {@link ConfigOptions} finds it.
 */
final class TrainOptions {
  @Mixin private DataOptions data = new DataOptions();

  @Mixin private Augment augment = new Augment();

  @Mixin private Batching batching = new Batching();

  @Mixin private Schedules schedules = new Schedules();

  @Mixin private OptimizerOptions optimizer = new OptimizerOptions();

  @Mixin private Loop loop = new Loop();

  @Mixin private PixelOptions pixels = new PixelOptions();

  @Mixin private KerasOptions keras = new KerasOptions();

  /** What to train on. */
  /** How samples are changed. */
  static final class Augment {
    @Option(
        names = "--augment",
        descriptionKey = "batches.augment",
        paramLabel = "STEPS",
        description =
            "random changes of training samples: none (default), light, photo, face, document, or"
                + " steps as in flip:0.5,rotate:1:15 (name:probability:strength); the command"
                + " augment lists and shows them")
    private String steps;
  }

  private static final class Batching {
    @Option(
        names = "--sampler",
        descriptionKey = "batches.sampler",
        paramLabel = "NAME",
        description =
            "which samples an epoch visits: shuffled (default), every sample once; p-by-k, P classes"
                + " with K samples each in every batch; hard-classes, the same with classes that are"
                + " near to each other; balanced, samples of small classes more often")
    private String sampler;

    @Option(
        names = "--classes-per-batch",
        descriptionKey = "batches.classes_per_batch",
        paramLabel = "P",
        description =
            "classes per batch of p-by-k and hard-classes; default 32 or all, as --batch-size"
                + " allows")
    private Integer classesPerBatch;

    @Option(
        names = "--samples-per-class",
        descriptionKey = "batches.samples_per_class",
        paramLabel = "K",
        description =
            "samples per class of p-by-k and hard-classes; default as many as --batch-size allows")
    private Integer samplesPerClass;

    @Option(
        names = "--balance-power",
        descriptionKey = "batches.balance_power",
        paramLabel = "P",
        description =
            "of balanced: a class of n samples is visited in proportion to n^(1 - P); 0.5 for square"
                + " roots, default 1: all classes alike")
    private Double balancePower;

    @Option(
        names = "--per-class-limit",
        descriptionKey = "batches.per_class_limit",
        paramLabel = "M",
        description =
            "visit at most M samples of a class an epoch, others in the next; default all")
    private Integer perClassLimit;

    @Option(
        names = "--data-threads",
        descriptionKey = "batches.threads",
        paramLabel = "N",
        description =
            "threads that prepare batches ahead of the step; default one per core, at most 8;"
                + " their number changes no result")
    private Integer threads;
  }

  private static final class Schedules {
    @Option(
        names = "--margin-schedule",
        descriptionKey = "schedule.margin",
        paramLabel = "NAME",
        description =
            "how the margin grows from no effect to its value: constant, linear (default),"
                + " cosine, step, or annealing (default of sphereface and l-softmax)")
    private String margin;

    @Option(
        names = "--margin-warmup",
        descriptionKey = "schedule.margin_warmup",
        paramLabel = "SHARE",
        description = "share of the run over which the margin grows to its value; default 0.1")
    private Double marginWarmup;

    @Option(
        names = "--scale-schedule",
        descriptionKey = "schedule.scale",
        paramLabel = "NAME",
        description = "how the scale grows: constant (default), linear, cosine, step")
    private String scale;

    @Option(
        names = "--scale-warmup",
        descriptionKey = "schedule.scale_warmup",
        paramLabel = "SHARE",
        description = "share of the run over which the scale grows to its value; default 0.1")
    private Double scaleWarmup;

    @Option(
        names = "--scale-start",
        descriptionKey = "schedule.scale_start",
        paramLabel = "SHARE",
        description = "share of the scale to start with; default 0.1")
    private Double scaleStart;

    @Option(
        names = "--schedule-stairs",
        descriptionKey = "schedule.stairs",
        paramLabel = "N",
        description = "number of stairs of the step schedules; default 4")
    private Integer stairs;

    @Option(
        names = "--schedule-by",
        descriptionKey = "schedule.by",
        paramLabel = "UNIT",
        description =
            "whether margin and scale change with every step (default) or every epoch: step,"
                + " epoch")
    private String by;
  }

  private static final class Loop {
    @Option(
        names = "--epochs",
        descriptionKey = "loop.epochs",
        paramLabel = "N",
        description = "passes over the training set; default 3")
    private Integer epochs;

    @Option(
        names = "--steps",
        descriptionKey = "loop.steps",
        paramLabel = "N",
        description = "stop after N steps; default all of the epochs")
    private Long steps;

    @Option(
        names = "--batch-size",
        descriptionKey = "loop.batch_size",
        paramLabel = "N",
        description = "samples per step; default 128, or all if there are fewer")
    private Integer batchSize;

    @Option(
        names = "--seed",
        descriptionKey = "loop.seed",
        paramLabel = "N",
        description = "seed of weights, order and draws; default 1")
    private Long seed;

    @Option(
        names = "--threads",
        descriptionKey = "loop.threads",
        paramLabel = "N",
        description = "threads of TensorFlow; default all cores")
    private Integer threads;

    @Option(
        names = "--device",
        descriptionKey = "loop.device",
        paramLabel = "DEVICE",
        description = "auto (default): a GPU if there is one; cpu; gpu:N")
    private String device;

    @Option(
        names = "--strict",
        descriptionKey = "loop.strict",
        description = "refuse to train if the check before training has a warning")
    private Boolean strict;

    @Option(
        names = "--alarm-after",
        descriptionKey = "loop.alarm_after",
        paramLabel = "N",
        description = "steps without learning before the alarm of a dead start; default 500")
    private Long alarmAfter;

    @Option(
        names = "--best-by",
        descriptionKey = "loop.best_by",
        paramLabel = "FIGURE",
        description =
            "figure of the validation samples that chooses the best checkpoint: accuracy"
                + " (default), loss, silhouette, tar_at_far_1e-2, tar_at_far_1e-3,"
                + " tar_at_far_1e-4, equal_error_rate, recall_at_1, map_at_r")
    private String bestBy;

    @Option(
        names = "--patience",
        descriptionKey = "loop.patience",
        paramLabel = "N",
        description = "stop early after N epochs without a better --best-by figure; default never")
    private Integer patience;

    @Option(
        names = "--accumulate",
        descriptionKey = "loop.accumulate",
        paramLabel = "K",
        description =
            "batches per step: their gradients are averaged before the weights move; default 1")
    private Integer accumulate;

    @Option(
        names = "--init",
        descriptionKey = "loop.init",
        paramLabel = "RUN",
        description =
            "start from a trained run: its backbone, and the centres of the classes that have the"
                + " same names")
    private String init;

    @Option(
        names = "--shards",
        descriptionKey = "loop.shards",
        paramLabel = "N",
        description =
            "blocks that the centres of the classes are divided into; default as many as suit the"
                + " processor's cache")
    private Integer shards;

    @Option(
        names = "--partial-fc",
        descriptionKey = "loop.partial_fc",
        paramLabel = "R",
        description =
            "share of the classes that a step has: those of the batch and a random sample of the"
                + " others; default 1, all")
    private Double partialFc;

    @Option(
        names = "--lazy-states",
        descriptionKey = "loop.lazy_states",
        paramLabel = "WHAT",
        description =
            "what momentum and weight decay do to a class while no step has it: keep (nothing,"
                + " default) or catch-up (what they would have done, when a step next has it; sgd)")
    private String lazyStates;

    @Option(
        names = "--cluster",
        descriptionKey = "loop.cluster",
        paramLabel = "FILE",
        description =
            "train over the workers that a file names, which hold the centres of the classes;"
                + " default none: in this process (see docs/cluster.md)")
    private String cluster;

    @Option(
        names = "--precision",
        descriptionKey = "loop.precision",
        paramLabel = "TYPE",
        description =
            "of matrix products and convolutions while training: float32 (default) or bfloat16;"
                + " weights are float32 in both")
    private String precision;
  }
}
