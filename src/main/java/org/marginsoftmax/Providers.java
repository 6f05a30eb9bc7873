package org.marginsoftmax;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Iterator;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * Loads the implementations that jars on the class path add to a catalogue, by name, and shows what
 * goes wrong inside classes that a user wrote.
 */
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
   * @return the implementations by name, {@link #guarded}
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
            || byName.put(name, guarded(type, kind, provider)) != null) {
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
   * An object whose methods throw {@link InvalidInputException} where those of the given one throw
   * anything or return null, if a user wrote its class. An object of this library is returned as it
   * is, since what it throws is a fault of ours.
   *
   * @param type an interface; the result is of this type alone
   * @param kind singular noun for messages, such as {@code head}
   */
  public static <T> T guarded(Class<T> type, String kind, T object) {
    if (object == null
        || className(object).startsWith("org.marginsoftmax.")
        || delegate(object) != object) {
      return object;
    }
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(), new Class<?>[] {type}, new Guard(kind, object)));
  }

  /** Calls a user's object, and says in words what it throws. */
  private record Guard(String kind, Object delegate) implements InvocationHandler {
    @Override
    public Object invoke(Object proxy, Method method, Object[] arguments) throws Throwable {
      Object answer;
      try {
        answer =
            method.getName().equals("equals")
                ? delegate.equals(Providers.delegate(arguments[0]))
                : method.invoke(delegate, arguments);
      } catch (InvocationTargetException e) {
        // A class that is missing or does not fit is no fault of the class that needs it.
        if (e.getCause() instanceof InvalidInputException || e.getCause() instanceof Error) {
          throw e.getCause();
        }
        throw atFault(method, firstLine(e.getCause().toString()), e.getCause());
      }
      if (answer == null) {
        throw atFault(method, "null", null);
      }
      return answer;
    }

    private InvalidInputException atFault(Method method, String found, Throwable cause) {
      return new InvalidInputException(
          "%s: expected %s of %s, found %s; mend that class"
              .formatted(kind, method.getName(), className(delegate), found),
          cause);
    }
  }

  private static Object delegate(Object object) {
    return object != null
            && Proxy.isProxyClass(object.getClass())
            && Proxy.getInvocationHandler(object) instanceof Guard guard
        ? guard.delegate
        : object;
  }

  /**
   * The name of an object's class, also of a guarded one; for a lambda that of the class in which
   * it is written.
   */
  public static String className(Object object) {
    return delegate(object).getClass().getName().replaceFirst("\\$\\$Lambda.*", "");
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
