package org.marginsoftmax.run;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.marginsoftmax.data.Folders;

/**
 * What a run is given in addition to its data: a Keras model, an initial head, a run to start from,
 * margins of the classes. The run keeps copies in its folder, and the originals are read only until
 * it has them.
 *
 * @param run folder of the run; null if nothing is kept
 */
record RunInputs(Path run) {
  /** Whether the run has a copy of its Keras model. */
  boolean keepsKeras() {
    return run != null && Files.exists(keras());
  }

  /** The Keras model that the run fine-tunes. */
  Path savedModel(KerasConfig config) {
    return keepsKeras() ? keras() : Path.of(config.from());
  }

  /** The Keras model that the initial class centers come from. */
  Path firstHead(KerasConfig config) {
    return run != null && Files.exists(initHead()) ? initHead() : Path.of(config.initHead());
  }

  /** A copy of the head's configuration with the current paths of its files. */
  HeadConfig head(HeadConfig config) {
    HeadConfig head = config;
    for (String option : config.files()) {
      if (run != null && Files.exists(headFile(option))) {
        head = head.with(option, headFile(option).toString());
      }
    }
    return head;
  }

  /** Whether the run has a copy of what it needs of the run that it started from. */
  boolean keepsInit() {
    return run != null && Files.exists(init());
  }

  /** The copy of what a run needs of the run that it started from. */
  Path init() {
    return run.resolve("init");
  }

  /**
   * Copies whatever has no copy yet.
   *
   * @param initial files of the run that it starts from, by their names in the copy; none if it
   *     starts anew
   */
  void keep(TrainConfig config, Map<String, Path> initial) {
    if (!initial.isEmpty() && !keepsInit()) {
      Folders.write(
          init(),
          aside -> {
            Files.createDirectories(aside);
            for (Map.Entry<String, Path> file : initial.entrySet()) {
              Files.copy(file.getValue(), aside.resolve(file.getKey()));
            }
          });
    }
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
    Folders.write(
        kept,
        aside -> {
          try (Stream<Path> files = Files.walk(original)) {
            for (Path file : files.toList()) {
              Path copy = aside.resolve(original.relativize(file).toString());
              if (Files.isDirectory(file)) {
                Files.createDirectories(copy);
              } else {
                Files.copy(file, copy);
              }
            }
          }
        });
  }

  private Path keras() {
    return run.resolve("keras");
  }

  private Path initHead() {
    return run.resolve("init-head");
  }

  /** Such as {@code class-margins.npy}. */
  private Path headFile(String option) {
    return run.resolve(option.replace('_', '-') + ".npy");
  }
}
