package org.marginsoftmax.keras;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.backbone.Backbone;
import org.marginsoftmax.backbone.PixelScaling;
import org.marginsoftmax.layer.Layers;
import org.marginsoftmax.layer.Variable;
import org.marginsoftmax.layer.Variables;
import org.marginsoftmax.savedmodel.FlatGraph;
import org.marginsoftmax.savedmodel.FlatGraphWriter;
import org.marginsoftmax.savedmodel.FlatNode;
import org.marginsoftmax.savedmodel.Inliner;
import org.marginsoftmax.savedmodel.ModelVariable;
import org.marginsoftmax.savedmodel.ModelVariables;
import org.marginsoftmax.savedmodel.Operations;
import org.marginsoftmax.savedmodel.SavedModelFolder;
import org.marginsoftmax.savedmodel.Shapes;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.FunctionDef;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.TensorShapeProto;
import org.tensorflow.types.TFloat32;

/**
 * A Keras model as a backbone. The part of the model that leads from samples to features is copied
 * node by node into the graph that trains or scores, with variables of that graph that start from
 * the model's values. Function calls are inlined ({@link Inliner}), because gradients cannot be
 * taken through them.
 *
 * <p>Batch norm keeps its moving averages and dropout is off, unless {@link FineTuning} asks for
 * them and the model has a function for training: Keras 2 folders have one, Keras 3 exports only if
 * an endpoint with {@code training=True} was added.
 */
public final class KerasBackbone implements Backbone {
  private final SavedModelFolder folder;
  private final FineTuning options;
  private final ModelVariables variables;
  private final ModelWeights weights;
  private final Map<String, FunctionDef> functions;
  private final String signature;
  private final FeatureGraph asWritten;
  private final FeatureGraph scoring;
  private final FeatureGraph training;
  private final ModelInput input;
  private final TensorShapeProto featureShape;

  /** Number of trained layers above each trained variable, by its name. */
  private final Map<String, Integer> layers;

  /**
   * Whether gradients stop at a loop whose number of steps follows from the size of the samples.
   */
  private final boolean waits;

  private final Map<List<Long>, KerasBackbone> sized = new HashMap<>();

  /**
   * Finds the features in a model.
   *
   * @throws InvalidInputException with a one-line message if the model has no such signature,
   *     output or layer, or if an operation between its variables and the features has no gradient
   */
  public KerasBackbone(SavedModelFolder folder, FineTuning options) {
    this(folder, options, null);
  }

  /**
   * @param sizes of the samples; null if they are not known yet
   */
  private KerasBackbone(SavedModelFolder folder, FineTuning options, List<Long> sizes) {
    this.folder = folder;
    this.options = options;
    variables = ModelVariables.of(folder);
    weights = new ModelWeights(folder, variables, options);
    functions =
        folder.metaGraph().getGraphDef().getLibrary().getFunctionList().stream()
            .collect(Collectors.toMap(f -> f.getSignature().getName(), Function.identity()));
    FeatureSearch search = search(false, null);
    asWritten = search.scoring();
    signature = search.signature();
    input = search.input();
    boolean stopped = GradientCheck.stopsAtLoop(asWritten, variables, options);
    waits = stopped && sizes == null && input.isOpen();
    if (stopped && !waits) {
      search = search(true, sizes);
    }
    scoring = search.scoring();
    training = options.training() ? search.training() : scoring;
    FeatureGraphCheck.run(scoring, training, variables, options, used());
    if (!waits) {
      GradientCheck.check(training, variables, options);
    }
    layers = LayerOrder.of(training, variables, used().stream().filter(options::trains).toList());
    featureShape = featureShape();
    checkBatch();
  }

  private FeatureSearch search(boolean unrolls, List<Long> sizes) {
    return new FeatureSearch(folder, options, variables, weights::average, unrolls, sizes);
  }

