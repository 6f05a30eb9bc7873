package org.marginsoftmax.train;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The checkpoints of a run: the latest and the best, each a folder {@code step-00000468} with all
 * variables and the {@link TrainingState}. A checkpoint is written aside and renamed, so that one
 * that can be seen is whole.
 *
 * @param folder that holds them; made with the first one
 */
public record Checkpoints(Path folder) {
  private static final String PREFIX = "step-";
  private static final String STATE = "state.json";
  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * Writes a checkpoint and deletes those that are neither it nor the best.
   *
   * @throws CheckpointException if it cannot be written, a full disk for example; nothing of it is
   *     left and the earlier ones stay
   */
  public void save(TrainingGraph graph, TrainingState state) {
    Path target = path(state.step());
    Path aside = folder.resolve("." + target.getFileName() + ".tmp");
    try {
      delete(aside);
      Files.createDirectories(aside);
      graph.save(aside.resolve("variables"));
      JSON.writeValue(aside.resolve(STATE).toFile(), state);
      delete(target);
      Files.move(aside, target, StandardCopyOption.ATOMIC_MOVE);
      for (Path old : saved()) {
        if (!old.equals(target) && !old.equals(path(state.bestStep()))) {
          delete(old);
        }
      }
    } catch (IOException | RuntimeException e) {
      CheckpointException refused = new CheckpointException(target, e);
      try {
        delete(aside);
      } catch (IOException alsoFailed) {
        refused.addSuppressed(alsoFailed);
      }
      throw refused;
    }
  }

  /** The state of the latest checkpoint, if there is one. */
  public Optional<TrainingState> latest() {
    List<Path> saved = saved();
    return saved.isEmpty() ? Optional.empty() : Optional.of(state(saved.get(saved.size() - 1)));
  }

  /** Gives a graph the variables of a checkpoint, slots included. */
  public void restore(TrainingGraph graph, TrainingState state) {
    graph.restore(variables(state.step()));
  }

  /** Prefix of the files with the variables of a checkpoint. */
  public Path variables(long step) {
    return path(step).resolve("variables");
  }

  private Path path(long step) {
    return folder.resolve("%s%08d".formatted(PREFIX, step));
  }

  /** Whole checkpoints, earliest first. */
  private List<Path> saved() {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(f -> f.getFileName().toString().matches(PREFIX + "\\d{8,}"))
          .filter(f -> Files.exists(f.resolve(STATE)))
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

  private static void delete(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
