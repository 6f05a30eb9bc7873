package org.marginsoftmax.run;

import java.util.List;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.backbone.Backbone;
import org.marginsoftmax.backbone.Backbones;
import org.marginsoftmax.backbone.SmallCnn;
import org.marginsoftmax.data.Spelling;

/**
 * A backbone by name.
 *
 * @param name small-cnn, one of {@link Backbones} on the class path, or keras for a model that is
 *     trained further ({@link KerasConfig})
 * @param embedding D, size of the features, null for 128; with keras the size of a new layer, null
 *     for none
 */
public record BackboneConfig(String name, Integer embedding) {
  /** Name of the backbone that is a Keras model. */
  public static final String KERAS = "keras";

  private static final int USUAL = 128;

  /** The small CNN with features of size 128. */
  public static BackboneConfig smallCnn() {
    return new BackboneConfig(SmallCnn.NAME, null);
  }

  /**
   * The backbone, where it is not a Keras model.
   *
   * @throws InvalidInputException if the name is unknown or the size out of range
   */
  public Backbone backbone() {
    if (name.equals(KERAS)) {
      throw new InvalidInputException(
          "backbone: expected a Keras model, found none; name its folder with --from-keras");
    }
    List<String> names = Backbones.names();
    if (!names.contains(name) && Spelling.nearest(name, names).isPresent()) {
      AllowedValues.of("backbone", name, names);
    }
    return Backbones.of(name, embedding == null ? USUAL : embedding);
  }
}
