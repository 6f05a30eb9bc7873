package org.marginsoftmax.head;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.layer.Head;

/**
 * A kind of head: its name, its source, its options, and the layer that they make. The command
 * line's help, configuration files, their checks and docs/heads.md follow from it.
 *
 * <p>One of your own: a public class with a public constructor without arguments, and its full name
 * in a file {@code META-INF/services/org.marginsoftmax.head.HeadType} of your jar. With that jar on
 * the class path {@code --head NAME} finds it, and so does {@link Heads} from Java. Most heads are
 * a {@link org.marginsoftmax.margin.Margin} or {@link org.marginsoftmax.layer.Negatives} in {@link
 * AngularOptions#head}.
 *
 * <p>What it builds is part of a trained run: give a changed head a new name.
 */
public interface HeadType {
  /** The name, unique among all heads: small letters, digits, dots and hyphens. */
  String name();

  /** The name as papers write it, such as {@code ArcFace}. */
  String title();

  /** Paper and equation, such as {@code Deng 2018, eq. 3}; empty for what is in every textbook. */
  String source();

  /** The target logit t(theta), and what else is different, in a line. */
  String formula();

  /** When to choose this head, in a line; may be empty. */
  default String when() {
    return "";
  }

  /** All options that this head takes, its own first. */
  List<HeadOption<?>> options();

  /** Why this head does not take an option that others do, by the option's name. */
  default Map<String, String> without() {
    return Map.of();
  }

  /** Whether {@link #head} needs the number of training samples of each class. */
  default boolean needsCounts() {
    return false;
  }

  /** What is true of its loss and gradients; the tests hold it for heads of ours. */
  default Set<HeadProperty> properties() {
    return HeadProperty.OF_COSINES;
  }

  /**
   * Builds the layer.
   *
   * @param values of the options
   * @param classes C, at least 2
   * @param counts training samples of each class, [C]; null where {@link #needsCounts} is false and
   *     nobody counted them
   * @throws InvalidInputException in one line, if values do not go together or do not suit the
   *     classes
   */
  Head head(HeadValues values, int classes, int[] counts);

  /** Its margin in words, such as {@code m 0.5}; empty for none. */
  default String margin(HeadValues values) {
    return "";
  }
}
