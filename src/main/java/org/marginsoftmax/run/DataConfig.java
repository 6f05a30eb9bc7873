package org.marginsoftmax.run;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.image.ImageFit;
import org.marginsoftmax.image.ImageSize;

/**
 * The data to train on.
 *
 * @param source {@code fashion-mnist}, a folder of IDX files, a folder with one sub-folder of
 *     images for each class, or arrays with labels ({@link org.marginsoftmax.source.ArrayData})
 * @param classes the classes to use, as in {@code 0-4,7}; null for all
 * @param limit number of training samples to draw, balanced over the classes; null for all
 * @param validation share of the training set held out for validation, stratified by class, 0..0.5
 * @param imageSize height and width that images in a folder are brought to; null for the input size
 *     of the Keras model, or 32 without one
 * @param imageColor grey, color or auto, for images in a folder
 * @param imageFit what happens to images of other proportions; stretched by default
 * @param testShare share of an image folder or of arrays held out for testing, if the data has no
 *     test set of its own
 * @param unreadable share of the files in an image folder that may be skipped as unreadable
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
    double unreadable) {
  /** Runs of older versions, which do not say how images fit, stretched them. */
  public DataConfig {
    imageFit = imageFit == null ? ImageFit.STRETCH : imageFit;
  }

  static final String FASHION_MNIST = "fashion-mnist";

  /** All of Fashion-MNIST, with 5% of the training set held out for validation. */
  public static DataConfig fashionMnist() {
    return new DataConfig(
        FASHION_MNIST, null, null, 0.05, null, "auto", ImageFit.STRETCH, 0.2, 0.01);
  }

  /** The last part of the source's path, without the folders above it. */
  String shortName() {
    Path name = Path.of(source).getFileName();
    return name == null ? source : name.toString();
  }

  /** A copy with these options and another data source. */
  public DataConfig withSource(String source) {
    return new DataConfig(
        source, classes, limit, validation, imageSize, imageColor, imageFit, testShare, unreadable);
  }

  /**
   * A copy with the absolute path of the source, so that it is found from any working directory.
   */
  DataConfig withWholePath() {
    return source.equals(FASHION_MNIST)
        ? this
        : withSource(Path.of(source).toAbsolutePath().normalize().toString());
  }

  /**
   * Checks that a run's data is still in its place.
   *
   * @throws InvalidInputException if it is gone
   */
  void requireThere(Path run) {
    if (!source.equals(FASHION_MNIST) && !Files.exists(Path.of(source))) {
      throw new InvalidInputException(
          "data: expected those of the run %s in %s, found nothing; bring them back, or name their new place once with train `resume` `out` %s `data` PLACE"
              .formatted(run, source, run));
    }
  }

  /** A copy that allows any share of unreadable files. */
  DataConfig withAnyUnreadable() {
    return new DataConfig(
        source, classes, limit, validation, imageSize, imageColor, imageFit, testShare, 1);
  }

  /** A copy with another selection of classes. */
  DataConfig withClasses(String classes) {
    return new DataConfig(
        source, classes, limit, validation, imageSize, imageColor, imageFit, testShare, unreadable);
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
    boolean sized = imageSize == null && height > 0 && width > 0;
    boolean coloured = imageColor.equals("auto") && (channels == 1 || channels == 3);
    return new DataConfig(
        source,
        classes,
        limit,
        validation,
        sized ? new ImageSize((int) height, (int) width) : imageSize,
        coloured ? (channels == 1 ? "grey" : "color") : imageColor,
        imageFit,
        testShare,
        unreadable);
  }

  /** A copy with another fit of images. */
  DataConfig withImageFit(ImageFit imageFit) {
    return new DataConfig(
        source, classes, limit, validation, imageSize, imageColor, imageFit, testShare, unreadable);
  }
}
