package org.marginsoftmax.head;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What the options of a head are: as given, else as usual. */
public final class HeadValues {
  private final Map<String, Object> given;
  private final Map<String, Object> usual = new HashMap<>();

  /**
   * The values of a head's options; {@link Heads#values} makes them.
   *
   * @param options all of the head
   * @param given by name, as {@link HeadOption#read} has read it
   */
  HeadValues(List<HeadOption<?>> options, Map<String, Object> given) {
    this.given = Map.copyOf(given);
    options.forEach(option -> usual.put(option.name(), option.usual()));
  }

  /** Whether an option is given. */
  public boolean has(HeadOption<?> option) {
    return given.containsKey(option.name());
  }

  /**
   * Its value as given, else what is usual with this head; null where nothing is. Of an option that
   * the head does not take, what is usual with others.
   */
  @SuppressWarnings("unchecked") // As the head's option of that name has it, which has this type.
  public <T> T get(HeadOption<T> option) {
    Object value = given.get(option.name());
    return (T) (value != null ? value : usual.getOrDefault(option.name(), option.usual()));
  }
}
