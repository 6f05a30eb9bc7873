package org.marginsoftmax.keras;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.savedmodel.FlatGraph;
import org.marginsoftmax.savedmodel.FlatNode;
import org.marginsoftmax.savedmodel.Inliner;
import org.marginsoftmax.savedmodel.InputValues;
import org.marginsoftmax.savedmodel.ModelVariables;
import org.marginsoftmax.savedmodel.SavedModelFolder;
import org.marginsoftmax.savedmodel.Shapes;
import org.marginsoftmax.savedmodel.SignatureSpec;
import org.marginsoftmax.savedmodel.TensorName;
import org.marginsoftmax.savedmodel.TensorSpec;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.SignatureDef;
import org.tensorflow.proto.TensorInfo;
import org.tensorflow.proto.TensorShapeProto;

/** Finds the features in a model: in the graph that scores, and in the one that trains. */
final class FeatureSearch {
  private final MetaGraphDef model;
  private final FineTuning options;
  private final ModelVariables variables;
  private final ToDoubleFunction<String> averages;
  private final boolean unrolls;
  private final String signature;
  private final InputValues values;
  private final FeatureGraph scoring;
  private ModelInput input;

  /**
   * @param averages mean of the elements of the variable with a handle
   * @param unrolls whether loops over a known number of steps are replaced by their steps
   * @param sizes of the samples, where the model leaves them open; null if they are not known
   */
  FeatureSearch(
      SavedModelFolder folder,
      FineTuning options,
      ModelVariables variables,
      ToDoubleFunction<String> averages,
      boolean unrolls,
      List<Long> sizes) {
    this.averages = averages;
    this.unrolls = unrolls;
    this.options = options;
    this.variables = variables;
    SignatureSpec chosen = SignatureSpec.of(folder, options.signature());
    this.signature = chosen.name();
    this.values = InputValues.of(folder, chosen, options.inputValues());
    this.model = sizes == null ? folder.metaGraph() : sized(folder.metaGraph(), sizes);
    scoring = ofSignature(signature, true);
  }

  /** The model with the sizes of its samples as the shape of what is fed. */
  private MetaGraphDef sized(MetaGraphDef model, List<Long> sizes) {
    Set<String> fed =
        values.open().inputs().stream()
            .map(TensorSpec::operand)
            .map(TensorName::nodeOf)
            .collect(Collectors.toSet());
    TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
    shape.addDimBuilder().setSize(-1);
    sizes.forEach(size -> shape.addDimBuilder().setSize(size));
    AttrValue value = AttrValue.newBuilder().setShape(shape).build();
    MetaGraphDef.Builder sized = model.toBuilder();
    sized.getGraphDefBuilder().getNodeBuilderList().stream()
        .filter(node -> fed.contains(node.getName()))
        .forEach(node -> node.putAttr("shape", value));
    return sized.build();
  }

  /** Name of the signature that is searched. */
  String signature() {
    return signature;
  }

  FeatureGraph scoring() {
    return scoring;
  }

  ModelInput input() {
    return input;
  }

  /**
   * The part for training, with batch norm and dropout as asked for.
   *
   * @throws InvalidInputException if the model has no function for training
   */
  FeatureGraph training() {
    FeatureGraph both =
        trainingSignature()
            .map(name -> ofSignature(name, false))
            .or(this::ofTrainingCall)
            .orElseThrow(
                () ->
                    new InvalidInputException(
                        "training mode: expected a function with training=True in the model, found none; with Keras 3 add_endpoint(\"train\", lambda x: model(x, training=True), ...), or train with batch norm frozen and without dropout"));
    FlatGraph flat = both.flat();
    if (!options.batchNorm()) {
      flat = TrainingMode.frozenStatistics(flat, variables);
    }
    if (!options.dropout()) {
      flat = TrainingMode.withoutDropout(flat);
    }
    List<FlatNode> moves = TrainingMode.assignments(flat);
    TrainingMode.requireStatisticsMovedOnce(moves, variables);
    return new FeatureGraph(flat, both.images(), both.features(), moves);
  }

  /** A signature that takes what the chosen one takes and moves statistics besides. */
  private Optional<String> trainingSignature() {
    List<String> moving = new ArrayList<>();
    SignatureDef chosen = model.getSignatureDefOrThrow(signature);
    model
        .getSignatureDefMap()
        .forEach(
            (name, other) -> {
              if (!name.equals(signature)
                  && other.getInputsCount() == chosen.getInputsCount()
                  && !TrainingMode.assignments(flattened(other).graph()).isEmpty()) {
                moving.add(name);
              }
            });
    return moving.contains("train") ? Optional.of("train") : moving.stream().sorted().findFirst();
  }

  private Inliner flattened(SignatureDef definition) {
    try (Inliner flattening = inliner()) {
      definition.getOutputsMap().values().forEach(out -> flattening.output(out.getName()));
      return flattening;
    }
  }

