package org.marginsoftmax.run;

import java.nio.file.Path;
import java.util.Map;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.keras.Inspection;
import org.marginsoftmax.savedmodel.SavedModelFolder;

/** Reports what a SavedModel holds and whether it is safe to run. */
public final class Inspect {
  private Inspect() {}

  /**
   * Reads a model without loading it.
   *
   * @param path a SavedModel folder, or the folder of a run, for the model in it
   * @param inputValues values that training would feed to inputs other than the images, by name
   * @throws InvalidInputException if there is no SavedModel, or it is damaged
   */
  public static Inspection run(Path path, Map<String, String> inputValues) {
    return Inspection.of(SavedModelFolder.read(RunFolder.savedModel(path)), inputValues);
  }
}
