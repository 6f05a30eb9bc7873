package org.marginsoftmax.head;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.layer.Head;
import org.marginsoftmax.option.Option;
import org.marginsoftmax.option.OptionValues;

/**
 * A type of head: its name, its source, its options, and how the layer is built from them. The
 * command line's help, configuration files and their checks, and docs/heads.md are derived from it.
 *
 * <p>To add your own, write a public class with a public no-argument constructor, and put its fully
 * qualified name in a file {@code META-INF/services/org.marginsoftmax.head.HeadType} of your jar.
 * With the jar on the class path, {@code --head NAME} and {@link Heads} find it. Most heads are a
 * {@link org.marginsoftmax.margin.Margin} or {@link org.marginsoftmax.layer.Negatives} in {@link
 * AngularOptions#head}.
 *
 * <p>A trained run depends on the layer that its head builds: if you change a head, give it a new
 * name.
 */
public interface HeadType {
  /** The name, unique among all heads: lower-case letters, digits, dots and hyphens. */
  String name();

  /** The name as papers write it, such as {@code ArcFace}. */
  String title();

  /**
   * Paper and equation, such as {@code Deng 2018, eq. 3}; empty for a head without a paper, such as
   * plain softmax.
   */
  String source();

  /** The target logit t(theta) and whatever else sets this head apart, in one line. */
  String formula();

  /** When to choose this head, in one line; may be empty. */
  default String when() {
    return "";
  }

  /** All options of this head, those specific to it first. */
  List<Option<?>> options();

  /** For options of other heads that this head lacks: the reason, by option name. */
  default Map<String, String> without() {
    return Map.of();
  }

  /** Whether {@link #head} needs the number of training samples of each class. */
  default boolean needsCounts() {
    return false;
  }

  /** The properties of its loss and gradients; tests check them for the built-in heads. */
  default Set<HeadProperty> properties() {
    return HeadProperty.OF_COSINES;
  }

  /**
   * Builds the layer.
   *
   * @param values values of the options
   * @param classes C, at least 2
   * @param counts number of training samples of each class, [C]; may be null if {@link
   *     #needsCounts} is false
   * @throws InvalidInputException if values cannot be combined or do not suit the number of classes
   */
  Head head(OptionValues values, int classes, int[] counts);

  /** The margin in words, such as {@code m 0.5}; empty without a margin. */
  default String margin(OptionValues values) {
    return "";
  }
}
