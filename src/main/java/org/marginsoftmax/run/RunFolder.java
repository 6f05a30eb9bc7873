package org.marginsoftmax.run;

import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.marginsoftmax.FileTrouble;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.train.Checkpoints;
import org.marginsoftmax.train.HistoryCsv;
import org.marginsoftmax.train.Hold;

/**
 * The folder of a run: {@code config.json}, {@code metrics.json}, {@code history.csv}, {@code
 * report.html}, {@code checkpoints/}, {@code model/} and TensorBoard's {@code events.*}.
 *
 * <p>What a run was given it keeps: a Keras model, a first head, class margins. The originals are
 * read where it has no copy yet, and not any more after that.
 *
 * @param path of the folder; null for none, of a training that is not begun
 */
public record RunFolder(Path path) {
  private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss");
  private static final String LOCK = ".lock";
  private static final String CONFIG = "config.json";

  /**
   * A folder of its own for a new run, {@code runs/<time>-<name>}. It is made at once, so that
   * nobody else who begins in the same second takes it.
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

  /** Where nothing is kept: of a training that is looked at and not begun. */
  static RunFolder none() {
    return new RunFolder(null);
  }

  /**
   * Makes the folder and makes sure that it can be written to.
   *
   * @param resume whether it may hold a run already; anything else but a run is refused
   * @throws InvalidInputException if it is not empty, not a folder or not writable
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
   * Refuses to go on with what is not there.
   *
   * @throws InvalidInputException if it is no folder, or an empty one
   */
  void requireThere() {
    boolean there = Files.isDirectory(path);
    try {
      if (!there || content().isEmpty()) {
        throw new InvalidInputException(
            "resume %s: expected the folder of a run, found %s; check the path, or leave --resume out to begin a run there"
                .formatted(
                    path, there ? "an empty folder" : Files.exists(path) ? "a file" : "nothing"));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Refuses to begin anew what was trained already.
   *
   * @throws InvalidInputException if steps were taken, and the checkpoints are gone
   */
  void requireUntrained() {
    List<HistoryCsv.Row> rows = HistoryCsv.read(history());
    boolean first = !rows.isEmpty() && rows.get(rows.size() - 1).step().epoch() <= 1;
    if (!rows.isEmpty() && !(first && Files.isDirectory(checkpoints().folder()))) {
      throw new InvalidInputException(
          "resume %s: expected checkpoints to go on from, found %d steps in %s and none in %s; restore them from a copy, or begin a new run with --out"
              .formatted(
                  path,
                  rows.get(rows.size() - 1).step().step(),
                  history().getFileName(),
                  checkpoints().folder().getFileName()));
    }
  }

  /**
   * Makes this its only writer until that is closed.
   *
   * @param progress is told where files cannot be locked
   * @return null there
   * @throws InvalidInputException while another writes
   */
  Hold onlyWriter(PrintStream progress) {
    try {
      for (int attempt = 1; ; attempt++) {
        Optional<Hold> hold = Hold.alone(path.resolve(LOCK));
        if (hold.isPresent()) {
          return hold.get();
        }
        // Who reads holds it for a moment, to see whether anybody writes.
        if (attempt == 20) {
          throw refused(
              "to be its only writer",
              "another training in it",
              "wait until it ends, or choose another with --out");
        }
        Thread.sleep(50);
      }
    } catch (IOException e) {
      progress.printf(
          "warning, output %s: expected files that can be locked, found %s; see to it that nobody else trains there%n",
          path, FileTrouble.said(e));
      return null;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while waiting for " + path, e);
    }
  }

  /** Whether it is being written. */
  boolean isTraining() {
    try {
      Optional<Hold> hold = Hold.shared(path.resolve(LOCK));
      hold.ifPresent(Hold::close);
      return hold.isEmpty();
    } catch (IOException e) {
      // Of a run of before, or where files have no locks.
      return false;
    }
  }

  /**
   * Refuses a folder that {@link #open} will, before work starts, without making it.
   *
   * @throws InvalidInputException if it is a file, or cannot be written to
   */
  void requireWritable() {
    Output.require("output", path, "choose another with --out");
  }

  /** {@link #open} for a folder of several runs. */
  void openSweep(boolean resume) {
    List<String> content = make(resume);
    Optional<String> other =
        content.stream().filter(f -> !f.startsWith("margin-") && !f.startsWith("sweep.")).findAny();
    if (other.isPresent()) {
      throw refused("a sweep, or an empty folder", other.get(), "choose the folder of a sweep");
    }
  }

  /** Names of what is in the folder, but for what an interrupted write left aside. */
  private List<String> make(boolean resume) {
    try {
      if (Files.exists(path) && !Files.isDirectory(path)) {
        throw refused("a folder", "a file", "choose another with --out");
      }
      Files.createDirectories(path);
      Files.delete(Files.createTempFile(path, ".probe", ""));
      List<String> content = content();
      if (!resume && !content.isEmpty()) {
        throw refused(
            "an empty folder",
            content.get(0) + " in it",
            "choose another with --out, or go on with the run in it with --resume");
      }
      return content;
    } catch (IOException e) {
      throw refused("a folder to write to", FileTrouble.said(e), "choose another with --out");
    }
  }

  /** What the run is, if its configuration was written. */
  public Optional<RunRecord> config() {
    return Json.read(path.resolve(CONFIG), RunRecord.class);
  }

  /** The checkpoints of the run. */
  public Checkpoints checkpoints() {
    return new Checkpoints(path.resolve("checkpoints"));
  }

  Path history() {
    return path.resolve("history.csv");
  }

  Path report() {
    return path.resolve("report.html");
  }

  Path model() {
    return path.resolve("model");
  }

  /** The run's own copy of the Keras model that it was made from. */
  Path keras() {
    return path.resolve("keras");
  }

  /** Whether it has one. */
  boolean keepsKeras() {
    return path != null && Files.exists(keras());
  }

  /** The Keras model: the run's copy where there is one. */
  Path savedModel(KerasConfig config) {
    return keepsKeras() ? keras() : Path.of(config.from());
  }

  /** The run's own copy of the Keras model that its first class centres came from. */
  Path initHead() {
    return path.resolve("init-head");
  }

  /** That model: the run's copy where there is one. */
  Path firstHead(KerasConfig config) {
    return path != null && Files.exists(initHead()) ? initHead() : Path.of(config.initHead());
  }

  /** The head with its files from the run's copies where there are any. */
  HeadConfig head(HeadConfig config) {
    HeadConfig head = config;
    for (String option : config.files()) {
      if (path != null && Files.exists(headFile(option))) {
        head = head.with(option, headFile(option).toString());
      }
    }
    return head;
  }

  /** Copies what the run is given into it, where it has no copy yet. */
  void keep(TrainConfig config) {
    keep(config.keras().from(), keras());
    keep(config.keras().initHead(), initHead());
    HeadConfig head = config.head();
    head.files().forEach(option -> keep((String) head.options().get(option), headFile(option)));
  }

  private static void keep(String given, Path kept) {
    if (given == null || Files.exists(kept)) {
      return;
    }
    Path original = Path.of(given);
    Path aside = kept.resolveSibling("." + kept.getFileName() + ".tmp");
    try (Stream<Path> files = Files.walk(original)) {
      for (Path file : files.toList()) {
        Path copy = aside.resolve(original.relativize(file).toString());
        if (Files.isDirectory(file)) {
          Files.createDirectories(copy);
        } else {
          Files.copy(file, copy, StandardCopyOption.REPLACE_EXISTING);
        }
      }
      Files.move(aside, kept, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw FileTrouble.with(kept, e);
    }
  }

  /** Such as {@code class-margins.npy}. */
  private Path headFile(String option) {
    return path.resolve(option.replace('_', '-') + ".npy");
  }

  void writeConfig(RunRecord record) {
    Json.write(path.resolve(CONFIG), record);
  }

  /**
   * Takes away what its only writer left before there was anything of a run.
   *
   * @param made whether it made the folder, which then goes too
   */
  void removeLeftovers(boolean made) {
    try {
      if (content().isEmpty()) {
        try (Stream<Path> files = Files.walk(path)) {
          for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
            if (made || !file.equals(path)) {
              Files.delete(file);
            }
          }
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Takes away the folder if nothing is in it, a run that was refused. */
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
