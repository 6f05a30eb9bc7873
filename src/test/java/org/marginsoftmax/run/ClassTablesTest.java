package org.marginsoftmax.run;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClassTablesTest {
  private static final List<String> NAMES =
      List.of(
          "plain",
          "a, b",
          "\"quoted\"",
          "<b>&amp;</script>",
          "two\nlines",
          "carriage\rreturn",
          "ünïcödé 🙂",
          "  spaces ",
          ",\"",
          "none of it");

  @TempDir Path dir;

  /** Fields of a CSV file by RFC 4180, row by row. */
  private static List<List<String>> read(Path file) throws IOException {
    List<List<String>> rows = new ArrayList<>(List.of(new ArrayList<>()));
    StringBuilder field = new StringBuilder();
    boolean quoted = false;
    String text = Files.readString(file);
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (quoted && c == '"' && i + 1 < text.length() && text.charAt(i + 1) == '"') {
        field.append('"');
        i++;
      } else if (c == '"') {
        quoted = !quoted;
      } else if (!quoted && (c == ',' || c == '\n')) {
        rows.get(rows.size() - 1).add(field.toString());
        field.setLength(0);
        if (c == '\n') {
          rows.add(new ArrayList<>());
        }
      } else {
        field.append(c);
      }
    }
    rows.remove(rows.size() - 1);
    return rows;
  }

  /** Read back, both files say what the labels say, whatever the names of the classes. */
  @Test
  void sayWhatTheLabelsSay() throws IOException {
    int classes = NAMES.size();
    SplittableRandom random = new SplittableRandom(1);
    // The last class has no samples, and nothing is taken for it.
    int[] labels = random.ints(300, 0, classes - 1).toArray();
    int[] predicted =
        Arrays.stream(labels)
            .map(k -> random.nextInt(3) > 0 ? k : random.nextInt(classes - 1))
            .toArray();
    Path perClass = dir.resolve("per class.csv");
    Path confusion = dir.resolve("confusion.csv");
    ClassTables tables = new ClassTables(NAMES, labels, predicted);
    tables.writePerClass(perClass);
    tables.writeConfusion(confusion);
    Map<List<String>, Integer> cells = new HashMap<>();
    for (int i = 0; i < labels.length; i++) {
      cells.merge(List.of(NAMES.get(labels[i]), NAMES.get(predicted[i])), 1, Integer::sum);
    }

    List<List<String>> matrix = read(confusion);
    assertEquals(List.of("class", "predicted", "samples"), matrix.get(0));
    Map<List<String>, Integer> found = new HashMap<>();
    matrix
        .subList(1, matrix.size())
        .forEach(row -> found.put(row.subList(0, 2), Integer.parseInt(row.get(2))));
    assertEquals(cells, found);
    assertEquals(cells.size(), matrix.size() - 1);

    List<List<String>> rows = read(perClass);
    assertEquals(
        List.of("class", "samples", "right", "accuracy", "most_confused_with", "times"),
        rows.get(0));
    assertEquals(NAMES, rows.subList(1, rows.size()).stream().map(row -> row.get(0)).toList());
    for (int k = 0; k < classes; k++) {
      int label = k;
      List<String> row = rows.get(k + 1);
      long samples = Arrays.stream(labels).filter(l -> l == label).count();
      int right = cells.getOrDefault(List.of(NAMES.get(k), NAMES.get(k)), 0);
      assertEquals(String.valueOf(samples), row.get(1));
      assertEquals(String.valueOf(right), row.get(2));
      assertEquals(samples == 0 ? "" : String.valueOf((double) right / samples), row.get(3));
      int most =
          IntStream.range(0, classes)
              .filter(p -> p != label)
              .map(p -> cells.getOrDefault(List.of(NAMES.get(label), NAMES.get(p)), 0))
              .max()
              .orElseThrow();
      assertEquals(most == 0 ? "" : String.valueOf(most), row.get(5));
      assertEquals(
          most, row.get(4).isEmpty() ? 0 : cells.get(List.of(row.get(0), row.get(4))).intValue());
    }
  }
}
