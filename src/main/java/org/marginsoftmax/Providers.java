package org.marginsoftmax;

import java.util.Iterator;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Supplier;

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
              "%s: expected a name of small letters, digits, dots and hyphens that no other %s has, found %s of %s; rename it"
                  .formatted(
                      kind,
                      kind,
                      name == null ? "null" : "'" + name + "'",
                      provider.getClass().getName()));
        }
      }
    } catch (ServiceConfigurationError | LinkageError e) {
      String why =
          e instanceof ServiceConfigurationError ? String.valueOf(e.getMessage()) : e.toString();
      throw new InvalidInputException(
          "%s: expected %s that can be loaded, found %s; see META-INF/services in the jar"
              .formatted(kind, loaded, firstLine(why + causeOf(e))),
          e);
    }
    return byName;
  }

  /**
   * Asks an implementation that a user wrote for something. Those of this library are asked
   * unguarded, as what they throw is a fault of ours.
   *
   * @param expected the thing and what was expected, such as {@code head: expected a layer}
   * @param asked what is asked, of whichever class
   * @param answer asks it
   * @return the answer, not null if the implementation is a user's
   * @throws InvalidInputException if the answer is null, or asking throws
   */
  public static <T> T answer(String expected, Object asked, Supplier<T> answer) {
    String name = className(asked);
    if (name.startsWith("org.marginsoftmax.")) {
      return answer.get();
    }
    T answered;
    try {
      answered = answer.get();
    } catch (InvalidInputException e) {
      throw e;
    } catch (RuntimeException e) {
      throw atFault(expected, name, firstLine(e.toString()), e);
    }
    if (answered == null) {
      throw atFault(expected, name, "null", null);
    }
    return answered;
  }

  /** The name of an object's class, for a lambda that of the class in which it is written. */
  public static String className(Object object) {
    return object.getClass().getName().replaceFirst("\\$\\$Lambda.*", "");
  }

  private static InvalidInputException atFault(
      String expected, String name, String found, RuntimeException cause) {
    return new InvalidInputException(
        "%s of %s, found %s; mend that class".formatted(expected, name, found), cause);
  }

  /** In words, unless the error has them. */
  private static String causeOf(Throwable e) {
    Throwable cause = e.getCause();
    return cause == null
            || cause instanceof ClassNotFoundException
            || String.valueOf(e.getMessage()).contains(cause.toString())
        ? ""
        : ": " + cause;
  }

  private static String firstLine(String text) {
    return text.lines().findFirst().orElse("");
  }

  private static <T> String name(T provider, Function<T, String> nameOf) {
    try {
      return nameOf.apply(provider);
    } catch (RuntimeException e) {
      Object why = e instanceof InvalidInputException ? e.getMessage() : e;
      throw new ServiceConfigurationError(provider.getClass().getName() + ": " + why, e);
    }
  }
}
