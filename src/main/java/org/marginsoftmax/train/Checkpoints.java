package org.marginsoftmax.train;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.data.Folders;
import org.marginsoftmax.data.Hold;

/**
 * The checkpoints of a run: the latest and the best, each a folder such as {@code step-00000468}
 * with all variables and the {@link TrainingState}. A checkpoint is written to a temporary folder
 * and renamed, so that every visible checkpoint is complete. Other processes may read checkpoints
 * during training: one that is being read is not deleted.
 *
 * @param folder folder that holds the checkpoints; created when training begins
 */
public record Checkpoints(Path folder) {
  private static final String PREFIX = "step-";
  private static final String STATE = "state.json";
  private static final String LOCK = ".lock";
  private static final int ATTEMPTS = 200;

  /** How often to look before concluding that there is no checkpoint of a whole epoch. */
  private static final int LOOKS = 4;

  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * The best checkpoint, which is not deleted until this object is closed.
   *
   * @param step number of steps taken when it was written
   * @param variables prefix of the files with its variables
   * @param hold lock on the checkpoint; null if it cannot be locked, in which case no training
   *     should be running
   */
  public record Best(long step, Path variables, Hold hold) implements AutoCloseable {
    @Override
    public void close() {
      if (hold != null) {
        hold.close();
      }
    }
  }

  /**
   * Writes a checkpoint and deletes all others except the best. One that is being read is left for
   * a later call to delete.
   *
   * @throws CheckpointException if the checkpoint cannot be written, for example because the disk
   *     is full; nothing of it is left, and the earlier checkpoints remain
   */
  public void save(TrainingGraph graph, TrainingState state) {
    Path target = path(state.step());
    Path aside = folder.resolve("." + target.getFileName() + ".tmp");
    try {
      Folders.delete(aside);
      Files.createDirectories(aside);
      graph.save(aside.resolve("variables"));
      Files.createFile(aside.resolve(LOCK));
      JSON.writeValue(aside.resolve(STATE).toFile(), state);
      Folders.delete(target);
      Files.move(aside, target, StandardCopyOption.ATOMIC_MOVE);
      for (Path old : folders()) {
        if (!old.equals(target) && !old.equals(path(state.bestStep())) && abandon(old)) {
          Folders.delete(old);
        }
      }
    } catch (IOException | RuntimeException e) {
      CheckpointException refused = new CheckpointException(target, e);
      try {
        Folders.delete(aside);
      } catch (IOException alsoFailed) {
        refused.addSuppressed(alsoFailed);
      }
      throw refused;
    }
  }

  /**
   * Creates the folder, so that a missing folder in a run that has begun means lost checkpoints.
   */
  public void begin() {
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The state of the latest checkpoint, if there is one. */
  public Optional<TrainingState> latest() {
    List<Path> saved = saved();
    return saved.isEmpty() ? Optional.empty() : Optional.of(state(saved.get(saved.size() - 1)));
  }

  /**
   * The best checkpoint, for reading, even during training; empty if no checkpoint of a whole epoch
   * has been written yet.
   *
   * @throws InvalidInputException if the best checkpoint is missing although the latest one refers
   *     to it
   */
  public Optional<Best> best() {
    for (int attempt = 1; ; attempt++) {
      Optional<TrainingState> latest = Optional.empty();
      try {
        latest = latest().filter(state -> state.bestStep() > 0);
        Optional<Best> best = latest.flatMap(state -> held(state.bestStep()));
        if (best.isPresent() || latest.isEmpty() && attempt == LOOKS) {
          return best;
        }
      } catch (UncheckedIOException e) {
        if (!(e.getCause() instanceof NoSuchFileException
            || e.getCause() instanceof FileNotFoundException)) {
          throw e;
        }
      }
      // Another one was written just now, and training deleted this one: a list of the folder may
      // then show neither.
      if (attempt == ATTEMPTS) {
        throw new InvalidInputException(
            "checkpoint: expected %s, found no whole one; restore it from a copy, or train anew"
                .formatted(latest.map(s -> path(s.bestStep())).orElse(folder)));
      }
      pause();
    }
  }

  /** Empty if the checkpoint has been or is being deleted. */
  private Optional<Best> held(long step) {
    Hold hold = null;
    try {
      Optional<Hold> shared = Hold.shared(path(step).resolve(LOCK));
      if (shared.isEmpty()) {
        return Optional.empty();
      }
      hold = shared.get();
    } catch (IOException e) {
      // A run of an older version, or a file system without locks.
    }
    if (Files.exists(path(step).resolve(STATE))) {
      return Optional.of(new Best(step, variables(step), hold));
    }
    if (hold != null) {
      hold.close();
    }
    return Optional.empty();
  }

  /** Invalidates a checkpoint, or returns false if it is being read. */
  private static boolean abandon(Path checkpoint) throws IOException {
    Optional<Hold> alone;
    try {
      alone = Hold.alone(checkpoint.resolve(LOCK));
    } catch (IOException e) {
      // Files without locks.
      return true;
    }
    try (Hold hold = alone.orElse(null)) {
      if (hold != null) {
        Files.deleteIfExists(checkpoint.resolve(STATE));
      }
      return hold != null;
    }
  }

  private static void pause() {
    try {
      Thread.sleep(10);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while waiting for a checkpoint", e);
    }
  }

  /**
   * Restores all variables of a graph, including optimizer slots, from the checkpoint of a state.
   */
  public void restore(TrainingGraph graph, TrainingState state) {
    graph.restore(variables(state.step()));
  }

  /**
   * The prefix of the files with the variables of the checkpoint written after {@code step} steps.
   */
  public Path variables(long step) {
    return path(step).resolve("variables");
  }

  private Path path(long step) {
    return folder.resolve("%s%08d".formatted(PREFIX, step));
  }

  /** Whole checkpoints, earliest first. */
  private List<Path> saved() {
    return folders().stream().filter(f -> Files.exists(f.resolve(STATE))).toList();
  }

  /** All checkpoints, including those whose deletion was interrupted, earliest first. */
  private List<Path> folders() {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(f -> f.getFileName().toString().matches(PREFIX + "\\d{8,}"))
          .sorted(Comparator.comparingLong(Checkpoints::step))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static long step(Path checkpoint) {
    return Long.parseLong(checkpoint.getFileName().toString().substring(PREFIX.length()));
  }

  private static TrainingState state(Path checkpoint) {
    try {
      return JSON.readValue(checkpoint.resolve(STATE).toFile(), TrainingState.class);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