  private Inliner inliner() {
    return new Inliner(model, values.constants(), unrolls);
  }

  private FeatureGraph ofSignature(String name, boolean chosen) {
    SignatureDef definition = model.getSignatureDefOrThrow(name);
    Inliner flattening = flattened(definition);
    // A layer may be below any output, as long as none is asked for.
    Collection<String> outputs =
        options.layer() != null && options.output() == null
            ? new TreeSet<>(definition.getOutputsMap().keySet())
            : List.of(output(definition, name));
    List<String> results =
        outputs.stream()
            .map(output -> flattening.output(definition.getOutputsOrThrow(output).getName()))
            .toList();
    return part(definition, flattening, inner(flattening.graph(), results), chosen);
  }

  /** Keras 2's call of the whole model, which signatures do not lead to. */
  private Optional<FeatureGraph> ofTrainingCall() {
    return new TrainingFunctions(model)
        .ofModel()
        .map(
            function -> {
              SignatureDef definition = model.getSignatureDefOrThrow(signature);
              if (definition.getInputsCount() != 1) {
                throw new InvalidInputException(
                    "training mode: expected a model with one input, found %d; train with batch norm frozen and without dropout"
                        .formatted(definition.getInputsCount()));
              }
              try (Inliner flattening = inliner()) {
                return trainingPart(definition, flattening, function);
              }
            });
  }

  private FeatureGraph trainingPart(SignatureDef definition, Inliner flattening, String function) {
    List<String> arguments = new ArrayList<>();
    definition
        .getInputsMap()
        .values()
        .forEach(in -> arguments.add(flattening.output(in.getName())));
    variables.captured(function).forEach(handle -> arguments.add(flattening.output(handle)));
    List<String> results = flattening.call(function, arguments);
    if (results.size() != 1 && options.layer() == null) {
      throw new InvalidInputException(
          "training mode: expected a model with one output, found %d; choose the features with `layer`"
              .formatted(results.size()));
    }
    return part(definition, flattening, inner(flattening.graph(), results), false);
  }

  /** The output asked for, or the only one that can be meant. */
  private String output(SignatureDef definition, String name) {
    Map<String, TensorInfo> outputs = definition.getOutputsMap();
    if (options.output() != null && outputs.containsKey(options.output())) {
      return options.output();
    }
    List<String> matrices =
        outputs.entrySet().stream()
            .filter(e -> Shapes.isFloat(e.getValue().getDtype()))
            .filter(e -> e.getValue().getTensorShape().getDimCount() == 2)
            .map(Map.Entry::getKey)
            .toList();
    if (options.output() == null && outputs.size() == 1) {
      return outputs.keySet().iterator().next();
    }
    if (options.output() == null && matrices.size() == 1) {
      return matrices.get(0);
    }
    throw new InvalidInputException(
        "output: expected one of %s in signature %s, found %s; name one with `output-name`"
            .formatted(
                String.join(", ", new TreeSet<>(outputs.keySet())),
                name,
                options.output() == null ? "none chosen" : "'" + options.output() + "'"));
  }

  /** The layer asked for below some outputs; the only output where none is. */
  private String inner(FlatGraph flat, List<String> outputs) {
    if (options.layer() == null) {
      return outputs.get(0);
    }
    return flat.layer(options.layer(), outputs)
        .map(node -> node.output(0))
        .orElseThrow(
            () ->
                new InvalidInputException(
                    "layer: expected one of %s, found '%s'; name one with `layer`"
                        .formatted(String.join(", ", flat.layers(outputs)), options.layer())));
  }

  private FeatureGraph part(
      SignatureDef definition, Inliner flattening, String features, boolean chosen) {
    FlatGraph flat = flattening.graph();
    List<FlatNode> needed = flat.needed(List.of(features));
    Map<String, String> inputs = new LinkedHashMap<>();
    definition
        .getInputsMap()
        .forEach((name, in) -> inputs.put(name, flattening.output(in.getName())));
    inputs.keySet().retainAll(values.open().inputs().stream().map(TensorSpec::name).toList());
    inputs.values().removeIf(in -> !needed.contains(flat.of(in)));
    if (inputs.size() != 1) {
      throw new InvalidInputException(
          "model: expected features that depend on one input, found %s; %schoose another output or layer"
              .formatted(
                  inputs.isEmpty() ? "none" : String.join(", ", inputs.keySet()),
                  values.wayOut(inputs.keySet())));
    }
    String name = inputs.keySet().iterator().next();
    String images = inputs.get(name);
    if (chosen) {
      input =
          ModelInput.of(name, definition.getInputsOrThrow(name), images, flat, needed, averages);
    }
    return new FeatureGraph(flat, images, features, List.of());
  }
}
