package org.marginsoftmax.keras;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.SavedModel;

/**
 * A SavedModel folder read as data: nothing of it has been given to TensorFlow.
 *
 * @param path of the folder
 * @param metaGraph the one tagged {@code serve}: graph, function library, signatures, object graph
 */
public record SavedModelFolder(Path path, MetaGraphDef metaGraph) {
  /**
   * Reads a folder.
   *
   * @throws IllegalArgumentException in one line, for whatever is no SavedModel
   */
  public static SavedModelFolder read(Path folder) {
    try (InputStream in = Files.newInputStream(folder.resolve("saved_model.pb"))) {
      return new SavedModelFolder(folder, SavedModel.parseFrom(in).getMetaGraphs(0));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Prefix of the files with the values of the variables. */
  public Path variables() {
    return path.resolve("variables").resolve("variables");
  }
}
