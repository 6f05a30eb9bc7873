package org.marginsoftmax.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.marginsoftmax.run.OptionNames;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/** Every option that a message or a page names is one that there is. */
class OptionNamesTest {
  private static final Pattern OPTION = Pattern.compile("(?<![\\w-])--[a-z][a-z0-9-]*");

  /** Lines of pages that call other programs. */
  private static final Pattern OTHERS =
      Pattern.compile("python -m |src/test/python/|tensorboard --");

  private final Map<String, Set<String>> options = new HashMap<>();

  OptionNamesTest() {
    collect(Main.commandLine(), "");
  }

  private void collect(CommandLine command, String name) {
    Set<String> own = new HashSet<>();
    command.getCommandSpec().options().forEach(option -> own.addAll(List.of(option.names())));
    options.put(name, own);
    command
        .getSubcommands()
        .forEach((sub, line) -> collect(line, name.isEmpty() ? sub : name + " " + sub));
  }

  @Test
  void everyOptionNamedExists() throws IOException {
    Set<String> all = new HashSet<>();
    options.values().forEach(all::addAll);
    List<String> unknown = new ArrayList<>();
    int named = 0;
    for (Path file : files()) {
      for (String line : lines(file)) {
        Matcher matcher = OPTION.matcher(line);
        while (!OTHERS.matcher(line).find() && matcher.find()) {
          named++;
          if (!all.contains(matcher.group())) {
            unknown.add(file + ": " + matcher.group());
          }
        }
      }
    }
    assertTrue(named > 200, () -> "few options found");
    assertEquals(List.of(), unknown);
  }

  /** As in {@code train --limit 5 --out RUN}, in a message or on a page. */
  @Test
  void everyOptionNamedWithACommandIsItsOwn() throws IOException {
    String names =
        String.join(
            "|",
            options.keySet().stream()
                .filter(n -> !n.isEmpty())
                .sorted(Comparator.comparing(String::length).reversed())
                .toList());
    Pattern called = Pattern.compile("(?<![\\w-])(" + names + ")((?: [^ `\"#|]+)*)");
    List<String> foreign = new ArrayList<>();
    int named = 0;
    for (Path file : files()) {
      for (String line : lines(file)) {
        Matcher call = called.matcher(line);
        while (call.find()) {
          // Words between a command's name and an option are prose, unless the line is a call.
          boolean whole = line.contains("margin-softmax " + call.group(1));
          String rest = whole ? call.group(2) : firstWords(call.group(2));
          Matcher option = OPTION.matcher(rest);
          while (option.find()) {
            named++;
            if (!options.get(call.group(1)).contains(option.group())) {
              foreign.add(file + ": " + call.group(1) + " " + option.group());
            }
          }
        }
      }
    }
    assertTrue(named > 50, () -> "few calls found");
    assertEquals(List.of(), foreign);
  }

  /** Options that follow at once. */
  private static String firstWords(String rest) {
    Matcher matcher = Pattern.compile("(?: --[a-z][a-z0-9-]*)*").matcher(rest);
    return matcher.lookingAt() ? matcher.group() : "";
  }

  /** The table by which messages name the options of {@code config.json}. */
  @Test
  void optionsOfTheConfigurationAreCalledAsTheyAre() {
    CommandLine train = Main.commandLine().getSubcommands().get("train");
    int named = 0;
    for (OptionSpec option : train.getCommandSpec().options()) {
      if (option.descriptionKey() != null && !option.descriptionKey().isEmpty()) {
        assertEquals(option.longestName(), "--" + OptionNames.of(option.descriptionKey()));
        named++;
      }
    }
    assertTrue(named > 50, () -> "few options found");
  }

  /** What is called from Java too names settings; as options they are the command line's. */
  @Test
  void belowTheCommandLineMessagesNameSettings() throws IOException {
    Pattern text = Pattern.compile("\"(?:[^\"\\\\]|\\\\.)*\"");
    List<String> options = new ArrayList<>();
    for (Path file : files()) {
      for (String line : isBelow(file) ? Files.readAllLines(file) : List.<String>of()) {
        text.matcher(line)
            .results()
            .filter(literal -> OPTION.matcher(literal.group()).find())
            .forEach(literal -> options.add(file + ": " + literal.group()));
      }
    }
    assertEquals(List.of(), options);
  }

  /** With settings as the command line shows them. */
  private static List<String> lines(Path file) throws IOException {
    List<String> lines = Files.readAllLines(file);
    return isBelow(file) ? lines.stream().map(SettingNames::asOptions).toList() : lines;
  }

  private static boolean isBelow(Path file) {
    return file.toString().endsWith(".java") && !file.getParent().endsWith("cli");
  }

  private static List<Path> files() throws IOException {
    List<Path> files = new ArrayList<>(List.of(Path.of("README.md"), Path.of("margin-softmax")));
    for (String folder : List.of("src/main/java", "docs")) {
      try (Stream<Path> walked = Files.walk(Path.of(folder))) {
        files.addAll(
            walked
                .filter(f -> f.toString().endsWith(".java") || f.toString().endsWith(".md"))
                // Of a program of its own, whose tests look there.
                .filter(f -> !f.endsWith("spark.md"))
                .toList());
      }
    }
    return files;
  }
}
