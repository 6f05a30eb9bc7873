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
   * Writes a session's graph with the values of its variables. The folder is written under a
   * temporary name first, then replaces any existing one.
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
