package org.marginsoftmax.run;

import java.util.List;
import org.marginsoftmax.backbone.Backbone;
import org.marginsoftmax.backbone.SmallCnn;

/**
 * A backbone by name.
 *
 * @param name small-cnn
 * @param embedding D, size of the features
 */
public record BackboneConfig(String name, int embedding) {
  /** The backbones there are. */
  public static final List<String> NAMES = List.of("small-cnn");

  /** The small CNN with features of size 128. */
  public static BackboneConfig smallCnn() {
    return new BackboneConfig("small-cnn", 128);
  }

  /**
   * The backbone.
   *
   * @throws IllegalArgumentException if the name is unknown or the size out of range
   */
  public Backbone backbone() {
    Choice.of("backbone", name, NAMES);
    return new SmallCnn(embedding);
  }
}
