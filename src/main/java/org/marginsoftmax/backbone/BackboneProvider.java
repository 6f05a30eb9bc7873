package org.marginsoftmax.backbone;

import org.marginsoftmax.InvalidInputException;

/**
 * A backbone that has a name, so that a run can record which backbone it was trained with and build
 * it again to resume, evaluate, predict or export.
 *
 * <p>One of your own: a public class with a public constructor without arguments, and its full name
 * in a file {@code META-INF/services/org.marginsoftmax.backbone.BackboneProvider} of your jar. With
 * that jar on the class path {@code --backbone NAME} finds it, and so does {@link Backbones} from
 * Java.
 *
 * <p>What {@link #backbone} builds is part of a trained run: changed layers, names or shapes no
 * longer fit the checkpoints of earlier runs. Give a changed backbone a new name.
 */
public interface BackboneProvider {
  /** The name, unique among all backbones: small letters, digits, dots and hyphens. */
  String name();

  /**
   * The backbone with features of a given size.
   *
   * @param embedding D, the size of the features
   * @throws InvalidInputException if it cannot have features of that size
   */
  Backbone backbone(int embedding);
}
