package org.marginsoftmax.export;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.marginsoftmax.savedmodel.GraphTraversal;
import org.marginsoftmax.savedmodel.TensorName;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;

/**
 * Folds batch norm into weights. In scoring mode, batch norm is a scale and a shift per channel.
 * After a convolution or dense layer with constant weights, the scale goes into the weights and the
 * shift into a bias: the same function up to rounding, with one pass over the data less. Keras 3
 * writes batch norm as products and sums with constants, which are folded too.
 */
final class BatchNormFolding {
  private static final Set<String> LINEAR = Set.of("Conv2D", "DepthwiseConv2dNative", "MatMul");
  private static final Set<String> BATCH_NORM =
      Set.of("FusedBatchNorm", "FusedBatchNormV2", "FusedBatchNormV3");
  private static final Set<String> SUM = Set.of("Add", "AddV2", "BiasAdd");

  private final Map<String, NodeDef> nodes = new LinkedHashMap<>();
  private final Map<String, Integer> uses = new HashMap<>();
  private final Set<String> outputs;

  /** y = scale x + shift, one number a channel each, by constants of so many axes. */
  private record Affine(String input, double[] scale, double[] shift, int rank) {}

  private BatchNormFolding(GraphDef graph, List<String> outputs) {
    this.outputs = Set.copyOf(outputs);
    for (NodeDef node : graph.getNodeList()) {
      nodes.put(node.getName(), node);
      node.getInputList().forEach(i -> uses.merge(TensorName.nodeOf(i), 1, Integer::sum));
    }
  }

  /**
   * Folds a frozen graph.
   *
   * @param outputs names of the nodes to keep
   */
  static GraphDef fold(GraphDef graph, List<String> outputs) {
    BatchNormFolding folding = new BatchNormFolding(graph, outputs);
    for (NodeDef node : graph.getNodeList()) {
      folding.fold(folding.nodes.get(node.getName()));
    }
    GraphDef.Builder folded = graph.toBuilder().clearNode();
    GraphTraversal.ordered(
            outputs,
            name ->
                folding.nodes.get(name).getInputList().stream().map(TensorName::nodeOf).toList())
        .forEach(name -> folded.addNode(folding.nodes.get(name)));
    return folded.build();
  }

  private void fold(NodeDef node) {
    Affine affine = affine(node);
    if (affine == null) {
      return;
    }
    NodeDef bias = null;
    NodeDef above = onlyUsed(affine.input());
    while (above != null && !LINEAR.contains(above.getOp())) {
      double[] added = SUM.contains(above.getOp()) ? channels(above.getInput(1)) : null;
      if (added != null && bias == null && added.length == affine.scale().length) {
        bias = above;
      } else if (!isReshapeOfRows(above, affine.scale().length)) {
        return;
      }
      above = onlyUsed(above.getInput(0));
    }
    if (above == null) {
      return;
    }
    int axes = above.getOp().equals("MatMul") ? 2 : 4;
    if (affine.rank() > axes
        || bias != null && rank(bias.getInput(1)) > axes
        || !weigh(above, affine.scale())) {
      return;
    }
    if (bias == null) {
      String shift = node.getName() + ".shift";
      put(Constants.of(shift, affine.shift(), new long[] {affine.shift().length}));
      put(
          NodeDef.newBuilder()
              .setName(node.getName())
              .setOp("BiasAdd")
              .addInput(affine.input())
              .addInput(shift)
              .putAttr("T", type(DataType.DT_FLOAT))
              .build());
      return;
    }
    double[] old = channels(bias.getInput(1));
    double[] moved = new double[old.length];
    for (int i = 0; i < moved.length; i++) {
      moved[i] = old[i] * affine.scale()[i] + affine.shift()[i];
    }
    String shift = node.getName() + ".shift";
    put(Constants.of(shift, moved, new long[] {moved.length}));
    put(bias.toBuilder().setInput(1, shift).build());
    put(
        NodeDef.newBuilder()
            .setName(node.getName())
            .setOp("Identity")
            .addInput(affine.input())
            .putAttr("T", type(DataType.DT_FLOAT))
            .build());
  }

