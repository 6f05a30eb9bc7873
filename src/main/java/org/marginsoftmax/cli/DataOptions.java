package org.marginsoftmax.cli;

import picocli.CommandLine.Option;

/** The options of the samples and of what becomes of their pixels. */
final class DataOptions {
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
