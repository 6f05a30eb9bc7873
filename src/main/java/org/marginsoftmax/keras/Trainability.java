package org.marginsoftmax.keras;

import java.util.ArrayList;
import java.util.List;
import org.tensorflow.proto.DataType;

/** Whether a model can be fine-tuned. */
final class Trainability {
  private Trainability() {}

  /** What stands in the way, each in a line; empty where nothing does. */
  static List<String> obstacles(SavedModelFolder folder) {
    List<String> obstacles = new ArrayList<>();
    Audit audit = Audit.of(folder);
    if (!audit.isPure()) {
      obstacles.add("it does more than compute: " + audit.findings().get(0));
    }
    if (SignatureSpec.all(folder).stream().noneMatch(Trainability::hasFeatures)) {
      obstacles.add("no signature has an output of floats [N, D] or more");
    }
    if (GraphVariables.before(folder.metaGraph(), Roots.outputs(folder.metaGraph())).stream()
        .noneMatch(
            GraphVariables.of(folder.metaGraph()).stream().map(n -> n.getName()).toList()
                ::contains)) {
      obstacles.add("no signature reads a variable; its weights are constants");
    }
    return obstacles;
  }

  private static boolean hasFeatures(SignatureSpec signature) {
    return signature.outputs().stream()
        .anyMatch(
            output ->
                output.type() == DataType.DT_FLOAT
                    && (output.shape() == null || output.shape().size() >= 2));
  }
}