  /** What a node does to each channel, if it is that. */
  private Affine affine(NodeDef node) {
    if (BATCH_NORM.contains(node.getOp())) {
      double[] gamma = channels(node.getInput(1));
      double[] beta = channels(node.getInput(2));
      double[] mean = channels(node.getInput(3));
      double[] variance = channels(node.getInput(4));
      if (node.getAttrOrThrow("is_training").getB()
          || !isChannelsLast(node)
          || gamma == null
          || beta == null
          || mean == null
          || variance == null) {
        return null;
      }
      float epsilon = node.getAttrOrThrow("epsilon").getF();
      double[] scale = new double[gamma.length];
      double[] shift = new double[gamma.length];
      for (int i = 0; i < scale.length; i++) {
        scale[i] = gamma[i] / Math.sqrt(variance[i] + epsilon);
        shift[i] = beta[i] - mean[i] * scale[i];
      }
      return finite(new Affine(node.getInput(0), scale, shift, 1));
    }
    if (node.getOp().equals("Mul")) {
      for (int i = 0; i < 2; i++) {
        double[] scale = channels(node.getInput(i));
        if (scale != null) {
          return finite(
              new Affine(
                  node.getInput(1 - i), scale, new double[scale.length], rank(node.getInput(i))));
        }
      }
    }
    return null;
  }

  private static Affine finite(Affine affine) {
    for (int i = 0; i < affine.scale().length; i++) {
      if (!Double.isFinite(affine.scale()[i]) || !Double.isFinite(affine.shift()[i])) {
        return null;
      }
    }
    return affine;
  }

  /** Multiplies the weights of a layer by a number a channel, if it has so many channels. */
  private boolean weigh(NodeDef layer, double[] scale) {
    NodeDef kernel = nodes.get(TensorName.nodeOf(layer.getInput(1)));
    if (!Constants.isFloats(kernel)
        || !isChannelsLast(layer)
        || layer.getAttrOrDefault("transpose_b", AttrValue.getDefaultInstance()).getB()) {
      return false;
    }
    long[] shape = Constants.shape(kernel);
    boolean depthwise = layer.getOp().equals("DepthwiseConv2dNative");
    long channels = shape[shape.length - 1] * (depthwise ? shape[shape.length - 2] : 1);
    if (channels != scale.length) {
      return false;
    }
    double[] weights = Constants.floats(kernel);
    for (int i = 0; i < weights.length; i++) {
      weights[i] *= scale[i % scale.length];
    }
    // A kernel that others use too stays as it is for them.
    String name = layer.getName() + ".kernel";
    put(Constants.of(name, weights, shape));
    put(layer.toBuilder().setInput(1, name).build());
    return true;
  }

  /** The node behind an input, if nothing else uses it. */
  private NodeDef onlyUsed(String input) {
    NodeDef node = nodes.get(TensorName.nodeOf(input));
    return TensorName.parse(input).indexOrFirst() == 0
            && uses.getOrDefault(node.getName(), 0) == 1
            && !outputs.contains(node.getName())
            && node.getInputCount() > 0
        ? node
        : null;
  }

  /** [N, D] as [N, 1, 1, D], which batch norm of rows is computed on. */
  private boolean isReshapeOfRows(NodeDef node, int channels) {
    if (!node.getOp().equals("Reshape")) {
      return false;
    }
    long[] sizes = Constants.integers(nodes.get(TensorName.nodeOf(node.getInput(1))));
    return sizes.length == 4 && sizes[1] == 1 && sizes[2] == 1 && sizes[3] == channels;
  }

  private void put(NodeDef node) {
    nodes.put(node.getName(), node);
  }

  /** A constant of one number a channel, [C] or [1, .., C]; null if it is none. */
  private double[] channels(String input) {
    NodeDef node = nodes.get(TensorName.nodeOf(input));
    if (!Constants.isFloats(node)) {
      return null;
    }
    long[] shape = Constants.shape(node);
    for (int i = 0; i + 1 < shape.length; i++) {
      if (shape[i] != 1) {
        return null;
      }
    }
    return shape.length == 0 ? null : Constants.floats(node);
  }

  /**
   * Axes of a constant; more than those of what it is combined with would add axes to the result.
   */
  private int rank(String input) {
    return Constants.shape(nodes.get(TensorName.nodeOf(input))).length;
  }

  private static boolean isChannelsLast(NodeDef node) {
    String format =
        node.getAttrOrDefault("data_format", AttrValue.getDefaultInstance()).getS().toStringUtf8();
    return format.isEmpty() || format.equals("NHWC");
  }

  private static AttrValue type(DataType type) {
    return AttrValue.newBuilder().setType(type).build();
  }
}
