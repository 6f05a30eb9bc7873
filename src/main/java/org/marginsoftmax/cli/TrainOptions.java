package org.marginsoftmax.cli;

import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * The options of training, but for those of the head and the backbone; the key of each is its name
 * in {@code config.json}, by which {@link ConfigOptions} finds it.
 */
final class TrainOptions {
  @Mixin private Data data = new Data();

  @Mixin private Augment augment = new Augment();

  @Mixin private Batching batching = new Batching();

  @Mixin private Schedules schedules = new Schedules();

  @Mixin private Optimizer optimizer = new Optimizer();

  @Mixin private Loop loop = new Loop();

  @Mixin private PixelOptions pixels = new PixelOptions();

  @Mixin private KerasOptions keras = new KerasOptions();

  /** What to train on. */
  static final class Data {
    @Option(
        names = "--data",
        descriptionKey = "data.source",
        paramLabel = "DATA",
        description =
            "fashion-mnist (default), or a file or folder of one of the formats of --data-format;"
                + " several files as in 'shard-{000..009}.tar'")
    private String source;

    @Option(
        names = "--data-format",
        descriptionKey = "data.format",
        paramLabel = "FORMAT",
        description =
            "folder (a sub-folder of images per class, split into train, val and test or not), list"
                + " (CSV or TSV of path and label), idx (four IDX files), arrays (NPY or NPZ),"
                + " webdataset (tar), recordio (MXNet's .rec), tfrecord (tf.train.Example); default"
                + " what lies there (docs/data.md)")
    private String format;

    @Option(
        names = "--nested-classes",
        descriptionKey = "data.nested_classes",
        description = "make every folder with images a class, named after its path, as in a/b/c")
    private Boolean nestedClasses;

    @Option(
        names = "--data-root",
        descriptionKey = "data.root",
        paramLabel = "DIR",
        description = "folder that the paths in a list are relative to; default that of the list")
    private String root;

    @Option(
        names = "--tfrecord-image",
        descriptionKey = "data.tfrecord_image",
        paramLabel = "NAME",
        description =
            "TFRecord feature with the encoded image; default one of the usual, as image/encoded")
    private String tfrecordImage;

    @Option(
        names = "--tfrecord-label",
        descriptionKey = "data.tfrecord_label",
        paramLabel = "NAME",
        description =
            "TFRecord feature with the label, a number or text; default one of the usual, as"
                + " image/class/label")
    private String tfrecordLabel;

    @Option(
        names = "--cache",
        descriptionKey = "data.cache",
        paramLabel = "DIR",
        description =
            "folder that keeps decoded and resized images for this and later runs; none: keep them"
                + " in memory; default beside the run, if they do not fit into memory")
    private String cache;

    @Option(
        names = "--classes",
        descriptionKey = "data.classes",
        paramLabel = "LIST",
        description =
            "use only these classes, as in 0-4,7, or -3--1,2 for labels below 0; they are renumbered from 0")
    private String classes;

    @Option(
        names = "--limit",
        descriptionKey = "data.limit",
        paramLabel = "N",
        description = "use N training samples, drawn evenly from the classes")
    private Integer limit;

    @Option(
        names = "--validation",
        descriptionKey = "data.validation",
        paramLabel = "SHARE",
        description =
            "share of each class of the training set to hold out for choosing the best"
                + " checkpoint; default 0.05, at most 0.5")
    private Double validation;

    @Option(
        names = "--image-size",
        descriptionKey = "data.image_size",
        paramLabel = "HxW",
        description =
            "height x width that images from a folder are brought to, as in 112x96, or one number"
                + " for both; default what a Keras model takes, else 32")
    private String imageSize;

    @Option(
        names = "--image-color",
        descriptionKey = "data.image_color",
        paramLabel = "KIND",
        description =
            "colour of images from a folder: grey, color, or auto (default) as the files are")
    private String imageColor;

    @Option(
        names = "--image-fit",
        descriptionKey = "data.image_fit",
        paramLabel = "FIT",
        description =
            "images of other proportions: stretch (default), crop (their largest part, from the"
                + " center), pad (whole, with a border of 0), pad:255 (of 255, or any other value)")
    private String imageFit;

    @Option(
        names = "--test-share",
        descriptionKey = "data.test_share",
        paramLabel = "SHARE",
        description =
            "share of each class of an image folder, or of arrays, to keep for testing if there is"
                + " nothing else to test on; default 0.2; with 0 all is trained on, and nothing"
                + " evaluated")
    private Double testShare;

    @Option(
        names = "--unreadable",
        descriptionKey = "data.unreadable",
        paramLabel = "SHARE",
        description = "share of images that may be skipped as unreadable; default 0.01")
    private Double unreadable;
  }

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

  private static final class Optimizer {
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
  }
}
