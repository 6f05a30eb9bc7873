package org.marginsoftmax.savedmodel;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Optional;
import org.marginsoftmax.InvalidInputException;

/**
 * Tries out models in a separate process, because TensorFlow aborts the whole process on some
 * malformed graphs and never finishes others. A model passes if it loads and runs on zeros within
 * limits on time and memory; it is then unlikely to bring down this process.
 *
 * <p>One trial can try many models; a process that died is replaced. Close it when done. It is not
 * thread-safe.
 */
public final class Trial implements AutoCloseable {
  /**
   * Time for a small model. Each 100 MB of files, each 5 MB of the graph and each 1,000 operations
   * add a second: TensorFlow is slow on constants, and Python too needs more than a minute for 600
   * MB.
   */
  private static final Duration TIME = Duration.ofSeconds(10);

  /**
   * Memory beyond that at the start. Three times the size of the files is added, for reading the
   * weights, and sixteen times that of the graph, which TensorFlow copies many times.
   */
  private static final long MEMORY = 1L << 30;

  /** A process that still holds more than this from earlier models is replaced. */
  private static final long KEPT = 1L << 28;

  private TrialProcess process;

  /**
   * Tries one model and refuses it if it fails.
   *
   * @param signature to run; null for all
   * @throws InvalidInputException if the model does not load and run
   */
  public static void require(SavedModelFolder folder, String signature) {
    try (Trial trial = new Trial()) {
      trial.attempt(folder, signature).ifPresent(found -> refuse(folder, found));
    }
  }

  private static void refuse(SavedModelFolder folder, String found) {
    // What the child refuses is worded already.
    int model = found.indexOf("model ");
    throw model == 0
        ? InvalidModel.said(found)
        : InvalidModel.at(
            folder.path(),
            "a model that loads and runs, tried in a process of its own",
            found,
            found.startsWith(TrialProcess.NO_ANSWER)
                ? "try again when the machine is less busy, or use `trust` if you know who made it"
                : "export it anew, or use `trust` if you know who made it");
  }

  /**
   * Tries one model.
   *
   * @param signature to run; null for all
   * @return what went wrong, in one line; empty if the model passed
   */
  public Optional<String> attempt(SavedModelFolder folder, String signature) {
    long bytes = ModelFiles.size(folder.path());
    int operations =
        Subgraph.all(folder.metaGraph()).stream().mapToInt(body -> body.nodes().size()).sum();
    try {
      long graph = Files.size(folder.path().resolve("saved_model.pb"));
      Duration time =
          TIME.plusSeconds(bytes / 100_000_000 + graph / 5_000_000).plusMillis(operations);
      if (process != null && !process.reads(graph)) {
        close();
      }
      if (process == null) {
        process = new TrialProcess(graph);
        Optional<String> failure = process.started();
        if (failure.isPresent()) {
          close();
          throw new IllegalStateException(
              "cannot start a process to try a model in: " + failure.get());
        }
      }
      process.ask(folder.path().toAbsolutePath().toString(), signature == null ? "" : signature);
      String answer = process.answer(time, MEMORY + 3 * bytes + 16 * graph);
      if (!process.isAlive() || process.grown() > KEPT) {
        close();
      }
      return answer.equals(TrialChild.OK) ? Optional.empty() : Optional.of(answer);
    } catch (IOException e) {
      close();
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    if (process != null) {
      process.close();
      process = null;
    }
  }
}
