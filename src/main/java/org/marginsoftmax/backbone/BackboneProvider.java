package org.marginsoftmax.backbone;

import org.marginsoftmax.InvalidInputException;

/**
 * Provides a backbone under a name, so that a run can record which backbone it was trained with and
 * rebuild it to resume, evaluate, predict or export.
 *
 * <p>To add your own, write a public class with a public no-argument constructor, and put its fully
 * qualified name in a file {@code META-INF/services/org.marginsoftmax.backbone.BackboneProvider} of
 * your jar. With the jar on the class path, {@code --backbone NAME} and {@link Backbones} find it.
 *
 * <p>A trained run depends on what {@link #backbone} builds: if layers, names or shapes change, the
 * checkpoints of earlier runs no longer fit. If you change a backbone, give it a new name.
 */
public interface BackboneProvider {
  /** The name, unique among all backbones: lower-case letters, digits, dots and hyphens. */
  String name();

  /**
   * Builds the backbone for features of a given size.
   *
   * @param embedding D, the size of the features
   * @throws InvalidInputException if it cannot have features of that size
   */
  Backbone backbone(int embedding);
}
