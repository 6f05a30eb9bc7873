package org.marginsoftmax.data;

import java.security.MessageDigest;
import java.util.List;
import org.marginsoftmax.InvalidInputException;

/** Samples that are all in memory. */
public final class InMemorySamples implements Samples {
  private final ElementStore elements;
  private final int[] labels;
  private final List<String> classNames;
  private final String hash;
  private final List<String> names;
  private final int[] groups;
  private final double[] weights;

  /**
   * @param elements the images or arrays
   * @param labels one class per sample, each 0..classNames.size()-1
   * @param classNames class names by label
   * @throws InvalidInputException if the counts differ or a label is out of range
   */
  public InMemorySamples(ElementStore elements, int[] labels, List<String> classNames) {
    this(
        elements,
        labels,
        List.copyOf(classNames),
        contentHash(elements, labels, classNames),
        null,
        null,
        null);
  }

  /**
   * Samples with names.
   *
   * @param groups the group of each sample ({@link Samples#group})
   * @param weights the weight of each sample ({@link Samples#weight})
   */
  public InMemorySamples(
      ElementStore elements,
      int[] labels,
      List<String> classNames,
      List<String> names,
      int[] groups,
      double[] weights) {
    this(
        elements,
        labels,
        classNames,
        contentHash(elements, labels, classNames),
        names,
        groups,
        weights);
  }

  /** Samples whose content was already hashed while it was read. */
  public InMemorySamples(
      ElementStore elements, int[] labels, List<String> classNames, String hash) {
    this(elements, labels, classNames, hash, null, null, null);
  }

  private InMemorySamples(
      ElementStore elements,
      int[] labels,
      List<String> classNames,
      String hash,
      List<String> names,
      int[] groups,
      double[] weights) {
    if (elements.count() != labels.length) {
      throw new InvalidInputException(
          "expected a label for each of " + elements.count() + " samples, found " + labels.length);
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
    this.elements = elements;
    this.labels = labels.clone();
    this.classNames = classNames;
    this.hash = hash;
    this.names = names;
    this.groups = groups;
    this.weights = weights;
  }

  private static String contentHash(ElementStore elements, int[] labels, List<String> classNames) {
    MessageDigest classes = Sha256.digest();
    Sha256.update(classes, labels);
    return Sha256.of(
        List.of(
            elements.element().toString(),
            elements.sha256(),
            Sha256.hex(classes),
            Sha256.of(classNames)));
  }

  @Override
  public int size() {
    return labels.length;
  }

  @Override
  public ElementSpec element() {
    return elements.element();
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
  public void copy(int index, byte[] target, int offset) {
    elements.copy(index, target, offset);
  }

  @Override
  public long memory() {
    return elements.memory();
  }

  @Override
  public String name(int index) {
    return names == null ? Samples.super.name(index) : names.get(index);
  }

  @Override
  public int group(int index) {
    return groups == null ? -1 : groups[index];
  }

  @Override
  public double weight(int index) {
    return weights == null ? 1 : weights[index];
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
