package org.marginsoftmax.keras;

import java.nio.ByteOrder;
import java.nio.IntBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.marginsoftmax.savedmodel.FlatGraph;
import org.marginsoftmax.savedmodel.FlatNode;
import org.marginsoftmax.savedmodel.ModelVariable;
import org.marginsoftmax.savedmodel.ModelVariables;
import org.marginsoftmax.savedmodel.Shapes;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.TensorProto;

/**
 * Finds what makes a signature's output for an image depend on chance, or on the other images in a
 * batch. Keras 3's {@code model.export} writes both for models with random or resizing layers.
 */
final class InferenceWarnings {
  private static final Pattern DRAW =
      Pattern.compile(
          "(Stateless|Stateful)?(Random(Uniform|Normal|StandardNormal|Gamma|Poisson|Binomial)|TruncatedNormal|Multinomial)\\w*");
  private static final String REMEDY =
      "where the model was exported in training mode, export it anew by an ExportArchive whose endpoint calls model(x, training=False)";

  private InferenceWarnings() {}

  /** In words, one line for each kind; empty where an image has one answer. */
  static List<String> of(FeatureGraph part, ModelVariables variables) {
    List<FlatNode> needed = part.needed();
    List<String> found = new ArrayList<>();
    List<String> moved =
        TrainingMode.assignments(part.flat()).stream()
            .map(node -> node.inputs().get(0))
            .filter(variables::isHandle)
            .map(variables::of)
            .filter(variable -> variable.type() == DataType.DT_FLOAT)
            .map(ModelVariable::name)
            .distinct()
            .toList();
    String batch = batchNorm(part, needed);
    if (!moved.isEmpty() || batch != null) {
      found.add(
          "an image's features depend on the other images of its batch%s%s: %s"
              .formatted(
                  batch == null ? "" : " by " + batch,
                  moved.isEmpty()
                      ? ""
                      : ", and each call moves %d statistics (%s)"
                          .formatted(moved.size(), moved.get(0)),
                  REMEDY));
    }
    needed.stream()
        .filter(node -> DRAW.matcher(node.type()).matches())
        .findFirst()
        .ifPresent(
            node ->
                found.add(
                    "an image's features depend on random numbers, by %s (%s): %s"
                        .formatted(node.name(), node.type(), REMEDY)));
    return found;
  }

  /** The first operation that looks across the images of a batch; null for none. */
  private static String batchNorm(FeatureGraph part, List<FlatNode> needed) {
    Set<String> dependent = new HashSet<>(Set.of(FlatNode.nodeOf(part.images())));
    for (FlatNode node : needed) {
      if (node.inputs().stream().noneMatch(in -> dependent.contains(FlatNode.nodeOf(in)))
          || node.type().equals("Shape")) {
        continue;
      }
      dependent.add(node.name());
      // Layer norm is written as a batch norm of ones, which is no variable.
      boolean fused =
          node.type().startsWith("FusedBatchNorm")
              && Preprocessing.inTraining(node)
              && part.flat()
                  .of(part.flat().origin(node.inputs().get(1)))
                  .type()
                  .equals("ReadVariableOp");
      if (fused || node.type().equals("Mean") && overBatch(part.flat(), node)) {
        return "%s (%s)".formatted(node.name(), node.type());
      }
    }
    return null;
  }

  private static boolean overBatch(FlatGraph flat, FlatNode mean) {
    AttrValue axes = flat.of(flat.origin(mean.inputs().get(1))).attributes().get("value");
    if (axes == null) {
      return false;
    }
    TensorProto values = axes.getTensor();
    return Shapes.elements(values.getTensorShape()) > 0
        && (values.getTensorContent().isEmpty()
            ? values.getIntValList().isEmpty() || values.getIntValList().contains(0)
            : contains(values));
  }

  private static boolean contains(TensorProto values) {
    IntBuffer integers =
        values
            .getTensorContent()
            .asReadOnlyByteBuffer()
            .order(ByteOrder.LITTLE_ENDIAN)
            .asIntBuffer();
    while (integers.hasRemaining()) {
      if (integers.get() == 0) {
        return true;
      }
    }
    return false;
  }
}
