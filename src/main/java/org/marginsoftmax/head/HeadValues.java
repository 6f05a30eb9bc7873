package org.marginsoftmax.head;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The values of a head's options: as given, or else the defaults. */
public final class HeadValues {
  private final Map<String, Object> given;
  private final Map<String, Object> usual = new HashMap<>();

  /**
   * The values of a head's options; {@link Heads#values} makes them.
   *
   * @param options all options of the head
   * @param given given values by option name, parsed by {@link HeadOption#read}
   */
  HeadValues(List<HeadOption<?>> options, Map<String, Object> given) {
    this.given = Map.copyOf(given);
    options.forEach(option -> usual.put(option.name(), option.usual()));
  }

  /** Whether a value was given for the option. */
  public boolean has(HeadOption<?> option) {
    return given.containsKey(option.name());
  }

  /**
   * The value given for the option, or else the default of this head; null if there is none. For an
   * option that the head does not have, the option's own default.
   */
  @SuppressWarnings("unchecked") // As the head's option of that name has it, which has this type.
  public <T> T get(HeadOption<T> option) {
    Object value = given.get(option.name());
    return (T) (value != null ? value : usual.getOrDefault(option.name(), option.usual()));
  }
}
