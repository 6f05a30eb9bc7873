package org.marginsoftmax;

import java.util.Iterator;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;

/** Loads the implementations that jars on the class path add to a catalogue, by name. */
public final class Providers {
  private Providers() {}

  /**
   * Loads all implementations of a type with {@link ServiceLoader}.
   *
   * @param type the service type, as named in {@code META-INF/services}
   * @param kind singular noun for messages, such as {@code head}
   * @param loaded plural noun for messages, such as {@code heads}
   * @param nameOf gives the name of an implementation; if it throws, that implementation counts as
   *     one that cannot be loaded
   * @param taken names already in the catalogue
   * @return the implementations by name
   * @throws InvalidInputException if one cannot be loaded, or its name is taken or contains
   *     anything but lower-case letters, digits, dots and hyphens
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
