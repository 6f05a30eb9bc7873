package org.marginsoftmax.savedmodel;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.marginsoftmax.InvalidInputException;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.SavedModel;

/**
 * A SavedModel folder that was read as data, without giving any of it to TensorFlow. It is checked
 * for consistency: files, names, inputs, calls, attributes and sizes are as {@link GraphCheck} and
 * {@link Checkpoint} require. Whether it is safe to run is checked separately, by {@link Audit}.
 *
 * @param path of the folder
 * @param metaGraph the one tagged {@code serve}: graph, function library, signatures, object graph
 */
public record SavedModelFolder(Path path, MetaGraphDef metaGraph) {
  /** What {@code SavedModelBundle.load} is told to look for. */
  static final String TAG = "serve";

  /** Whether a folder holds a SavedModel, whole or damaged, and not something else. */
  public static boolean isAt(Path folder) {
    return Files.exists(folder.resolve("saved_model.pb"));
  }

  /**
   * Reads and checks a folder.
   *
   * @throws InvalidInputException with a one-line message if the folder is not a SavedModel, or is
   *     damaged
   */
  public static SavedModelFolder read(Path folder) {
    ModelFiles.check(folder);
    SavedModelFolder read = new SavedModelFolder(folder, serving(folder));
    GraphCheck.run(folder, read.metaGraph);
    if (read.hasVariables()) {
      CheckpointCheck.run(read.variables(), read.metaGraph, Checkpoint.read(read.variables()));
    }
    return read;
  }

  private static MetaGraphDef serving(Path folder) {
    SavedModel model = ModelFiles.parse(folder.resolve("saved_model.pb"));
    List<MetaGraphDef> serving =
        model.getMetaGraphsList().stream()
            .filter(g -> g.getMetaInfoDef().getTagsList().equals(List.of(TAG)))
            .toList();
    if (serving.size() != 1) {
      List<String> tags =
          model.getMetaGraphsList().stream()
              .map(g -> String.join(",", g.getMetaInfoDef().getTagsList()))
              .toList();
      throw InvalidModel.at(
          folder,
          "one graph tagged serve",
          serving.isEmpty() ? "graphs tagged " + tags : serving.size() + " of them",
          "export the model for serving");
    }
    return serving.get(0);
  }

  /** Path prefix of the checkpoint files that hold the variables. */
  public Path variables() {
    return path.resolve("variables").resolve("variables");
  }

  /** Whether the main graph or any function has variables. */
  public boolean hasVariables() {
    return Subgraph.all(metaGraph).stream()
        .flatMap(body -> body.nodes().stream())
        .anyMatch(node -> GraphVariables.isVariable(node));
  }
}
