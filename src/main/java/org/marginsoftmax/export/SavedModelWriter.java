package org.marginsoftmax.export;

import java.io.IOException;
import java.nio.file.Path;
import org.marginsoftmax.data.Folders;
import org.tensorflow.SavedModelBundle;
import org.tensorflow.Session;
import org.tensorflow.Signature;
import org.tensorflow.exceptions.TensorFlowException;

/** Writes TensorFlow SavedModels, which Python and TensorFlow Serving load too. */
public final class SavedModelWriter {
  private SavedModelWriter() {}

  /**
   * Writes the graph of a session, with the values of its variables, aside first; what was there is
   * replaced.
   *
   * @param session whose graph has a saver ({@code VariableSaver})
   */
  public static void write(Path folder, Session session, Signature... signatures) {
    Folders.write(
        folder,
        aside -> {
          export(aside, session, signatures);
          Folders.delete(folder);
        });
  }

  private static void export(Path folder, Session session, Signature... signatures)
      throws IOException {
    try {
      SavedModelBundle.exporter(folder.toString())
          .withSession(session)
          .withSignatures(signatures)
          .export();
    } catch (TensorFlowException e) {
      // A full disk, for one, is TensorFlow's to notice while it saves the variables.
      throw new IOException(e.getMessage(), e);
    }
  }
}
