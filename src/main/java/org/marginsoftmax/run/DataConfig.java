package org.marginsoftmax.run;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.marginsoftmax.FileTrouble;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.data.ClassSelection;
import org.marginsoftmax.data.ElementSpec;
import org.marginsoftmax.data.ImageShape;
import org.marginsoftmax.data.Split;
import org.marginsoftmax.image.Archives;
import org.marginsoftmax.image.ImageFit;
import org.marginsoftmax.image.ImageSize;
import org.marginsoftmax.source.CachePlace;
import org.marginsoftmax.source.DataFormat;
import org.marginsoftmax.source.ImageOptions;
import org.marginsoftmax.source.SourceOptions;

/**
 * The data to train on.
 *
 * @param source {@code fashion-mnist}, or the file or folder of a data set of any {@link
 *     DataFormat}; several files as in {@code shard-{000..009}.tar}
 * @param classes the classes to use, as in {@code 0-4,7}; null for all
 * @param limit number of training samples to draw, balanced over the classes; null for all
 * @param validation share of the training set held out for validation, stratified by class, 0..0.5
 * @param imageSize height and width that images are brought to; null for the input size of the
 *     Keras model, or 32 without one
 * @param imageColor grey, color or auto, for images
 * @param imageFit what happens to images of other proportions; stretched by default
 * @param testShare share of images or of arrays held out for testing, if the data has no test set
 *     of its own, 0..0.5; with 0 nothing is held out, and nothing is evaluated after training
 * @param unreadable share of the images that may be skipped as unreadable
 * @param format name of the {@link DataFormat}; null to see what lies there
 * @param nestedClasses whether every folder with images is a class, named after its path
 * @param root folder that the paths of a list are relative to; null for that of the list
 * @param tfrecordImage name of the TFRecord feature with the image; null to look for the usual ones
 * @param tfrecordLabel name of the TFRecord feature with the label; null to look for the usual ones
 * @param cache folder for decoded images; {@code none} to keep them in memory; null for a folder
 *     beside the run if they do not fit there
 */
