package org.marginsoftmax.keras;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.marginsoftmax.savedmodel.InvalidModel;
import org.marginsoftmax.savedmodel.SavedModelFolder;
import org.tensorflow.proto.SavedObjectGraphOuterClass.SavedObject;
import org.tensorflow.proto.SavedObjectGraphOuterClass.SavedUserObject;

/**
 * The program that wrote a SavedModel.
 *
 * @param kind {@code Keras 2 (model.save)}, {@code Keras 2 (model.export)}, {@code Keras 3
 *     (model.export)}, {@code TensorFlow 2} or {@code TensorFlow 1}, the last also for graphs
 *     written by TensorFlow Java
 * @param kerasVersion null if not recorded; {@code model.export} does not record it
 * @param tensorflowVersion null if not recorded
 */
public record Producer(String kind, String kerasVersion, String tensorflowVersion) {
  private static final Pattern VERSION =
      Pattern.compile("\"keras_version\": ?\"([0-9A-Za-z.+-]{1,40})\"");

  private static final int MOST_METADATA_BYTES = 64 << 20;

  static Producer of(SavedModelFolder folder) {
    String version = folder.metaGraph().getMetaInfoDef().getTensorflowVersion();
    String keras = kerasVersion(folder.path().resolve("keras_metadata.pb"));
    return new Producer(kind(folder), keras, version.isEmpty() ? null : InvalidModel.line(version));
  }

  private static String kind(SavedModelFolder folder) {
    List<SavedObject> objects = folder.metaGraph().getObjectGraphDef().getNodesList();
    if (objects.isEmpty()) {
      return "TensorFlow 1";
    }
    SavedUserObject root = objects.get(0).getUserObject();
    Set<String> children =
        objects.get(0).getChildrenList().stream()
            .map(child -> child.getLocalName())
            .collect(Collectors.toSet());
    if (root.getIdentifier().startsWith("_tf_keras_")) {
      return "Keras 2 (model.save)";
    }
    if (children.contains("_all_variables")) {
      // Keras 2 keeps its list of endpoints where the model can see it.
      return children.contains("_endpoint_names")
          ? "Keras 2 (model.export)"
          : "Keras 3 (model.export)";
    }
    return "TensorFlow 2";
  }

  private static String kerasVersion(Path metadata) {
    if (!Files.isRegularFile(metadata)) {
      return null;
    }
    try (InputStream in = Files.newInputStream(metadata)) {
      Matcher version =
          VERSION.matcher(
              new String(in.readNBytes(MOST_METADATA_BYTES), StandardCharsets.ISO_8859_1));
      return version.find() ? version.group(1) : null;
    } catch (IOException e) {
      // Nothing depends on it.
      return null;
    }
  }
}
