package org.marginsoftmax.train;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.Providers;
import org.marginsoftmax.backbone.Backbone;
import org.marginsoftmax.backbone.PixelScaling;
import org.marginsoftmax.data.ElementSpec;
import org.marginsoftmax.data.ImageShape;
import org.marginsoftmax.layer.Centers;
import org.marginsoftmax.layer.Head;
import org.marginsoftmax.layer.Initializer;
import org.marginsoftmax.layer.Layers;
import org.marginsoftmax.layer.MarginSoftmax;
import org.marginsoftmax.layer.Precision;
import org.marginsoftmax.layer.SampledClasses;
import org.marginsoftmax.layer.Variable;
import org.marginsoftmax.layer.Variables;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.family.TNumber;

/**
 * The network that is trained: a backbone and a head.
 *
 * @param element type and shape of every sample
 * @param backbone turns samples into features
 * @param head turns features and class centers into logits and a loss
 * @param classes C, number of classes, at least 2
 * @param firstValues initial values of some variables, by name, in place of the usual ones
 * @param pixels what becomes of pixels before the backbone sees them; without effect on arrays
 * @param shards number of blocks of classes that the centers are divided into, 1..C
 * @param partialFc which classes a training step computes with
 * @param precision of the products of backbone and head while they are trained; scores are always
 *     computed in float32
 */
