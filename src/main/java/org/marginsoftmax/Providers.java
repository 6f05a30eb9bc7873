package org.marginsoftmax;

import java.util.Iterator;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;

/** What jars on the class path add to a catalogue, under names of their own. */
public final class Providers {
  private Providers() {}

  /**
   * Loads all of a type by {@link ServiceLoader}.
   *
   * @param type as {@code META-INF/services} names it
   * @param kind what a name is of, such as {@code head}
   * @param loaded what they are, such as {@code heads}
   * @param nameOf name of one; whatever it throws counts as one that cannot be loaded
   * @param taken names that the catalogue has already
   * @return them by name
   * @throws InvalidInputException in one line, if one cannot be loaded, or its name is taken or not
   *     of small letters, digits, dots and hyphens
   */
  public static <T> SortedMap<String, T> byName(
      Class<T> type, String kind, String loaded, Function<T, String> nameOf, Set<String> taken) {
    SortedMap<String, T> byName = new TreeMap<>();
    Iterator<T> found = ServiceLoader.load(type).iterator();
    // Loading goes on while iterating. A class that another one lacks is a linkage error, and so is
    // one compiled for a newer Java.
    try {
      while (found.hasNext()) {
        T provider = found.next();
        String name = name(provider, nameOf);
        if (name == null
            || !name.matches("[a-z0-9][a-z0-9.-]*")
            || taken.contains(name)
            || byName.put(name, provider) != null) {
          throw new InvalidInputException(
              "%s: expected a name of small letters, digits, dots and hyphens that no other %s has, found '%s' of %s; rename it"
                  .formatted(kind, kind, name, provider.getClass().getName()));
        }
      }
    } catch (ServiceConfigurationError | LinkageError e) {
      String why =
          e instanceof ServiceConfigurationError ? String.valueOf(e.getMessage()) : e.toString();
      throw new InvalidInputException(
          "%s: expected %s that can be loaded, found %s; see META-INF/services in the jar"
              .formatted(kind, loaded, why.lines().findFirst().orElse("")),
          e);
    }
    return byName;
  }

  private static <T> String name(T provider, Function<T, String> nameOf) {
    try {
      return nameOf.apply(provider);
    } catch (RuntimeException e) {
      throw new ServiceConfigurationError(provider.getClass().getName() + ": " + e, e);
    }
  }
}