  /**
   * Checks that the features are one vector for each image, as far as their shape is known in
   * advance.
   *
   * @throws InvalidInputException with their shape if they are not
   */
  public void checkFeatures() {
    int rank = featureShape.getDimCount();
    boolean flattened = options.embedding() != null && rank > 2;
    if (!featureShape.getUnknownRank() && rank != 2 && !flattened) {
      throw new InvalidInputException(
          "model: expected features [N, D], found %s; choose another layer with `layer`, %s"
              .formatted(
                  Shapes.sizes(featureShape).stream()
                      .map(size -> size < 0 ? "N" : size.toString())
                      .collect(Collectors.joining(", ", "[", "]")),
                  rank > 2
                      ? "pool or flatten them in the model, or train a layer above them with `embedding` 128"
                      : "or keep an axis of numbers in the model"));
    }
  }

  /** The input of the model for samples. */
  public ModelInput input() {
    return input;
  }

  /**
   * Reasons why the features of an image depend on chance or on its batch, and gradients of the
   * model's own that training does not use, in words; usually empty.
   */
  public List<String> warnings() {
    return Stream.concat(
            InferenceWarnings.of(scoring, variables).stream(),
            GradientCheck.ownGradients(training, variables, options).stream())
        .toList();
  }

  /**
   * Whether gradients stop at a loop unless samples have one length, for which it is written out
   * step by step.
   */
  boolean waitsForLength() {
    return waits;
  }

  /**
   * The model with a signature added for the trained features; empty if they are an output of the
   * model already.
   */
  Optional<MetaGraphDef> withFeatures() {
    return options.layer() == null
        ? Optional.empty()
        : Optional.of(
            FeaturesSignature.added(
                folder.metaGraph(), signature, input.name(), asWritten, variables, featureShape));
  }

