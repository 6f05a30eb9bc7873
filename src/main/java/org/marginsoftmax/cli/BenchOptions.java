package org.marginsoftmax.cli;

import java.io.PrintWriter;
import java.util.function.Consumer;
import picocli.CommandLine.Option;

/** How often a benchmark measures, and how it prints what it found. */
final class BenchOptions {
  @Option(
      names = "--turns",
      paramLabel = "N",
      defaultValue = "7",
      description = "number of turns; default ${DEFAULT-VALUE}")
  private int turns;

  @Option(names = "--json", description = "print the result as JSON")
  private boolean json;

  int turns() {
    return turns;
  }

  /**
   * Prints a result.
   *
   * @param words prints it in words
   */
  void print(PrintWriter out, Object result, Consumer<PrintWriter> words) {
    if (json) {
      Printing.json(out, result);
    } else {
      words.accept(out);
    }
    out.flush();
  }

  /** A benchmark whose session is its own, not that of a run's configuration. */
  static final class OfSession {
    @Option(
        names = "--steps",
        paramLabel = "N",
        description = "runs per turn; default as many as take about a second")
    private Integer steps;

    @Option(
        names = "--threads",
        paramLabel = "N",
        description = "threads of TensorFlow; default all cores")
    private Integer threads;

    /** Null for as many as take about a second. */
    Integer steps() {
      return steps;
    }

    int threads() {
      return threads == null ? Runtime.getRuntime().availableProcessors() : threads;
    }
  }
}
