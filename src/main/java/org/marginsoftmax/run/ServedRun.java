package org.marginsoftmax.run;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.backbone.PixelScaling;
import org.marginsoftmax.data.ImageShape;
import org.marginsoftmax.export.ImageDecoding;
import org.marginsoftmax.export.ModelCard;
import org.marginsoftmax.export.ServedModel;
import org.marginsoftmax.image.ImageFit;
import org.marginsoftmax.image.ImageForm;
import org.marginsoftmax.layer.Layers;
import org.marginsoftmax.layer.VariableSaver;
import org.marginsoftmax.layer.Variables;
import org.marginsoftmax.train.Network;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Session;
import org.tensorflow.ndarray.NdArrays;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.nn.TopK;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TString;
import org.tensorflow.types.family.TNumber;

/** Builds a model for serving from the best checkpoint of a run. */
public final class ServedRun {
  private static final int TOP = 5;

  private ServedRun() {}

  /** Builds and freezes the model of the run in a folder; see {@link #of(TrainedRun, Integer)}. */
  public static ServedModel of(Path run, Integer top) {
    try (TrainedRun trained = TrainedRun.open(run)) {
      return of(trained, top);
    }
  }

  /**
   * Builds and freezes the model of a run in memory. The run's data is not needed; the model has no
   * calibrated thresholds.
   *
   * @param top k, the number of classes to rank; null for 5, or all if there are fewer
   * @throws InvalidInputException if k is out of range, or the network cannot be frozen
   */
  public static ServedModel of(TrainedRun run, Integer top) {
    return frozen(run, top, null);
  }

  /**
   * Builds and freezes the model of a run in memory, with thresholds calibrated on the samples that
   * the run held out, or on its training samples if those make too few pairs.
   *
   * @param top k, the number of classes to rank; null for 5, or all if there are fewer
   * @throws InvalidInputException if k is out of range, the data is gone, or the network cannot be
   *     frozen
   */
  static ServedModel calibrated(TrainedRun run, Integer top) {
    ranked(run.record(), top);
    return frozen(run, top, ThresholdCalibration.of(run));
  }

  private static ServedModel frozen(
      TrainedRun run, Integer top, ModelCard.Calibration calibration) {
    RunRecord record = run.record();
    int k = ranked(record, top);
    Network network = run.network();
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      Variables variables = new Variables(tf, 0);
      ServedModel.Outputs outputs =
          outputs(
              tf,
              variables,
              network,
              record.options().data().imageFit(),
              record.data().classNames(),
              k);
      VariableSaver.add(tf, variables.all());
      try (Session session = new Session(graph, run.config().loop().cpuSession())) {
        VariableSaver.restore(session, run.variables());
        int dimension = (int) outputs.embedding().shape().get(1);
        return ServedModel.of(
            graph, session, outputs, card(record, network, dimension, k, calibration));
      }
    }
  }

  private static int ranked(RunRecord record, Integer top) {
    int classes = record.data().classNames().size();
    int k = top == null ? Math.min(TOP, classes) : top;
    if (k < 1 || k > classes) {
      throw new InvalidInputException(
          "top: expected 1..%d, as many classes as the run has, found %d; 5 is usual"
              .formatted(classes, k));
    }
    return k;
  }

  private static ServedModel.Outputs outputs(
      Ops tf, Variables variables, Network network, ImageFit fit, List<String> classNames, int k) {
    Placeholder<TString> bytes =
        network.element() instanceof ImageShape
            ? tf.withName("bytes")
                .placeholder(TString.class, Placeholder.shape(Shape.of(Shape.UNKNOWN_SIZE)))
            : null;
    Operand<? extends TNumber> elements =
        network.element() instanceof ImageShape image
            ? ServedModel.images(tf, bytes, new ImageForm(image, fit))
            : network.elements(tf);
    Operand<TFloat32> features = network.features(Layers.scoring(tf, variables), elements);
    Network.Scored scored = network.score(tf, variables, features);
    TopK<TFloat32, TInt32> best =
        tf.nn.topK(
            tf.nn.softmax(network.logits(tf, variables, features, scored)),
            tf.constant(k),
            TInt32.class);
    Operand<TString> names =
        tf.constant(NdArrays.vectorOfObjects(classNames.toArray(String[]::new)));
    return new ServedModel.Outputs(
        bytes,
        elements,
        scored.embedding(),
        tf.withName("labels").gather(names, best.indices(), tf.constant(0)),
        tf.withName("scores").identity(best.values()));
  }

  private static ModelCard card(
      RunRecord record, Network network, int dimension, int k, ModelCard.Calibration calibration) {
    PixelScaling pixels = network.pixels();
    JsonNode configuration = withoutPlaces(Json.MAPPER.valueToTree(record.options()));
    return new ModelCard(
        record.data().image(),
        record.data().array(),
        dimension,
        k,
        "softmax over all classes of the head's logits without a margin",
        network.element() instanceof ImageShape image
            ? new ModelCard.Preprocessing(
                pixels.order().name().toLowerCase(Locale.ROOT),
                pixels.factors(),
                pixels.offsets(),
                record.options().data().imageFit().toString(),
                words(record.options().data().imageFit())
                    + ", resized by a triangle filter that is widened when an image shrinks, rounded",
                image.channels() == 1
                    ? "grey as stored, colour by Rec. 601, transparent pixels on white"
                    : "red, green, blue, transparent pixels on white",
                ImageDecoding.KINDS)
            : null,
        record.data().classNames(),
        record.data().originalClasses(),
        calibration,
        record.data().hash(),
        configuration,
        versions(record));
  }

  private static String words(ImageFit fit) {
    return switch (fit.kind()) {
      case STRETCH -> "stretched to the size";
      case PAD -> "whole and in proportion, centered on a border of " + fit.border();
      case CROP -> "the largest part in proportion, from the center";
    };
  }

  /** Shortens absolute paths to their last name, since they mean nothing on other machines. */
  private static JsonNode withoutPlaces(JsonNode node) {
    if (node instanceof ObjectNode object) {
      object.properties().forEach(field -> field.setValue(withoutPlaces(field.getValue())));
    } else if (node.isTextual()) {
      Path path = Path.of(node.asText());
      return path.isAbsolute() && path.getFileName() != null
          ? TextNode.valueOf(path.getFileName().toString())
          : node;
    }
    return node;
  }

  private static Map<String, Map<String, String>> versions(RunRecord record) {
    Map<String, Map<String, String>> versions = new LinkedHashMap<>();
    versions.put("training", record.versions());
    versions.put("export", Versions.current());
    return versions;
  }
}
