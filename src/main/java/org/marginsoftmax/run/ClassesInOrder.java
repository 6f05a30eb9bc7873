package org.marginsoftmax.run;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.marginsoftmax.data.ElementSpec;
import org.marginsoftmax.data.Samples;
import org.marginsoftmax.data.Sha256;

/** Samples whose classes have the numbers that a run gave to the classes of these names. */
final class ClassesInOrder implements Samples {
  private final Samples parent;
  private final List<String> classNames;

  /** The new label by that of the parent. */
  private final int[] labels;

  private ClassesInOrder(Samples parent, List<String> classNames, int[] labels) {
    this.parent = parent;
    this.classNames = classNames;
    this.labels = labels;
  }

  /**
   * The samples with their classes in the order of a run's.
   *
   * @param classNames of the run
   * @return the same samples if they are in that order, or their classes are others
   */
  static Samples of(Samples samples, List<String> classNames) {
    List<String> own = samples.classNames();
    if (own.size() != classNames.size() || own.equals(classNames)) {
      return samples;
    }
    Map<String, Integer> byName = new HashMap<>();
    for (int k = 0; k < classNames.size(); k++) {
      byName.put(classNames.get(k), k);
    }
    boolean same = byName.size() == own.size() && byName.keySet().containsAll(own);
    return same && own.stream().distinct().count() == own.size()
        ? new ClassesInOrder(
            samples, classNames, own.stream().mapToInt(name -> byName.get(name)).toArray())
        : samples;
  }

  @Override
  public int size() {
    return parent.size();
  }

  @Override
  public ElementSpec element() {
    return parent.element();
  }

  @Override
  public int label(int index) {
    return labels[parent.label(index)];
  }

  @Override
  public List<String> classNames() {
    return classNames;
  }

  @Override
  public void copy(int index, byte[] target, int offset) {
    parent.copy(index, target, offset);
  }

  @Override
  public String hash() {
    return Sha256.of(List.of(parent.hash(), classNames.toString()));
  }

  @Override
  public String name(int index) {
    return parent.name(index);
  }

  @Override
  public Samples source() {
    return parent.source();
  }
}
