package org.marginsoftmax.head;

import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;

/** What may hold of a head's loss and gradients; docs/heads.md has the table. */
public enum HeadProperty {
  /** The norm of features does not change the loss. */
  FEATURE_NORM_FREE("norm of features does not matter"),
  /** The norm of centers does not change the loss. */
  CENTER_NORM_FREE("norm of centres does not matter"),
  /** Neither does the order of classes, nor that of samples. */
  ORDER_FREE("order of classes and samples does not matter"),
  /** The label's logit falls, or stays, as the angle to its center grows. */
  DECREASING("target decreases with theta"),
  /** The gradient is orthogonal to the features. */
  FEATURE_ORTHOGONAL("gradient orthogonal to features"),
  /** The gradient is orthogonal to the centers. */
  CENTER_ORTHOGONAL("gradient orthogonal to centres"),
  /** With the strength of its margin at 0 it is NormFace of the same scale. */
  NORMFACE_WITHOUT_MARGIN("NormFace where the margin does nothing");

  /** What holds of heads that know features and centers by their directions only. */
  public static final Set<HeadProperty> OF_COSINES =
      Collections.unmodifiableSet(EnumSet.complementOf(EnumSet.of(NORMFACE_WITHOUT_MARGIN)));

  private final String words;

  HeadProperty(String words) {
    this.words = words;
  }

  /** As the table of docs/heads.md has it. */
  public String words() {
    return words;
  }

  /** All but some. */
  public static Set<HeadProperty> allBut(HeadProperty... lacking) {
    EnumSet<HeadProperty> properties = EnumSet.allOf(HeadProperty.class);
    for (HeadProperty lack : lacking) {
      properties.remove(lack);
    }
    return properties;
  }
}
