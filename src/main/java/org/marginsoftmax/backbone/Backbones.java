package org.marginsoftmax.backbone;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.SortedMap;
import java.util.TreeMap;
import org.marginsoftmax.InvalidInputException;

/** The backbones that have a name: ours, and those of jars on the class path. */
public final class Backbones {
  private static final List<String> OURS = List.of(SmallCnn.NAME, NoBackbone.NAME);

  private Backbones() {}

  /**
   * The names of all backbones: {@code small-cnn} and {@code none} first, then those of jars by
   * name.
   *
   * @throws InvalidInputException if a jar's provider cannot be loaded, or its name is taken or
   *     malformed
   */
  public static List<String> names() {
    List<String> names = new ArrayList<>(OURS);
    names.addAll(provided().keySet());
    return List.copyOf(names);
  }

  /**
   * The backbone of that name.
   *
   * @param embedding D, the size of its features; without meaning for {@code none}
   * @throws InvalidInputException if there is none, it cannot have features of that size, or a
   *     jar's provider cannot be loaded
   */
  public static Backbone of(String name, int embedding) {
    if (name.equals(SmallCnn.NAME)) {
      return new SmallCnn(embedding);
    }
    if (name.equals(NoBackbone.NAME)) {
      return new NoBackbone();
    }
    BackboneProvider provider = provided().get(name);
    if (provider == null) {
      throw new InvalidInputException(
          "backbone: expected one of %s, found '%s'; choose one of these, or put the jar of one of your own on the class path (MARGIN_SOFTMAX_CLASSPATH)"
              .formatted(String.join(", ", names()), name));
    }
    return provider.backbone(embedding);
  }

  private static SortedMap<String, BackboneProvider> provided() {
    SortedMap<String, BackboneProvider> byName = new TreeMap<>();
    Iterator<BackboneProvider> found = ServiceLoader.load(BackboneProvider.class).iterator();
    try {
      while (found.hasNext()) {
        BackboneProvider provider = found.next();
        String name = provider.name();
        if (name == null
            || !name.matches("[a-z0-9][a-z0-9.-]*")
            || OURS.contains(name)
            || byName.put(name, provider) != null) {
          throw new InvalidInputException(
              "backbone: expected a name of small letters, digits, dots and hyphens that no other backbone has, found '%s' of %s; rename it"
                  .formatted(name, provider.getClass().getName()));
        }
      }
    } catch (ServiceConfigurationError e) {
      throw new InvalidInputException(
          "backbone: expected providers that can be loaded, found %s; see META-INF/services in the jar"
              .formatted(String.valueOf(e.getMessage()).lines().findFirst().orElse("")),
          e);
    }
    return byName;
  }
}
