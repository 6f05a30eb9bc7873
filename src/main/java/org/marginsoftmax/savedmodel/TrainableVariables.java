package org.marginsoftmax.savedmodel;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.tensorflow.proto.CollectionDef;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.SavedObjectGraphOuterClass.SavedVariable;
import org.tensorflow.proto.VariableDef;

/**
 * Finds out which variables a model records as trainable, in TensorFlow 2's object graph or
 * TensorFlow 1's collections.
 */
public final class TrainableVariables {
  private static final String VARIABLES = "variables";
  private static final String TRAINED = "trainable_variables";

  /** Names of moving averages in Keras, TensorFlow and this library. */
  private static final Pattern AVERAGE =
      Pattern.compile("(.*/)?((moving_)?(mean|variance)|ExponentialMovingAverage)(_\\d+)?");

  private final ObjectGraph objects;

  /** Nodes that TensorFlow 1 trains; null if not recorded. */
  private final Set<String> collected;

  /** Reads the records of a model. */
  public TrainableVariables(MetaGraphDef model) {
    this(model, new ObjectGraph(model));
  }

  TrainableVariables(MetaGraphDef model, ObjectGraph objects) {
    this.objects = objects;
    this.collected = collected(model);
  }

  /**
   * Variables in the collection of trainable ones. A graph without it, but with the collection of
   * all variables, has none, since empty collections are not written.
   */
  private static Set<String> collected(MetaGraphDef metaGraph) {
    if (!metaGraph.containsCollectionDef(VARIABLES) && !metaGraph.containsCollectionDef(TRAINED)) {
      return null;
    }
    Set<String> nodes = new HashSet<>();
    try {
      for (ByteString variable :
          metaGraph
              .getCollectionDefOrDefault(TRAINED, CollectionDef.getDefaultInstance())
              .getBytesList()
              .getValueList()) {
        nodes.add(TensorName.nodeOf(VariableDef.parseFrom(variable).getVariableName()));
      }
      return nodes;
    } catch (InvalidProtocolBufferException e) {
      // Older than variables that describe themselves.
      return null;
    }
  }

  /**
   * Whether a variable of the main graph is trainable; empty if that is not recorded. In a
   * TensorFlow 1 graph without collections, every variable counts as trainable unless its name is
   * that of a moving average.
   */
  public Optional<Boolean> isTrained(NodeDef node) {
    Optional<SavedVariable> variable = objects.variable(node);
    if (variable.isPresent()) {
      return Optional.of(variable.get().getTrainable());
    }
    if (!objects.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        collected == null
            ? !AVERAGE.matcher(node.getName()).matches()
            : collected.contains(node.getName()));
  }
}
