package org.marginsoftmax.run;

import java.util.List;
import org.marginsoftmax.backbone.Backbone;
import org.marginsoftmax.backbone.SmallCnn;

/**
 * A backbone by name.
 *
 * @param name small-cnn, or keras for a model that is trained further ({@link KerasConfig})
 * @param embedding D, size of the features, null for 128; with keras the size of a new layer, null
 *     for none
 */
public record BackboneConfig(String name, Integer embedding) {
  /** Name of the backbone that is a Keras model. */
  public static final String KERAS = "keras";

  /** The backbones there are. */
  public static final List<String> NAMES = List.of("small-cnn", KERAS);

  private static final int USUAL = 128;

  /** The small CNN with features of size 128. */
  public static BackboneConfig smallCnn() {
    return new BackboneConfig("small-cnn", null);
  }

  /**
   * The backbone, where it is one of ours.
   *
   * @throws IllegalArgumentException if the name is unknown or the size out of range
   */
  public Backbone backbone() {
    if (Choice.of("backbone", name, NAMES).equals(KERAS)) {
      throw new IllegalArgumentException(
          "backbone: expected a Keras model, found none; name its folder with --from-keras");
    }
    return new SmallCnn(embedding == null ? USUAL : embedding);
  }
}
