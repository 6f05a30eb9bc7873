package org.marginsoftmax.data;

import java.security.MessageDigest;
import java.util.List;
import org.marginsoftmax.InvalidInputException;

/** Samples whose pixels are all in memory. */
public final class InMemorySamples implements Samples {
  private final Pixels pixels;
  private final int[] labels;
  private final List<String> classNames;
  private final String hash;
  private final List<String> names;

  /**
   * @param pixels the images
   * @param labels their classes, as many, each 0..classNames.size()-1
   * @param classNames names by label
   * @throws InvalidInputException if the counts differ or a label is out of range
   */
  public InMemorySamples(Pixels pixels, int[] labels, List<String> classNames) {
    this(pixels, labels, List.copyOf(classNames), contentHash(pixels, labels, classNames));
  }

  /** For samples that have names. */
  InMemorySamples(Pixels pixels, int[] labels, List<String> classNames, List<String> names) {
    this(pixels, labels, classNames, contentHash(pixels, labels, classNames), names);
  }

  /** For a reader that hashed the content while it read it. */
  InMemorySamples(Pixels pixels, int[] labels, List<String> classNames, String hash) {
    this(pixels, labels, classNames, hash, null);
  }

  private InMemorySamples(
      Pixels pixels, int[] labels, List<String> classNames, String hash, List<String> names) {
    if (pixels.count() != labels.length) {
      throw new InvalidInputException(
          "expected a label for each of " + pixels.count() + " images, found " + labels.length);
    }
    for (int i = 0; i < labels.length; i++) {
      if (labels[i] < 0 || labels[i] >= classNames.size()) {
        throw new InvalidInputException(
            "expected labels from 0 to "
                + (classNames.size() - 1)
                + ", found "
                + labels[i]
                + " at index "
                + i);
      }
    }
    this.pixels = pixels;
    this.labels = labels.clone();
    this.classNames = classNames;
    this.hash = hash;
    this.names = names;
  }

  private static String contentHash(Pixels pixels, int[] labels, List<String> classNames) {
    MessageDigest images = Sha256.digest();
    pixels.update(images);
    MessageDigest classes = Sha256.digest();
    Sha256.update(classes, labels);
    return Sha256.of(
        List.of(
            pixels.shape().toString(),
            Sha256.hex(images),
            Sha256.hex(classes),
            Sha256.of(classNames)));
  }

  @Override
  public int size() {
    return labels.length;
  }

  @Override
  public ImageShape shape() {
    return pixels.shape();
  }

  @Override
  public int label(int index) {
    return labels[index];
  }

  @Override
  public List<String> classNames() {
    return classNames;
  }

  @Override
  public void copyPixels(int index, byte[] target, int offset) {
    pixels.copy(index, target, offset);
  }

  @Override
  public String name(int index) {
    return names == null ? Samples.super.name(index) : names.get(index);
  }

  @Override
  public String hash() {
    return hash;
  }

  @Override
  public int[] labels() {
    return labels.clone();
  }
}
