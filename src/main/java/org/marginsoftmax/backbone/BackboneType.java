package org.marginsoftmax.backbone;

import java.util.List;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.option.Option;
import org.marginsoftmax.option.OptionValues;

/**
 * A type of backbone: its name, its source, its options, the samples that it takes, and how it is
 * built. The command line's help, configuration files and their checks, {@code margin-softmax
 * backbones} and docs/backbones.md are derived from it. {@link Backbones} has the catalogue.
 */
public interface BackboneType {
  /** The name, unique among all backbones: lower-case letters, digits, dots and hyphens. */
  String name();

  /** The name as papers write it, such as {@code IResNet-50}; empty if there is none. */
  default String title() {
    return "";
  }

  /** Paper and code that it follows; empty if there is none. */
  default String source() {
    return "";
  }

  /** When to choose this backbone, in one line; may be empty. */
  default String when() {
    return "";
  }

  /** All options of this backbone. */
  List<Option<?>> options();

  /**
   * The smallest sample that it takes, N not counted: [H, W, channels] of images, [T, F] of arrays,
   * [D] of features; empty if only the backbone itself knows.
   */
  default List<Integer> smallest() {
    return List.of();
  }

  /**
   * Builds the backbone.
   *
   * @param values values of the options
   * @throws InvalidInputException if values cannot be combined
   */
  Backbone backbone(OptionValues values);
}