public record DataConfig(
    String source,
    String classes,
    Integer limit,
    double validation,
    ImageSize imageSize,
    String imageColor,
    ImageFit imageFit,
    double testShare,
    double unreadable,
    String format,
    boolean nestedClasses,
    String root,
    String tfrecordImage,
    String tfrecordLabel,
    String cache) {
  static final String FASHION_MNIST = "fashion-mnist";
  private static final String NO_CACHE = "none";

  /** Size of images, unless another is asked for. */
  static final ImageSize IMAGE_SIZE = new ImageSize(32, 32);

  /**
   * Checks the options of every source, whichever is chosen. Runs of older versions, which do not
   * say how images fit, stretched them.
   *
   * @throws InvalidInputException if the source is missing or a value is not valid
   */
  public DataConfig {
    imageFit = imageFit == null ? ImageFit.STRETCH : imageFit;
    AllowedValues.require(
        source != null && !source.isBlank(),
        "data",
        "fashion-mnist, a folder or a file",
        source == null ? "none" : "'" + source + "'",
        "name one");
    if (classes != null) {
      ClassSelection.parse(classes);
    }
    AllowedValues.require(
        limit == null || limit >= 2, "limit", "at least 2 samples", limit, "say 2000");
    Split.requireValidationShare(validation);
    AllowedValues.of("image color", imageColor, List.of("grey", "color", "auto"));
    new ImageOptions(
        imageSize == null ? IMAGE_SIZE : imageSize, imageColor, imageFit, testShare, unreadable, 0);
    if (format != null) {
      DataFormat.named(format);
    }
  }

  /** All of Fashion-MNIST, with 5% of the training set held out for validation. */
  public static DataConfig fashionMnist() {
    return new DataConfig(
        FASHION_MNIST,
        null,
        null,
        0.05,
        null,
        "auto",
        ImageFit.STRETCH,
        0.2,
        0.01,
        null,
        false,
        null,
        null,
        null,
        null);
  }

  /**
   * A copy with some options changed.
   *
   * @param given values by their names in {@code config.json}, such as {@code image_size}; null for
   *     the default
   * @throws InvalidInputException if a value is not valid
   */
  public DataConfig with(Map<String, ?> given) {
    ObjectNode merged = Json.MAPPER.valueToTree(this);
    JsonNode usual = Json.MAPPER.valueToTree(fashionMnist());
    given.forEach(
        (name, value) ->
            merged.set(name, value == null ? usual.get(name) : Json.MAPPER.valueToTree(value)));
    return Json.convert(merged, DataConfig.class);
  }

  /** The last part of the source's path, without the folders above it. */
  String shortName() {
    Path name = Path.of(source).getFileName();
    return name == null ? source : name.toString();
  }

  /**
   * A copy with these options and another data source, whatever its format. If no samples were held
   * out for testing here, the usual share of the others is.
   */
  public DataConfig withSource(String source) {
    Map<String, String> changed = new HashMap<>();
    changed.put("source", source);
    changed.put("format", null);
    changed.put("root", null);
    if (testShare == 0 && !whole(source).equals(this.source)) {
      // All of those here were trained on, none of the others.
      changed.put("test_share", null);
    }
    return with(changed);
  }

  /** A copy with absolute paths, so that the data is found from any working directory. */
  DataConfig withWholePath() {
    Map<String, String> changed = new HashMap<>();
    if (!isFashionMnist()) {
      changed.put("source", whole(source));
    }
    if (root != null) {
      changed.put("root", whole(root));
    }
    if (cache != null && !cache.equals(NO_CACHE)) {
      changed.put("cache", whole(cache));
    }
    return with(changed);
  }

  private static String whole(String path) {
    return Path.of(path).toAbsolutePath().normalize().toString();
  }

  boolean isFashionMnist() {
    return source.equals(FASHION_MNIST);
  }

  /** The format of the data, as given or by what lies there. */
  DataFormat dataFormat() {
    FileTrouble.requireFileOrFolder(Path.of(source));
    Archives.requireNone(Path.of(source));
    return format == null ? DataFormat.of(Path.of(source)) : DataFormat.named(format);
  }

  /** What formats have to choose. */
  SourceOptions sourceOptions() {
    return new SourceOptions(
        nestedClasses, root == null ? null : Path.of(root), tfrecordImage, tfrecordLabel);
  }

  /**
   * Where decoded images are kept on disk.
   *
   * @param run folder of the run; null for none
   * @return null if they are to be kept in memory
   */
  CachePlace cachePlace(Path run) {
    if (cache != null) {
      return cache.equals(NO_CACHE) ? null : new CachePlace(Path.of(cache), true);
    }
    Path beside = run == null ? Path.of("runs") : run.toAbsolutePath().normalize().getParent();
    return new CachePlace(beside.resolve(".margin-softmax-cache"), false);
  }

  /**
   * Checks that a run's data is still in its place.
   *
   * @throws InvalidInputException if it is gone
   */
  void requireThere(Path run) {
    if (!isFashionMnist() && !DataFormat.exists(Path.of(source))) {
      throw new InvalidInputException(
          "data: expected those of the run %s in %s, found nothing; bring them back, or name their new place once with train `resume` `out` %s `data` PLACE"
              .formatted(run, source, run));
    }
  }

  /** A copy that allows any share of unreadable files. */
  DataConfig withAnyUnreadable() {
    return with(Map.of("unreadable", 1.0));
  }

  /** A copy with another selection of classes. */
  DataConfig withClasses(String classes) {
    return with(Map.of("classes", classes));
  }

  /**
   * A copy that reads images as a model takes them, if size and colour were left open.
   *
   * @param shape of the model's input, [N, H, W, channels], below 0 for any size; a shape of
   *     another rank changes nothing
   */
  DataConfig fitting(List<Long> shape) {
    if (shape == null || shape.size() != 4) {
      return this;
    }
    long height = shape.get(1);
    long width = shape.get(2);
    long channels = shape.get(3);
    Map<String, Object> changed = new HashMap<>();
    if (imageSize == null && isSide(height) && isSide(width)) {
      changed.put("image_size", new ImageSize((int) height, (int) width));
    }
    if (imageColor.equals("auto") && (channels == 1 || channels == 3)) {
      changed.put("image_color", channels == 1 ? "grey" : "color");
    }
    return with(changed);
  }

  /** A copy that reads images as these samples are, if size and colour were left open. */
  DataConfig fitting(ElementSpec samples) {
    return samples instanceof ImageShape image
        ? fitting(
            List.of(-1L, (long) image.height(), (long) image.width(), (long) image.channels()))
        : this;
  }

  /** Whether images can have sides of this length. */
  private static boolean isSide(long pixels) {
    return pixels >= 4 && pixels <= 1024;
  }

  /** A copy with another fit of images. */
  DataConfig withImageFit(ImageFit imageFit) {
    return with(Map.of("image_fit", imageFit));
  }
}
