package org.marginsoftmax.option;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The values of the options of a head or a backbone: as given, or else the defaults. */
public final class OptionValues {
  private final Map<String, Object> given;
  private final Map<String, Object> usual = new HashMap<>();

  /**
   * The values of some options.
   *
   * @param options all options of the head or the backbone
   * @param given given values by option name, parsed by {@link Option#read}
   */
  public OptionValues(List<Option<?>> options, Map<String, Object> given) {
    this.given = Map.copyOf(given);
    options.forEach(option -> usual.put(option.name(), option.usual()));
  }

  /** Whether a value was given for the option. */
  public boolean has(Option<?> option) {
    return given.containsKey(option.name());
  }

  /**
   * The value given for the option, or else the default; null if there is none. For an option that
   * is not among those that these are the values of, the option's own default.
   */
  @SuppressWarnings("unchecked") // As the option of that name among these, which has this type.
  public <T> T get(Option<T> option) {
    Object value = given.get(option.name());
    return (T) (value != null ? value : usual.getOrDefault(option.name(), option.usual()));
  }
}
