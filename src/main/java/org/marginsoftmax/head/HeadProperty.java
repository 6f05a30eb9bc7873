package org.marginsoftmax.head;

import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;

/** Properties that a head's loss and gradients may have; docs/heads.md has the table. */
public enum HeadProperty {
  /** The norm of the features does not affect the loss. */
  FEATURE_NORM_FREE("norm of features does not matter"),
  /** The norm of the centers does not affect the loss. */
  CENTER_NORM_FREE("norm of centres does not matter"),
  /** Neither the order of classes nor the order of samples affects the loss. */
  ORDER_FREE("order of classes and samples does not matter"),
  /** The logit of the label never increases as the angle to its center grows. */
  DECREASING("target decreases with theta"),
  /** The gradient is orthogonal to the features. */
  FEATURE_ORTHOGONAL("gradient orthogonal to features"),
  /** The gradient is orthogonal to the centers. */
  CENTER_ORTHOGONAL("gradient orthogonal to centres"),
  /** At margin strength 0 the head is NormFace with the same scale. */
  NORMFACE_WITHOUT_MARGIN("NormFace where the margin does nothing");

  /** The properties of heads that depend only on the directions of features and centers. */
  public static final Set<HeadProperty> OF_COSINES =
      Collections.unmodifiableSet(EnumSet.complementOf(EnumSet.of(NORMFACE_WITHOUT_MARGIN)));

  private final String words;

  HeadProperty(String words) {
    this.words = words;
  }

  /** The wording in the table of docs/heads.md. */
  public String words() {
    return words;
  }

  /** All properties except the given ones. */
  public static Set<HeadProperty> allBut(HeadProperty... lacking) {
    EnumSet<HeadProperty> properties = EnumSet.allOf(HeadProperty.class);
    for (HeadProperty lack : lacking) {
      properties.remove(lack);
    }
    return properties;
  }
}
