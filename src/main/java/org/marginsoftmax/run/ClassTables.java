package org.marginsoftmax.run;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.marginsoftmax.AtomicFile;
import org.marginsoftmax.eval.ConfusionMatrix;

/**
 * What the test samples of each class were taken for, as CSV (RFC 4180, in UTF-8), by the names of
 * the classes. A class is taken for that of the nearest class center.
 */
final class ClassTables {
  /** The file with a row for each class, in the folder of a run. */
  static final String PER_CLASS = "per_class.csv";

  /** The file with the confusion matrix, in the folder of a run. */
  static final String CONFUSION = "confusion.csv";

  private final List<String> names;
  private final ConfusionMatrix matrix;

  /**
   * @param names of the classes, by label
   * @param labels of the samples, [n]
   * @param predicted class of each sample, [n]
   */
  ClassTables(List<String> names, int[] labels, int[] predicted) {
    this.names = names;
    matrix = new ConfusionMatrix(labels, predicted);
  }

  static ClassTables of(TestEvaluation test, List<String> names) {
    return new ClassTables(names, test.embeddings().labels(), test.against().predicted());
  }

  /**
   * Writes a row for each class: samples, those taken for their own class and their share (empty
   * without samples), and the other class that it was taken for most often, and how often; of equal
   * ones the first.
   */
  void writePerClass(Path file) {
    AtomicFile.write(
        file,
        rows(
            "class,samples,right,accuracy,most_confused_with,times",
            IntStream.range(0, names.size()).mapToObj(this::ofClass)));
  }

  private String ofClass(int label) {
    int samples = matrix.samples(label);
    int right = matrix.count(label, label);
    ConfusionMatrix.Confusion most =
        matrix.takenFor(label).stream()
            .filter(c -> c.predicted() != label)
            .findFirst()
            .orElse(null);
    return row(
        names.get(label),
        samples,
        right,
        samples == 0 ? "" : (double) right / samples,
        most == null ? "" : names.get(most.predicted()),
        most == null ? "" : most.samples());
  }

  /**
   * Writes the confusion matrix, a row for each of its cells that is not 0: the class of the
   * samples, the class that they were taken for, and how many; by class, the most frequent first.
   */
  void writeConfusion(Path file) {
    AtomicFile.write(
        file,
        rows(
            "class,predicted,samples",
            IntStream.range(0, names.size())
                .boxed()
                .flatMap(label -> matrix.takenFor(label).stream())
                .map(c -> row(names.get(c.label()), names.get(c.predicted()), c.samples()))));
  }

  /** Writes the files that are asked for. */
  void write(EvaluateConfig.Tables files) {
    if (files.perClass() != null) {
      writePerClass(files.perClass());
    }
    if (files.confusion() != null) {
      writeConfusion(files.confusion());
    }
  }

  private static List<String> rows(String head, Stream<String> rows) {
    return Stream.concat(Stream.of(head), rows).toList();
  }

  private static String row(Object... fields) {
    return Arrays.stream(fields).map(f -> field(f.toString())).collect(Collectors.joining(","));
  }

  private static String field(String text) {
    return text.matches("(?s).*[\",\r\n].*") ? '"' + text.replace("\"", "\"\"") + '"' : text;
  }
}
