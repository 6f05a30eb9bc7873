package org.marginsoftmax.run;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.marginsoftmax.FileTrouble;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.data.Folders;
import org.marginsoftmax.savedmodel.SavedModelFolder;
import org.marginsoftmax.train.Checkpoints;
import org.marginsoftmax.train.HistoryCsv;

/**
 * The folder of a run: {@code config.json}, {@code metrics.json}, {@code history.csv}, {@code
 * report.html}, {@code per_class.csv}, {@code confusion.csv}, {@code checkpoints/}, {@code
 * growth/}, {@code model/}, and for TensorBoard {@code events.*}, {@code projector_config.pbtxt}
 * and {@code projector/}.
 *
 * @param path of the folder; null for a run that is only checked, never started
 */
public record RunFolder(Path path) {
  private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss");
  private static final String CONFIG = "config.json";

  /**
   * A new folder {@code runs/<time>-<name>}, numbered if the name is taken. It is created at once,
   * so that two runs started in the same second get different folders.
   */
  public static RunFolder fresh(String name) {
    String stem = LocalDateTime.now().format(TIME) + "-" + name;
    Path runs = Path.of("runs");
    try {
      Files.createDirectories(runs);
      for (int i = 1; ; i++) {
        Path path = runs.resolve(i == 1 ? stem : stem + "-" + i);
        try {
          return new RunFolder(Files.createDirectory(path));
        } catch (FileAlreadyExistsException e) {
          // Another run's: the next number.
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Stands for no folder: a run that is only checked, never started. */
  static RunFolder none() {
    return new RunFolder(null);
  }

  /**
   * Creates the folder if necessary and checks that it is writable.
   *
   * @param resume whether the folder may hold a run already; other content is always refused
   * @throws InvalidInputException if the path is not a folder, is not writable, or holds anything
   *     not allowed
   */
  public void open(boolean resume) {
    List<String> content = make(resume);
    if (config().isEmpty() && !content.isEmpty()) {
      throw refused(
          "a run, or an empty folder",
          content.get(0) + " and no " + CONFIG,
          "choose the folder of a run");
    }
  }

  /**
   * Refuses a folder that {@link #open} would refuse, before work starts and without creating it.
   *
   * @param resume whether it must be a folder that holds something
   * @throws InvalidInputException if it cannot be written to, or is to be resumed and is missing,
   *     empty or not a folder
   */
  void requireUsable(boolean resume) {
    if (resume) {
      requireThere();
    }
    OutputFolder.requireWritable("output", path, "choose another with `out`");
  }

  private void requireThere() {
    boolean there = Files.isDirectory(path);
    try {
      if (!there || content().isEmpty()) {
        throw new InvalidInputException(
            "resume %s: expected the folder of a run, found %s; check the path, or leave `resume` out to begin a run there"
                .formatted(
                    path, there ? "an empty folder" : Files.exists(path) ? "a file" : "nothing"));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Refuses to start over in a folder that was trained in already.
   *
   * @throws InvalidInputException if steps were taken and the checkpoints are gone
   */
  void requireUntrained() {
    List<HistoryCsv.Row> rows = HistoryCsv.read(history());
    boolean first = !rows.isEmpty() && rows.get(rows.size() - 1).step().epoch() <= 1;
    if (!rows.isEmpty() && !(first && Files.isDirectory(checkpoints().folder()))) {
      throw new InvalidInputException(
          "resume %s: expected checkpoints to go on from, found %d steps in %s and none in %s; restore them from a copy, or begin a new run with `out`"
              .formatted(
                  path,
                  rows.get(rows.size() - 1).step().step(),
                  history().getFileName(),
                  checkpoints().folder().getFileName()));
    }
  }

  /** Like {@link #open}, for a folder that holds several runs. */
  void openSweep(boolean resume) {
    List<String> content = make(resume);
    Optional<String> other =
        content.stream().filter(f -> !SweepPoint.isName(f) && !f.startsWith("sweep.")).findAny();
    if (other.isPresent()) {
      throw refused("a sweep, or an empty folder", other.get(), "choose the folder of a sweep");
    }
  }

  /**
   * Creates the folder if necessary.
   *
   * @return names of what it holds, apart from leftovers of interrupted writes
   */
  private List<String> make(boolean resume) {
    try {
      if (Files.exists(path) && !Files.isDirectory(path)) {
        throw refused("a folder", "a file", "choose another with `out`");
      }
      Files.createDirectories(path);
      Files.delete(Files.createTempFile(path, ".probe", ""));
      List<String> content = content();
      if (!resume && !content.isEmpty()) {
        throw refused(
            "an empty folder",
            content.get(0) + " in it",
            "choose another with `out`, or go on with the run in it with `resume`");
      }
      return content;
    } catch (IOException e) {
      throw refused("a folder to write to", FileTrouble.said(e), "choose another with `out`");
    }
  }

  /**
   * The run's record; empty if {@code config.json} has not been written.
   *
   * @throws InvalidInputException if the file holds something else
   */
  public Optional<RunRecord> config() {
    return Json.read(path.resolve(CONFIG), RunRecord.class, TrainConfig::complete);
  }

  /**
   * The model of a run if the path is a run's folder; otherwise the path itself.
   *
   * @throws InvalidInputException if the run is not finished
   */
  static Path savedModel(Path path) {
    RunFolder folder = new RunFolder(path);
    if (SavedModelFolder.isAt(path) || folder.config().isEmpty()) {
      return path;
    }
    if (!Files.exists(folder.model())) {
      throw new InvalidInputException(
          "run: expected a finished one, whose model is in %s, found none; %s; predict takes the best checkpoint meanwhile"
              .formatted(
                  folder.model(),
                  folder.isTraining()
                      ? "wait until the training there ends"
                      : "go on with train `resume` `out` " + path));
    }
    return folder.model();
  }

  /** The checkpoints of the run. */
  public Checkpoints checkpoints() {
    return new Checkpoints(path.resolve("checkpoints"));
  }

  Path history() {
    return path.resolve("history.csv");
  }

  /** Features of some samples after each epoch, for the report. */
  Path growth() {
    return path.resolve("growth");
  }

  /** What the run was given in addition to its data. */
  RunInputs inputs() {
    return new RunInputs(path);
  }

  /** Whether a process is training in the folder now. */
  boolean isTraining() {
    return RunLock.isHeld(path);
  }

  Path report() {
    return path.resolve("report.html");
  }

  Path model() {
    return path.resolve("model");
  }

  void writeConfig(RunRecord record) {
    Json.write(path.resolve(CONFIG), record);
  }

  /**
   * Removes what this process, the only writer, left in the folder before there was anything of a
   * run.
   *
   * @param made whether this process created the folder, which is then removed too
   */
  void removeLeftovers(boolean made) {
    try {
      if (content().isEmpty()) {
        try (Stream<Path> files = Files.list(path)) {
          for (Path file : files.toList()) {
            Folders.delete(file);
          }
        }
        if (made) {
          Files.delete(path);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Deletes the folder if it is empty, as after a run that was refused. */
  public void removeIfEmpty() {
    try {
      Files.deleteIfExists(path);
    } catch (DirectoryNotEmptyException e) {
      // A run.
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private List<String> content() throws IOException {
    try (Stream<Path> files = Files.list(path)) {
      return files
          .map(f -> f.getFileName().toString())
          .filter(f -> !f.startsWith("."))
          .sorted()
          .toList();
    }
  }

  private InvalidInputException refused(String expected, String found, String advice) {
    return new InvalidInputException(
        "output %s: expected %s, found %s; %s".formatted(path, expected, found, advice));
  }
}