public record Network(
    ElementSpec element,
    Backbone backbone,
    Head head,
    int classes,
    Map<String, Initializer> firstValues,
    PixelScaling pixels,
    int shards,
    PartialFc partialFc,
    Precision precision) {
  /** Name of the variable that holds the class centers. */
  public static final String CENTERS = "centers";

  /** Prefix of the names of the head's other variables. */
  static final String HEAD = "head/";

  /** Classes of a shard that a few more or less make little difference to. */
  private static final int MANY = 100;

  /**
   * Backbones and heads that are not of this library are {@link Providers#guarded}.
   *
   * @throws InvalidInputException if there are fewer than 2 classes, the backbone does not accept
   *     samples of this rank, or the pixels are scaled for another number of channels
   */
  public Network {
    firstValues = Map.copyOf(firstValues);
    backbone = Providers.guarded(Backbone.class, "backbone", backbone);
    head = Providers.guarded(Head.class, "head", head);
    if (classes < 2) {
      throw new InvalidInputException(
          "classes: expected at least 2, found " + classes + "; use data with more classes");
    }
    if (shards < 1 || shards > classes) {
      throw new InvalidInputException(
          "shards: expected 1 up to the number of classes, %d, found %d; 1 is right for few classes"
              .formatted(classes, shards));
    }
    if (!backbone.ranks().contains(element.sizes().size())) {
      throw new InvalidInputException(
          "backbone: expected samples of %s, found %s; choose a backbone that takes these with `backbone`, or give other data"
              .formatted(
                  backbone.ranks().stream()
                      .sorted()
                      .map(Network::samplesOf)
                      .collect(Collectors.joining(" or ")),
                  element));
    }
    if (element instanceof ImageShape image) {
      pixels.requireChannels(image.channels());
    }
  }

  private static String samplesOf(int rank) {
    return switch (rank) {
      case 1 -> "features [D]";
      case 2 -> "arrays [T, F]";
      case 3 -> "images [H, W, channels]";
      default -> rank + " dimensions";
    };
  }

  /** A network with random initial class centers, {@link Initializer#classCenters}. */
  public Network(ElementSpec element, Backbone backbone, Head head, int classes) {
    this(
        element,
        backbone,
        head,
        classes,
        Map.of(),
        element instanceof ImageShape
            ? Providers.guarded(Backbone.class, "backbone", backbone).pixels()
            : PixelScaling.RAW,
        1,
        PartialFc.NONE,
        Precision.FLOAT32);
  }

  /** The same network with some variables starting from these values. */
  public Network withFirstValues(Map<String, Initializer> firstValues) {
    Map<String, Initializer> all = new LinkedHashMap<>(this.firstValues);
    all.putAll(firstValues);
    return new Network(element, backbone, head, classes, all, pixels, shards, partialFc, precision);
  }

  /**
   * The variables of the backbone that a trained model needs; builds the backbone to find out.
   *
   * @return shapes by name
   */
  public Map<String, Shape> backboneVariables() {
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      Variables variables = new Variables(tf, 0);
      features(Layers.scoring(tf, variables), elements(tf));
      Map<String, Shape> shapes = new LinkedHashMap<>();
      variables.inModel().forEach(v -> shapes.put(v.name(), v.shape()));
      return shapes;
    }
  }

  /** The same network with these initial class centers, float32 [C K, D]. */
  public Network withCenters(Initializer firstCenters) {
    return withFirstValues(Map.of(CENTERS, firstCenters));
  }

  /** The same network with another scaling of pixels than its backbone says. */
  public Network withPixels(PixelScaling pixels) {
    return new Network(
        element, backbone, head, classes, firstValues, pixels, shards, partialFc, precision);
  }

  /**
   * The same network with its class centers in so many blocks while it is trained. Checkpoints do
   * not depend on it.
   *
   * @throws InvalidInputException if there are fewer classes than blocks
   */
  public Network withShards(int shards) {
    return new Network(
        element, backbone, head, classes, firstValues, pixels, shards, partialFc, precision);
  }

  /** The same network, whose training steps have a sample of the classes. */
  public Network withPartialFc(PartialFc partialFc) {
    return new Network(
        element, backbone, head, classes, firstValues, pixels, shards, partialFc, precision);
  }

  /** The same network, whose backbone and head have products of this precision while trained. */
  public Network withPrecision(Precision precision) {
    return new Network(
        element, backbone, head, classes, firstValues, pixels, shards, partialFc, precision);
  }

  /** Name of the input: {@code images} for images, {@code features} for arrays. */
  public String inputName() {
    return element instanceof ImageShape ? "images" : "features";
  }

  /** D, the size of the features; builds the backbone to find out. */
  public int dimension() {
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      Layers layers = Layers.scoring(tf, new Variables(tf, 0));
      return (int) features(layers, elements(tf)).shape().get(1);
    }
  }

  /**
   * Adds the placeholder for samples: images as uint8 [N, H, W, channels], arrays as float32 [N,
   * ...].
   */
  public Placeholder<? extends TNumber> elements(Ops tf) {
    return ElementTensor.placeholder(tf, inputName(), element);
  }

  /**
   * Builds the features of samples, float32 [N, D].
   *
   * @param elements images as uint8 [N, H, W, channels], which are scaled here, or arrays as
   *     float32 [N, ...], which are used unchanged
   * @throws InvalidInputException if the backbone's features are not [N, D] with D known, or a
   *     backbone that is not built in throws or returns null
   */
  public Operand<TFloat32> features(Layers layers, Operand<? extends TNumber> elements) {
    Operand<TFloat32> numbers = layers.tf().dtypes.cast(elements, TFloat32.class);
    Operand<TFloat32> samples =
        element instanceof ImageShape ? scaled(layers.tf(), numbers) : numbers;
    Operand<TFloat32> features = backbone.features(layers, samples);
    if (features.shape().numDimensions() != 2 || features.shape().get(1) <= 0) {
      throw new InvalidInputException(
          "backbone: expected features [N, D] with a known D, found %s of %s; give its features that shape"
              .formatted(features.shape(), Providers.className(backbone)));
    }
    return features;
  }

  private Operand<TFloat32> scaled(Ops tf, Operand<TFloat32> images) {
    Operand<TFloat32> scaled = images;
    if (pixels.order() == PixelScaling.Order.BGR) {
      scaled = tf.gather(scaled, tf.constant(new int[] {2, 1, 0}), tf.constant(3));
    }
    if (!pixels.factors().equals(List.of(1.0))) {
      scaled = tf.math.mul(scaled, constant(tf, pixels.factors()));
    }
    if (!pixels.offsets().equals(List.of(0.0))) {
      scaled = tf.math.add(scaled, constant(tf, pixels.offsets()));
    }
    return scaled;
  }

  /** A number for all channels, or a vector of one for each. */
  private static Operand<TFloat32> constant(Ops tf, List<Double> values) {
    float[] floats = new float[values.size()];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = values.get(i).floatValue();
    }
    return floats.length == 1 ? tf.constant(floats[0]) : tf.constant(floats);
  }

  /** The class centers, [C K, D], K per class, in as many blocks as there are shards. */
  List<Variable> centers(Variables variables, Operand<TFloat32> features) {
    return variables.parts(
        CENTERS,
        Shape.of((long) classes * head.subcenters(), features.shape().get(1)),
        (long) perShard() * head.subcenters(),
        Variable.Role.KERNEL,
        Initializer.classCenters());
  }

  /** The number of classes that a training step has, if those of its batches are no more. */
  public int classesPerStep() {
    return partialFc.size(classes);
  }

  /**
   * Number of classes of a shard; the last may have fewer. With several centers a class it is a
   * multiple of 8 where that makes little difference: heads may take classes in groups.
   */
  private int perShard() {
    int each = (int) (((long) classes + shards - 1) / shards);
    return head.subcenters() == 1 || each < MANY ? each : (each + 7) / 8 * 8;
  }

  /** Number of blocks of centers: that of the shards, or fewer where all classes are in these. */
  int blocks() {
    return (classes + perShard() - 1) / perShard();
  }

  /**
   * A sample of the classes.
   *
   * @param sampled int32 [S], ascending
   */
  SampledClasses sampledClasses(Ops tf, Operand<TInt32> sampled) {
    return SampledClasses.of(tf, sampled, perShard(), classes);
  }

  /** When each class was last as it would be, in steps taken, [C, 1], in as many blocks. */
  List<Variable> touched(Variables variables) {
    return variables.parts(
        "sampler/touched",
        Shape.of(classes, 1),
        perShard(),
        Variable.Role.SLOT,
        Initializer.constant(0));
  }

  /** The state of the head, by name, as variables that checkpoints include. */
  Map<String, Variable> headState(Variables variables) {
    return ofHead(variables, head.state(classes), Variable.Role.SLOT);
  }

  /** The trainable parameters of the head, by name. */
  Map<String, Variable> headParameters(Variables variables) {
    return ofHead(variables, head.parameters(classes), Variable.Role.BIAS);
  }

  private static Map<String, Variable> ofHead(
      Variables variables, Map<String, Double> values, Variable.Role role) {
    Map<String, Variable> named = new LinkedHashMap<>();
    values.forEach(
        (name, first) ->
            named.put(
                name,
                variables.get(
                    HEAD + name, Shape.scalar(), role, Initializer.constant(first.floatValue()))));
    return named;
  }

  /**
   * The outputs of the network when scoring, without labels. What has a value for each class is
   * added to the graph by whoever needs it.
   *
   * @param features not normalised, float32 [N, D]
   * @param embedding L2-normalised features, float32 [N, D]
   * @param centers the class centers, in blocks
   */
  public record Scored(Operand<TFloat32> features, Operand<TFloat32> embedding, Centers centers) {
    /** Adds cosines to the nearest center of each class, float32 [N, C]; once in a graph. */
    public Operand<TFloat32> cosines(Ops tf) {
      return tf.withName("cosines").identity(MarginSoftmax.cosines(tf, features, centers));
    }

    /**
     * Adds the classes with the largest cosines, the largest first, int32 [N, count]; found without
     * the cosines of all.
     */
    public Operand<TInt32> nearest(Ops tf, int count) {
      return MarginSoftmax.nearest(tf, features, centers, count);
    }
  }

  /** Builds the scoring outputs for features, float32 [N, D]. */
  public Scored score(Ops tf, Variables variables, Operand<TFloat32> features) {
    return new Scored(
        features,
        tf.withName("embedding").identity(MarginSoftmax.normalize(tf, features)),
        Centers.of(values(centers(variables, features)), head.subcenters())
            .over(variables.tasks()));
  }

  /** Builds logits without a margin for scored features, float32 [N, C]. */
  public Operand<TFloat32> logits(
      Ops tf, Variables variables, Operand<TFloat32> features, Scored scored) {
    Map<String, Operand<TFloat32>> state = new LinkedHashMap<>();
    headState(variables).forEach((name, variable) -> state.put(name, variable.value()));
    return head.scoringLogits(tf, features, scored.centers().all(tf), scored.cosines(tf), state);
  }

  static List<Operand<TFloat32>> values(List<Variable> variables) {
    return variables.stream().<Operand<TFloat32>>map(Variable::value).toList();
  }

  /**
   * The graph that scores samples, without labels.
   *
   * @param elements placeholder for samples
   * @param of outputs for them
   */
  record Scoring(Placeholder<? extends TNumber> elements, Scored of) {}

  /** Adds the scoring graph, with the running statistics of batch norm. */
  Scoring scoring(Ops tf, Variables variables) {
    Placeholder<? extends TNumber> elements = elements(tf);
    Operand<TFloat32> features = features(Layers.scoring(tf, variables), elements);
    return new Scoring(elements, score(tf, variables, features));
  }
}
