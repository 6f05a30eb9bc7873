package org.marginsoftmax;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaModifier.PUBLIC;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What docs/api.md promises to those who depend on the jar. */
class ApiTest {
  private static final Path SOURCES = Path.of("src/main/java/org/marginsoftmax");
  private static final Set<String> INTERNAL = Set.of("cli", "gradient", "report");
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("org.marginsoftmax");

  @Test
  void everyPackageIsListedAndSaysWhetherItIsInternal() throws IOException {
    Set<String> packages = new TreeSet<>();
    try (Stream<Path> folders = Files.list(SOURCES)) {
      for (Path folder : folders.filter(Files::isDirectory).toList()) {
        String name = folder.getFileName().toString();
        packages.add(name);
        String comment = Files.readString(folder.resolve("package-info.java"));
        assertEquals(INTERNAL.contains(name), comment.contains("Internal, may change"), name);
      }
    }
    String page = Files.readString(Path.of("docs/api.md"));
    Set<String> listed =
        Pattern.compile("^\\| `org\\.marginsoftmax\\.(\\w+)`", Pattern.MULTILINE)
            .matcher(page)
            .results()
            .map(row -> row.group(1))
            .collect(Collectors.toCollection(TreeSet::new));
    listed.addAll(INTERNAL);
    assertEquals(packages, listed);
    assertTrue(
        Files.readString(Path.of("pom.xml"))
            .contains(
                "<excludePackageNames>org.marginsoftmax.cli,org.marginsoftmax.gradient,org.marginsoftmax.report</excludePackageNames>"));
  }

  @Test
  void everyTypeThatThePageNamesIsPublicAndInItsPackage() throws IOException {
    for (String row : Files.readAllLines(Path.of("docs/api.md"))) {
      if (row.startsWith("| `org.")) {
        String[] cells = row.split("\\|");
        String name = cells[1].strip().replace("`", "");
        Pattern.compile("`([A-Z]\\w+)`")
            .matcher(cells[2])
            .results()
            .map((MatchResult type) -> CLASSES.get(name + "." + type.group(1)))
            .forEach(type -> assertTrue(type.getModifiers().contains(PUBLIC), type.getName()));
      }
    }
  }

  @Test
  void noPublicMethodOfTheApiShowsAnInternalType() {
    DescribedPredicate<JavaMethod> api =
        describe(
            "public methods of public types of the API",
            method ->
                method.getModifiers().contains(PUBLIC)
                    && method.getOwner().getModifiers().contains(PUBLIC)
                    && !isInternal(method.getOwner()));
    DescribedPredicate<JavaClass> internal = describe("internal", ApiTest::isInternal);
    methods().that(api).should().notHaveRawReturnType(internal).check(CLASSES);
    methods()
        .that(api)
        .should()
        .notHaveRawParameterTypes(
            describe("with an internal one", types -> types.stream().anyMatch(ApiTest::isInternal)))
        .check(CLASSES);
  }

  private static boolean isInternal(JavaClass type) {
    return INTERNAL.stream()
        .anyMatch(name -> type.getPackageName().equals("org.marginsoftmax." + name));
  }
}
