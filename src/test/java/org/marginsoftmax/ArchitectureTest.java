package org.marginsoftmax;

import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.type;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.library.Architectures.LayeredArchitecture;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
    KNOWS.put("head", List.of("margin", "layer", "data"));
    KNOWS.put("backbone", List.of("layer"));
    KNOWS.put("data", List.of());
    KNOWS.put("train", List.of("margin", "layer", "backbone", "data"));
    KNOWS.put("eval", List.of());
    KNOWS.put("report", List.of("eval"));
    KNOWS.put("savedmodel", List.of());
    KNOWS.put("keras", List.of("savedmodel", "gradient", "layer", "backbone"));
    KNOWS.put("export", List.of("data", "eval"));
    KNOWS.put("serving", List.of("data", "export"));
    KNOWS.put("gallery", List.of("data", "eval"));
    KNOWS.put(
        "run",
        List.of(
            "margin",
            "layer",
            "head",
            "backbone",
            "data",
            "train",
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
            "run", "head", "data", "train", "eval", "savedmodel", "keras", "serving", "gallery"));
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

  /** What is thrown as a plain illegal argument would be shown as a failure of ours. */
  @Test
  void whatTheUserGotWrongIsSaidByOneType() {
    noClasses()
        .that()
        .areNotAssignableTo(InvalidInputException.class)
        .and()
        // Its own readers say what is no value of an option; it words them.
        .doNotHaveFullyQualifiedName("org.marginsoftmax.head.HeadOption")
        .should()
        .callConstructorWhere(
            target(owner(type(IllegalArgumentException.class))).as("plain illegal arguments"))
        .check(CLASSES);
  }

  @Test
  void dataAndEvalKnowNothingOfTensorFlow() {
    noClasses()
        .that()
        .resideInAnyPackage(
            "org.marginsoftmax.data..", "org.marginsoftmax.eval..", "org.marginsoftmax.report..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("org.tensorflow..")
        .check(CLASSES);
  }
}
