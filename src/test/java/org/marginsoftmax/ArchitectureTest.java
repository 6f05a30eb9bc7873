package org.marginsoftmax;

import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.type;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaFieldAccess;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.library.Architectures.LayeredArchitecture;
import java.io.PrintStream;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The rooms and what each may know of, as docs/architecture.md has them. */
class ArchitectureTest {
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("org.marginsoftmax");

  private static final Map<String, List<String>> KNOWS = new LinkedHashMap<>();

  static {
    KNOWS.put("margin", List.of());
    KNOWS.put("gradient", List.of());
    KNOWS.put("layer", List.of("margin", "gradient"));
    KNOWS.put("option", List.of("data"));
    KNOWS.put("head", List.of("margin", "layer", "data", "option"));
    KNOWS.put("backbone", List.of("layer", "data", "option"));
    KNOWS.put("data", List.of());
    KNOWS.put("npy", List.of());
    KNOWS.put("image", List.of("data"));
    KNOWS.put("source", List.of("data", "npy", "image"));
    KNOWS.put("pairs", List.of("data", "image", "source"));
    KNOWS.put("augment", List.of("data"));
    KNOWS.put("sampler", List.of("data"));
    KNOWS.put("train", List.of("margin", "layer", "backbone", "data"));
    KNOWS.put("cluster", List.of("layer", "data", "train"));
    KNOWS.put("eval", List.of());
    KNOWS.put("report", List.of("eval"));
    KNOWS.put("savedmodel", List.of());
    KNOWS.put("keras", List.of("savedmodel", "gradient", "layer", "backbone"));
    KNOWS.put("export", List.of("data", "image", "eval", "savedmodel"));
    KNOWS.put("serving", List.of("data", "image", "export"));
    KNOWS.put("gallery", List.of("data", "eval"));
    KNOWS.put(
        "run",
        List.of(
            "margin",
            "layer",
            "option",
            "head",
            "backbone",
            "data",
            "npy",
            "image",
            "source",
            "pairs",
            "augment",
            "sampler",
            "train",
            "cluster",
            "eval",
            "report",
            "savedmodel",
            "keras",
            "export",
            "serving",
            "gallery"));
    // The command line knows the options of heads, the records and failures that it words, no more.
    KNOWS.put(
        "cli",
        List.of(
            "run",
            "option",
            "head",
            "backbone",
            "data",
            "pairs",
            "augment",
            "train",
            "cluster",
            "eval",
            "savedmodel",
            "keras",
            "serving",
            "gallery"));
  }

  @Test
  void arrowsRunDownwardsOnly() {
    LayeredArchitecture rooms = layeredArchitecture().consideringOnlyDependenciesInLayers();
    for (String room : KNOWS.keySet()) {
      rooms = rooms.layer(room).definedBy("org.marginsoftmax." + room + "..");
    }
    for (Map.Entry<String, List<String>> room : KNOWS.entrySet()) {
      rooms =
          room.getValue().isEmpty()
              ? rooms.whereLayer(room.getKey()).mayNotAccessAnyLayer()
              : rooms
                  .whereLayer(room.getKey())
                  .mayOnlyAccessLayers(room.getValue().toArray(String[]::new));
    }
    rooms.check(CLASSES);
  }

  @Test
  void roomsHaveNoCycles() {
    slices().matching("org.marginsoftmax.(*)..").should().beFreeOfCycles().check(CLASSES);
  }

  /** Types of one package that know of each other round in a circle. */
  @Test
  void typesHaveNoCycles() {
    Map<String, Set<String>> knows = new TreeMap<>();
    for (JavaClass type : CLASSES) {
      Set<String> known = knows.computeIfAbsent(topLevel(type), name -> new TreeSet<>());
      type.getDirectDependenciesFromSelf().stream()
          .map(dependency -> dependency.getTargetClass().getBaseComponentType())
          .filter(other -> other.getPackageName().equals(type.getPackageName()))
          .map(ArchitectureTest::topLevel)
          .forEach(known::add);
    }
    Map<String, Set<String>> reached = new TreeMap<>();
    knows.keySet().forEach(name -> reached.put(name, reachedFrom(name, knows)));
    Set<String> cycles = new TreeSet<>();
    reached.forEach(
        (name, others) -> {
          Set<String> circle = new TreeSet<>(others);
          circle.removeIf(other -> !reached.get(other).contains(name));
          circle.add(name);
          if (circle.size() > 1) {
            cycles.add(written(circle));
          }
        });
    assertEquals("", String.join("\n", cycles));
  }

  private static String topLevel(JavaClass type) {
    return type.getEnclosingClass().map(ArchitectureTest::topLevel).orElse(type.getName());
  }

  /** The package, and the types that go round in it. */
  private static String written(Set<String> circle) {
    String room = circle.iterator().next().replaceAll("\\.\\w+$", "");
    return circle.stream()
        .map(name -> name.substring(room.length() + 1))
        .collect(Collectors.joining(" ", room.replaceAll(".*\\.", "") + ": ", ""));
  }

  private static Set<String> reachedFrom(String name, Map<String, Set<String>> knows) {
    Set<String> reached = new TreeSet<>();
    Deque<String> open = new ArrayDeque<>(knows.get(name));
    while (!open.isEmpty()) {
      String next = open.pop();
      if (reached.add(next)) {
        open.addAll(knows.get(next));
      }
    }
    return reached;
  }

  /** What is thrown as a plain illegal argument would be shown as a failure of ours. */
  @Test
  void whatTheUserGotWrongIsSaidByOneType() {
    noClasses()
        .that()
        .areNotAssignableTo(InvalidInputException.class)
        .and()
        // Its own readers say what is no value of an option; it words them.
        .doNotHaveFullyQualifiedName("org.marginsoftmax.option.Option")
        .should()
        .callConstructorWhere(
            target(owner(type(IllegalArgumentException.class))).as("plain illegal arguments"))
        .check(CLASSES);
  }

  /** Progress goes to the stream given; only methods that take none say it on standard error. */
  @Test
  void onlyTheCommandLinePrints() {
    noClasses()
        .that()
        .resideOutsideOfPackage("org.marginsoftmax.cli..")
        .and()
        // In a process of its own.
        .doNotHaveFullyQualifiedName("org.marginsoftmax.savedmodel.TrialChild")
        .should()
        .accessFieldWhere(
            new DescribedPredicate<JavaFieldAccess>("a standard stream, without a stream given") {
              @Override
              public boolean test(JavaFieldAccess access) {
                return access.getTargetOwner().isEquivalentTo(System.class)
                    && !(access.getOrigin().getModifiers().contains(JavaModifier.PUBLIC)
                        && access.getOrigin().getRawParameterTypes().stream()
                            .noneMatch(type -> type.isEquivalentTo(PrintStream.class)));
              }
            })
        .check(CLASSES);
  }

  @Test
  void dataAndEvalKnowLittleOfTensorFlow() {
    noClasses()
        .that()
        .resideInAnyPackage(
            "org.marginsoftmax.data..",
            "org.marginsoftmax.npy..",
            "org.marginsoftmax.image..",
            "org.marginsoftmax.source..",
            "org.marginsoftmax.pairs..",
            "org.marginsoftmax.augment..",
            "org.marginsoftmax.sampler..",
            "org.marginsoftmax.eval..",
            "org.marginsoftmax.report..")
        // They borrow the decoder that TensorFlow contains, and its product of matrices.
        .and()
        .haveNameNotMatching(".*\\.(TurboJpeg|Products)(\\$.*)?")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("org.tensorflow..")
        .check(CLASSES);
  }
}