  /** Shape of the features, as far as it is known for all images. */
  private TensorShapeProto featureShape() {
    List<Long> sizes = input.shape();
    if (sizes.size() != 4) {
      return TensorShapeProto.newBuilder().setUnknownRank(true).build();
    }
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      Operand<TFloat32> images =
          tf.placeholder(
              TFloat32.class,
              Placeholder.shape(Shape.of(sizes.stream().mapToLong(Long::longValue).toArray())));
      Shape shape = modelFeatures(Layers.scoring(tf, new Variables(tf, 0)), images).shape();
      if (shape.isUnknown()) {
        return TensorShapeProto.newBuilder().setUnknownRank(true).build();
      }
      TensorShapeProto.Builder known = TensorShapeProto.newBuilder();
      Arrays.stream(shape.asArray()).forEach(size -> known.addDimBuilder().setSize(size));
      return known.build();
    }
  }

  SavedModelFolder folder() {
    return folder;
  }

  ModelVariables variables() {
    return variables;
  }

  /** The float32 variables that the features depend on, which a run has copies of. */
  List<ModelVariable> used() {
    return Stream.of(scoring, training)
        .flatMap(part -> part.needed().stream())
        .filter(node -> node.type().equals("VarHandleOp"))
        .map(node -> variables.of(node.output(0)))
        .filter(variable -> variable.type() == DataType.DT_FLOAT)
        .distinct()
        .toList();
  }

  /**
   * How many parameters of the model are trained and how many are kept, and the mode of batch norm
   * and dropout, in words.
   */
  public String trained() {
    long trained = 0;
    long kept = 0;
    for (ModelVariable variable : used()) {
      if (options.trains(variable)) {
        trained += variable.shape().size();
      } else {
        kept += variable.shape().size();
      }
    }
    return "%,d of its numbers trained, %,d kept%s%s%s"
        .formatted(
            trained,
            kept,
            options.batchNorm() ? ", batch norm in training mode" : ", batch norm frozen",
            options.dropout() ? ", with dropout" : "",
            options.rates().said((int) layers.values().stream().distinct().count()));
  }

  @Override
  public Set<Integer> ranks() {
    return Set.of(1, 2, 3);
  }

  /** The batch norm of a Keras model is an operation that sees one part of a batch. */
  @Override
  public boolean divides() {
    return false;
  }

  @Override
  public PixelScaling pixels() {
    if (options.scaling() != null) {
      return options.scaling();
    }
    return input.range().known();
  }

  @Override
  public double rate(Variable variable) {
    return variable.name().startsWith(ModelWeights.PREFIX)
        ? options.rates().rate(above(variable))
        : 1;
  }

  @Override
  public long trainedFrom(Variable variable) {
    return variable.name().startsWith(ModelWeights.PREFIX)
        ? options.rates().from(above(variable))
        : 0;
  }

  /** Number of trained layers between a variable of the model and the features. */
  private int above(Variable variable) {
    return layers.getOrDefault(variable.name().substring(ModelWeights.PREFIX.length()), 0);
  }

  @Override
  public Operand<TFloat32> features(Layers layers, Operand<TFloat32> samples) {
    return embedding(layers, modelFeatures(layers, samples));
  }

  /**
   * The model's features of samples, float32, without the new embedding layer.
   *
   * @param samples images, float32 [N, H, W, channels], or arrays, float32 [N, ...]
   * @throws InvalidInputException if the samples do not fit the model, or no gradient passes a loop
   *     over as many steps as they have
   */
  public Operand<TFloat32> modelFeatures(Layers layers, Operand<TFloat32> samples) {
    Operand<?> fed = input.samples(layers.tf(), samples);
    List<Long> sizes = Arrays.stream(fed.shape().asArray()).skip(1).boxed().toList();
    return waits && !sizes.contains(-1L)
        ? sized
            .computeIfAbsent(sizes, all -> new KerasBackbone(folder, options, all))
            .modelFeaturesOf(layers, fed)
        : modelFeaturesOf(layers, fed);
  }

  private Operand<TFloat32> modelFeaturesOf(Layers layers, Operand<?> fed) {
    FeatureGraph part = layers.training() ? training : scoring;
    FlatGraphWriter writer =
        new FlatGraphWriter(
            layers.tf(),
            layers.training() ? "train/" : "score/",
            functions,
            weights.reader(layers, part.moves()));
    writer.replace(part.images(), fed);
    Operand<TFloat32> features = float32(layers.tf(), writer.write(part.flat(), part.features()));
    for (FlatNode move : part.moves()) {
      move(layers, part.flat(), writer, move);
    }
    return features;
  }

  /**
   * Applies the new embedding layer, dense with batch norm, to the model's features; returns them
   * unchanged if there is no such layer.
   *
   * @param features float32 [N, ...]
   * @return float32 [N, D]
   */
  public Operand<TFloat32> embedding(Layers layers, Operand<TFloat32> features) {
    if (options.embedding() == null) {
      return features;
    }
    return layers.batchNorm(
        "embedding/norm", layers.dense("embedding", flat(layers, features), options.embedding()));
  }

  private static Operand<TFloat32> flat(Layers layers, Operand<TFloat32> features) {
    return features.shape().numDimensions() > 2 ? layers.flatten(features) : features;
  }

  private static Operand<TFloat32> float32(Ops tf, Output<?> output) {
    Operand<?> cast =
        output.dataType() == DataType.DT_FLOAT
            ? output
            : Operations.cast(tf, output, DataType.DT_FLOAT);
    return cast.asOutput().expect(TFloat32.class);
  }

  private void move(Layers layers, FlatGraph flat, FlatGraphWriter writer, FlatNode move) {
    ModelVariable target = variables.of(move.inputs().get(0));
    if (target.type() != DataType.DT_FLOAT) {
      // The state of a generator; our draws are functions of seed and step.
      return;
    }
    Operand<TFloat32> value = writer.write(flat, move.inputs().get(1)).expect(TFloat32.class);
    Variable variable = weights.variable(layers, target);
    layers.eachStep(
        after ->
            switch (move.type()) {
              case "AssignSubVariableOp" -> after.assignSubVariableOp(variable.handle(), value);
              case "AssignAddVariableOp" -> after.assignAddVariableOp(variable.handle(), value);
              default -> variable.assign(after, value);
            });
  }

  /** Refuses a model in which a reshape fixes the batch size. */
  private void checkBatch() {
    if (featureShape.getDimCount() > 0 && featureShape.getDim(0).getSize() >= 0) {
      throw new InvalidInputException(
          "model: expected features of any number of images, found those of %d alone, as the model was made for batches of %1$d; export it with a batch size of None"
              .formatted(featureShape.getDim(0).getSize()));
    }
  }
}
