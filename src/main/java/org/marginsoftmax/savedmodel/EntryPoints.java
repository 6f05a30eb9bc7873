package org.marginsoftmax.savedmodel;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.tensorflow.proto.CollectionDef;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.SignatureDef;

/** The nodes and tensors of a graph that runs start from: signatures and initializers. */
public final class EntryPoints {
  /** Collections whose operations TensorFlow runs when it loads a model. */
  static final List<String> LOADED = List.of("saved_model_main_op", "legacy_init_op");

  private static final CollectionDef DEFAULT = CollectionDef.getDefaultInstance();
  private static final String INIT = "__saved_model_init_op";

  private EntryPoints() {}

  /** Whether a signature is meant for users. */
  static boolean isSignature(String name) {
    return !name.startsWith("__saved_model_");
  }

  /** Operations that run on loading, apart from restoring the variables. */
  static Set<String> initializers(MetaGraphDef metaGraph) {
    Set<String> names = new LinkedHashSet<>();
    for (String collection : LOADED) {
      names.addAll(
          metaGraph.getCollectionDefOrDefault(collection, DEFAULT).getNodeList().getValueList());
    }
    SignatureDef init = metaGraph.getSignatureDefMap().get(INIT);
    if (init != null) {
      init.getOutputsMap().values().forEach(tensor -> names.add(tensor.getName()));
    }
    return names;
  }

  /** The output tensors of all signatures meant for users. */
  public static List<String> outputs(MetaGraphDef metaGraph) {
    List<String> names = new ArrayList<>();
    metaGraph
        .getSignatureDefMap()
        .forEach(
            (name, signature) -> {
              if (isSignature(name)) {
                signature.getOutputsMap().values().forEach(tensor -> names.add(tensor.getName()));
              }
            });
    return names;
  }
}
