package org.marginsoftmax.data;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** The samples of some classes of another, the classes renumbered from 0. */
final class SelectedClasses implements Samples {
  private final Subset chosen;
  private final int[] original;
  private final List<String> classNames;

  /**
   * @param parent the samples to choose from
   * @param original the classes chosen, ascending, each 0..parent.classes()-1
   */
  SelectedClasses(Samples parent, int[] original) {
    this.original = original;
    this.chosen =
        new Subset(
            parent,
            IntStream.range(0, parent.size())
                .filter(i -> Arrays.binarySearch(original, parent.label(i)) >= 0)
                .toArray());
    List<String> names = parent.classNames();
    this.classNames = Arrays.stream(original).mapToObj(names::get).toList();
  }

  @Override
  public int size() {
    return chosen.size();
  }

  @Override
  public ElementSpec element() {
    return chosen.element();
  }

  @Override
  public int label(int index) {
    return Arrays.binarySearch(original, chosen.label(index));
  }

  @Override
  public List<String> classNames() {
    return classNames;
  }

  @Override
  public void copy(int index, byte[] target, int offset) {
    chosen.copy(index, target, offset);
  }

  @Override
  public Samples source() {
    return chosen.source();
  }

  @Override
  public String name(int index) {
    return chosen.name(index);
  }

  @Override
  public int group(int index) {
    return chosen.group(index);
  }

  @Override
  public double weight(int index) {
    return chosen.weight(index);
  }

  @Override
  public String hash() {
    return Sha256.derived(chosen.hash(), "classes", original);
  }
}
