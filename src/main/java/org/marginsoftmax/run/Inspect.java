package org.marginsoftmax.run;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.keras.Inspection;
import org.marginsoftmax.savedmodel.SavedModelFolder;

/** What a SavedModel holds, and whether it is safe to run. */
public final class Inspect {
  private Inspect() {}

  /**
   * Reads a model without loading it.
   *
   * @param path a SavedModel folder, or the folder of a run, whose model is meant
   * @param inputValues what training would feed to inputs beside the images, by their names
   * @throws InvalidInputException for whatever is no SavedModel, or a damaged one
   */
  public static Inspection run(Path path, Map<String, String> inputValues) {
    return Inspection.of(SavedModelFolder.read(model(path)), inputValues);
  }

  /** The model of a run, if the path is that of a run; else the path. */
  static Path model(Path path) {
    RunFolder folder = new RunFolder(path);
    if (Files.exists(path.resolve("saved_model.pb")) || folder.config().isEmpty()) {
      return path;
    }
    if (!Files.exists(folder.model())) {
      throw new InvalidInputException(
          "run: expected a finished one, whose model is in %s, found none; %s; predict takes the best checkpoint meanwhile"
              .formatted(
                  folder.model(),
                  folder.isTraining()
                      ? "wait until the training there ends"
                      : "go on with train --resume --out " + path));
    }
    return folder.model();
  }
}
