package org.marginsoftmax.backbone;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.Providers;

/** The catalogue of named backbones: the built-in ones, and those from jars on the class path. */
public final class Backbones {
  private static final List<String> OURS = List.of(SmallCnn.NAME, NoBackbone.NAME);

  private Backbones() {}

  /** The names of the built-in backbones, without those from jars. */
  public static List<String> ours() {
    return OURS;
  }

  /**
   * The names of all backbones: {@code small-cnn} and {@code none} first, then those from jars,
   * sorted.
   *
   * @throws InvalidInputException if a provider from a jar cannot be loaded, or its name is taken
   *     or malformed
   */
  public static List<String> names() {
    List<String> names = new ArrayList<>(OURS);
    names.addAll(provided().keySet());
    return List.copyOf(names);
  }

  /**
   * The backbone with this name.
   *
   * @param embedding D, the size of its features; ignored for {@code none}
   * @throws InvalidInputException if there is none, it cannot have features of that size, or a
   *     provider from a jar cannot be loaded, throws or returns null
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
    return Providers.byName(
        BackboneProvider.class, "backbone", "providers", BackboneProvider::name, Set.copyOf(OURS));
  }
}
