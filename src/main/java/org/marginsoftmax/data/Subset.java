package org.marginsoftmax.data;

import java.util.List;
import java.util.Objects;

/** A view of some of the samples of another set, in any order; no data is copied. */
public final class Subset implements Samples {
  private final Samples parent;
  private final int[] indices;

  /**
   * A view of some samples, in the given order.
   *
   * @param indices indices of samples of the parent, each 0..parent.size()-1; may repeat, may be
   *     empty
   * @throws IndexOutOfBoundsException if an index names no sample
   */
  public Subset(Samples parent, int[] indices) {
    this.parent = parent;
    this.indices = indices.clone();
    for (int index : this.indices) {
      Objects.checkIndex(index, parent.size());
    }
  }

  @Override
  public int size() {
    return indices.length;
  }

  @Override
  public ElementSpec element() {
    return parent.element();
  }

  @Override
  public int label(int index) {
    return parent.label(indices[index]);
  }

  @Override
  public List<String> classNames() {
    return parent.classNames();
  }

  @Override
  public void copy(int index, byte[] target, int offset) {
    parent.copy(indices[index], target, offset);
  }

  @Override
  public Samples source() {
    return parent.source();
  }

  @Override
  public String name(int index) {
    return parent.name(indices[index]);
  }

  @Override
  public int group(int index) {
    return parent.group(indices[index]);
  }

  @Override
  public double weight(int index) {
    return parent.weight(indices[index]);
  }

  @Override
  public String hash() {
    return Sha256.derived(parent.hash(), "subset", indices);
  }
}
