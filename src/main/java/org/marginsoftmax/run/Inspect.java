package org.marginsoftmax.run;

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
    return Inspection.of(SavedModelFolder.read(RunFolder.savedModel(path)), inputValues);
  }
}
