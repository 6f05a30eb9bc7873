package org.marginsoftmax.head;

import java.util.LinkedHashMap;
import java.util.Map;
import org.marginsoftmax.InvalidInputException;

/** What the options of a head are: as given, else as usual. */
public final class HeadValues {
  private final HeadType head;
  private final Map<String, Object> given = new LinkedHashMap<>();

  /**
   * Reads what is given.
   *
   * @param head whose options they are
   * @param given by name; see {@link HeadOption#read}
   * @throws InvalidInputException in one line, if the head has no such option or a value is none of
   *     it
   */
  public HeadValues(HeadType head, Map<String, ?> given) {
    this.head = head;
    given.forEach(
        (name, value) -> this.given.put(name, head.option(name).read(value, head.name())));
  }

  /** Whether an option is given. */
  public boolean has(HeadOption<?> option) {
    return given.containsKey(option.name());
  }

  /** Its value as given, else what is usual with this head; null where nothing is. */
  @SuppressWarnings("unchecked") // Read by the head's option of that name, which has this type.
  public <T> T get(HeadOption<T> option) {
    Object value = given.get(option.name());
    return (T) (value != null ? value : head.option(option.name()).usual());
  }
}
