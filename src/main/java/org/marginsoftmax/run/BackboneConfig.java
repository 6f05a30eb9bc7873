package org.marginsoftmax.run;

import java.util.List;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.backbone.Backbone;
import org.marginsoftmax.backbone.Backbones;
import org.marginsoftmax.backbone.NoBackbone;
import org.marginsoftmax.backbone.SmallCnn;
import org.marginsoftmax.data.ElementSpec;
import org.marginsoftmax.data.ImageShape;
import org.marginsoftmax.data.Spelling;

/**
 * A backbone by name.
 *
 * @param name one of {@link Backbones}, or {@code keras} for a Keras model that is fine-tuned
 *     ({@link KerasConfig}); null to choose by the data: {@code small-cnn} for images, {@code none}
 *     for features [D]
 * @param embedding D, size of the features; null for 128. With {@code keras}, the size of a new
 *     embedding layer, null for no such layer. With {@code none} it must be null, since the data
 *     are the features
 */
public record BackboneConfig(String name, Integer embedding) {
  /** The name that stands for a Keras model as the backbone. */
  public static final String KERAS = "keras";

  private static final int USUAL = 128;

  /**
   * @throws InvalidInputException if the size is not positive
   */
  public BackboneConfig {
    AllowedValues.require(
        embedding == null || embedding >= 1,
        "embedding",
        "a size of at least 1",
        embedding,
        "128 suits most sets");
  }

  /** The default: a backbone chosen by the data, with features of the default size. */
  public static BackboneConfig usual() {
    return new BackboneConfig(null, null);
  }

  /** The small CNN with features of size 128. */
  public static BackboneConfig smallCnn() {
    return new BackboneConfig(SmallCnn.NAME, null);
  }

  /**
   * A copy with the backbone that suits the data, if none is named.
   *
   * @throws InvalidInputException if no backbone suits the data
   */
  BackboneConfig suiting(ElementSpec element) {
    if (name != null) {
      return this;
    }
    if (element instanceof ImageShape) {
      return new BackboneConfig(SmallCnn.NAME, embedding);
    }
    if (element.sizes().size() == 1) {
      return new BackboneConfig(NoBackbone.NAME, embedding);
    }
    throw new InvalidInputException(
        "backbone: expected one that takes samples of %s, found none named; name one of yours with `backbone`"
            .formatted(element));
  }

  /**
   * Creates the backbone; only for one that is not a Keras model.
   *
   * @throws InvalidInputException if the name is unknown or {@link #KERAS}, or the size is out of
   *     range
   */
  public Backbone backbone() {
    if (name.equals(KERAS)) {
      throw new InvalidInputException(
          "backbone: expected a Keras model, found none; name its folder with `from-keras`");
    }
    if (name.equals(NoBackbone.NAME) && embedding != null) {
      throw new InvalidInputException(
          "embedding: expected no size with `backbone` none, whose features are the data's own, found %d; leave `embedding` out, or name another backbone"
              .formatted(embedding));
    }
    if (!Backbones.ours().contains(name)) {
      List<String> names = Backbones.names();
      if (!names.contains(name) && Spelling.nearest(name, names).isPresent()) {
        AllowedValues.of("backbone", name, names);
      }
    }
    return Backbones.of(name, embedding == null ? USUAL : embedding);
  }
}
