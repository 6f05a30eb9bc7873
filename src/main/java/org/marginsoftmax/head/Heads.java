package org.marginsoftmax.head;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.Providers;
import org.marginsoftmax.data.Spelling;
import org.marginsoftmax.option.Option;
import org.marginsoftmax.option.OptionValues;

/** The catalogue of named heads: the built-in ones, and those from jars on the class path. */
public final class Heads {
  private static final Map<String, HeadType> OURS =
      byName(
          new Softmax(),
          new ModifiedSoftmax(),
          new NormFace(),
          new LSoftmax(),
          new SphereFace(),
          new CosFace(),
          new ArcFace(),
          new Combined(),
          new SubcenterArcFace(),
          new AdaCos(),
          new AdaCosFixed(),
          new CurricularFace(),
          new MagFace(),
          new AdaFace(),
          new ElasticFace("elasticface", false, false),
          new ElasticFace("elasticface-plus", false, true),
          new ElasticFace("elasticface-cos", true, false),
          new ElasticFace("elasticface-cos-plus", true, true),
          new LinearAngle(),
          new P2SGrad(),
          new Circle(),
          new Ldam(),
          new MvSoftmax(false),
          new MvSoftmax(true),
          new SFace(),
          new UniFace(),
          new ProxyAnchor(),
          new SoftTriple());

  private Heads() {}

  private static Map<String, HeadType> byName(HeadType... heads) {
    Map<String, HeadType> byName = new LinkedHashMap<>();
    for (HeadType head : heads) {
      byName.put(head.name(), head);
    }
    return Collections.unmodifiableMap(byName);
  }

  /** The built-in heads, without those from jars. */
  public static List<HeadType> ours() {
    return List.copyOf(OURS.values());
  }

  /**
   * All heads: the built-in ones first, then those from jars, sorted by name.
   *
   * @throws InvalidInputException if a head from a jar cannot be loaded, or its name is taken or
   *     malformed
   */
  public static List<HeadType> all() {
    return List.copyOf(byName().values());
  }

  /** The names of all heads: the built-in ones first, then those from jars, sorted. */
  public static List<String> names() {
    return List.copyOf(byName().keySet());
  }

  /**
   * The head with this name.
   *
   * @throws InvalidInputException if there is none, or if it is not built in and a head from a jar
   *     cannot be loaded
   */
  public static HeadType named(String name) {
    HeadType head = OURS.containsKey(name) ? OURS.get(name) : byName().get(name);
    if (head == null) {
      throw new InvalidInputException(
          "head: expected one of %s, found '%s'; %s"
              .formatted(
                  String.join(", ", names()),
                  name,
                  Spelling.nearest(name, names())
                      .map(meant -> "did you mean " + meant + "?")
                      .orElse(
                          "choose one of these, or put the jar of one of your own on the class path (MARGIN_SOFTMAX_CLASSPATH)")));
    }
    return head;
  }

  /**
   * The values of a head's options.
   *
   * @param given given values by option name, as {@link Option#read} accepts them
   * @throws InvalidInputException if the head lacks one of the options or a value is not allowed
   */
  public static OptionValues values(HeadType head, Map<String, ?> given) {
    Map<String, Object> read = new LinkedHashMap<>();
    given.forEach((name, value) -> read.put(name, option(head, name).read(value, head.name())));
    return new OptionValues(head.options(), read);
  }

  /**
   * The option of a head with this name.
   *
   * @throws InvalidInputException if the head has no such option; the message says why
   */
  public static Option<?> option(HeadType head, String name) {
    return head.options().stream()
        .filter(option -> option.name().equals(name))
        .findFirst()
        .orElseThrow(() -> refused(head, name));
  }

  /** Says why a head does not take an option. */
  private static InvalidInputException refused(HeadType head, String option) {
    String why = head.without().get(option);
    if (why == null) {
      List<String> takers =
          all().stream()
              .filter(h -> h.options().stream().anyMatch(o -> o.name().equals(option)))
              .map(HeadType::name)
              .toList();
      why =
          takers.isEmpty()
              ? "no head has one of that name"
              : "only "
                  + String.join(", ", takers)
                  + (takers.size() == 1 ? " has one" : " have one");
    }
    return new InvalidInputException(
        "%s: expected none with %s, found one; %s, leave it out"
            .formatted(option.replace('_', ' '), head.name(), why));
  }

  private static Map<String, HeadType> byName() {
    Map<String, HeadType> heads = new LinkedHashMap<>(OURS);
    heads.putAll(
        Providers.byName(HeadType.class, "head", "heads", Heads::checkedName, OURS.keySet()));
    return Collections.unmodifiableMap(heads);
  }

  /** The name of a head from a jar. Its options are read too, so that a faulty head fails here. */
  private static String checkedName(HeadType head) {
    Set<String> names = new HashSet<>();
    for (Option<?> option : head.options()) {
      if (!names.add(option.name())) {
        throw clash(head, option, "options of different names", "two of that name");
      }
      // Layers read the options that heads share with the types that these have.
      List<? extends Option<?>> shared =
          OURS.values().stream()
              .flatMap(ours -> ours.options().stream())
              .filter(ours -> ours.name().equals(option.name()))
              .toList();
      if (!shared.isEmpty()
          && shared.stream().noneMatch(ours -> ours.type().equals(option.type()))) {
        throw clash(
            head,
            option,
            shared.get(0).type().getSimpleName() + ", as the heads of the catalogue have",
            option.type().getSimpleName());
      }
      if (option.usual() == null
          && AngularOptions.after().stream()
              .anyMatch(o -> o.name().equals(option.name()) && o.usual() != null)) {
        throw clash(head, option, "a default, as other heads have", "none");
      }
    }
    return head.name();
  }

  private static InvalidInputException clash(
      HeadType head, Option<?> option, String expected, String found) {
    return new InvalidInputException(
        "head: expected %s for %s of %s, found %s; rename it, or take the shared option"
            .formatted(expected, option.flag(), Providers.className(head), found));
  }

  /**
   * The options of heads, without duplicates: first those of arcface, then those of the heads in
   * their order. Each is taken from the first head that has it.
   *
   * @param heads such as {@link #all}, which looks into all jars
   */
  public static List<Option<?>> options(List<HeadType> heads) {
    List<HeadType> ordered = new ArrayList<>(heads);
    ordered.add(0, named("arcface"));
    Map<String, Option<?>> options = new LinkedHashMap<>();
    ordered.forEach(head -> head.options().forEach(o -> options.putIfAbsent(o.name(), o)));
    return List.copyOf(options.values());
  }
}
