package org.marginsoftmax.run;

import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;

/** How options are called on the command line, and in messages, by their names in config.json. */
public final class OptionNames {
  /** Those that are not the last part of the name. */
  private static final Map<String, String> OTHERS =
      Map.ofEntries(
          Map.entry("data.source", "data"),
          Map.entry("data.format", "data-format"),
          Map.entry("data.root", "data-root"),
          Map.entry("head.name", "head"),
          Map.entry("schedule.margin", "margin-schedule"),
          Map.entry("schedule.scale", "scale-schedule"),
          Map.entry("schedule.stairs", "schedule-stairs"),
          Map.entry("schedule.by", "schedule-by"),
          Map.entry("backbone.name", "backbone"),
          Map.entry("optimizer.name", "optimizer"),
          Map.entry("optimizer.learning_rate", "lr"),
          Map.entry("optimizer.centers_learning_rate", "centers-lr"),
          Map.entry("optimizer.schedule", "lr-schedule"),
          Map.entry("optimizer.learning_rate_warmup", "lr-warmup"),
          Map.entry("optimizer.power", "lr-power"),
          Map.entry("optimizer.step_every", "lr-step-every"),
          Map.entry("optimizer.step_factor", "lr-step-factor"),
          Map.entry("optimizer.period", "lr-period"),
          Map.entry("optimizer.period_factor", "lr-period-factor"),
          Map.entry("batches.threads", "data-threads"),
          Map.entry("input.scale", "input-scale"),
          Map.entry("input.offset", "input-offset"),
          Map.entry("keras.from", "from-keras"),
          Map.entry("keras.learning_rate", "backbone-lr"),
          Map.entry("keras.input_values", "input-value"));

  private static final Pattern QUOTED = Pattern.compile("`([a-z][a-z0-9-]*)`");

  private OptionNames() {}

  /**
   * The name of an option, without the dashes, such as {@code lr} for {@code
   * optimizer.learning_rate}.
   */
  public static String of(String key) {
    return OTHERS.getOrDefault(key, key.substring(key.indexOf('.') + 1).replace('_', '-'));
  }

  /**
   * A message with its settings written otherwise than in backquotes, as it has them: {@code lower
   * `lr` tenfold} becomes {@code lower --lr tenfold}.
   *
   * @param form of a name, as the message is to have it
   */
  public static String written(String message, UnaryOperator<String> form) {
    return QUOTED.matcher(message).replaceAll(setting -> form.apply(setting.group(1)));
  }
}
