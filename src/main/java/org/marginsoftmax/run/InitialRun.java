package org.marginsoftmax.run;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.backbone.PixelScaling;
import org.marginsoftmax.data.ElementSpec;
import org.marginsoftmax.data.ImageShape;
import org.marginsoftmax.layer.Initializer;
import org.marginsoftmax.savedmodel.Checkpoint;
import org.marginsoftmax.train.Network;
import org.marginsoftmax.train.TrainingState;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.BundleEntryProto;
import org.tensorflow.proto.TensorShapeProto;

/**
 * A trained run that another one starts from: with its backbone, and with the centers of the
 * classes that both have by name.
 *
 * @param name the folder, as it was given
 * @param record its record
 * @param variables prefix of the files of its best checkpoint
 */
record InitialRun(String name, RunRecord record, Path variables) {
  private static final String CHECKPOINT = "variables";

  /**
   * The run to start from.
   *
   * @param name its folder
   * @param inputs which keep a copy once training has begun
   * @throws InvalidInputException if it is no run, has no checkpoint, or is being trained
   */
  static InitialRun of(String name, RunInputs inputs) {
    if (inputs.keepsInit()) {
      RunFolder copy = new RunFolder(inputs.init());
      return new InitialRun(name, copy.config().orElseThrow(), copy.path().resolve(CHECKPOINT));
    }
    RunFolder run = new RunFolder(Path.of(name));
    RunRecord record =
        run.config()
            .orElseThrow(() -> refused(name, "the folder of a run", "no config.json in it"));
    if (run.isTraining()) {
      throw refused(name, "a run that has ended", "one that is still being trained");
    }
    long best = run.checkpoints().latest().map(TrainingState::bestStep).orElse(0L);
    Path variables = run.checkpoints().variables(best);
    if (best == 0 || !Files.exists(variables.resolveSibling(CHECKPOINT + ".index"))) {
      throw refused(name, "a checkpoint of a whole epoch", "none");
    }
    return new InitialRun(name, record, variables);
  }

  /** Files of the run that a copy needs, by their names in the copy. */
  Map<String, Path> files() {
    Map<String, Path> files = new LinkedHashMap<>();
    files.put("config.json", new RunFolder(Path.of(name)).path().resolve("config.json"));
    for (String end : List.of(".index", ".data-00000-of-00001")) {
      files.put(CHECKPOINT + end, variables.resolveSibling(CHECKPOINT + end));
    }
    return files;
  }

  /**
   * A copy of a configuration with the backbone and its options, the size of images and the scaling
   * of pixels, if they were left open.
   *
   * @throws InvalidInputException if class centers are to come from a Keras model besides
   */
  TrainConfig fill(TrainConfig config) {
    if (config.keras().initHead() != null) {
      throw new InvalidInputException(
          "init head: expected class centres from one place, found `init` besides; leave `init` or `init-head` out");
    }
    BackboneConfig mine = record.options().backbone();
    BackboneConfig given = config.backbone();
    Map<String, Object> found = new HashMap<>();
    if (given.name() == null) {
      found.put("backbone.name", mine.name());
      if (BackboneConfig.KERAS.equals(mine.name())) {
        found.putAll(keras());
      }
    }
    if (given.name() == null || given.name().equals(mine.name())) {
      mine.options().forEach((option, value) -> found.put("backbone." + option, value));
      given.options().keySet().forEach(option -> found.remove("backbone." + option));
    }
    if (config.input().equals(InputConfig.usual())) {
      found.putAll(record.options().input().options());
    }
    TrainConfig filled = config.with(found);
    return filled.withData(filled.data().fitting(record.data().element()));
  }

  /** The copy of the Keras model that the run keeps, and which part of it gives the features. */
  private Map<String, Object> keras() {
    KerasConfig keras = record.options().keras();
    Map<String, Object> options = new HashMap<>();
    options.put("keras.from", new RunInputs(Path.of(name)).savedModel(keras).toString());
    options.put("keras.signature", keras.signature());
    options.put("keras.output_name", keras.outputName());
    options.put("keras.layer", keras.layer());
    options.put("keras.input_values", keras.inputValues());
    return options;
  }

  /**
   * A network that starts from this run.
   *
   * @param config of the new run
   * @param classNames of its classes, by label
   * @throws InvalidInputException if samples, backbone, size of the features or number of centers
   *     per class differ
   */
  Network first(Network network, TrainConfig config, List<String> classNames) {
    ElementSpec element = record.data().element();
    if (!network.element().equals(element)) {
      throw refused("samples of " + element + " as that run has", network.element().toString());
    }
    String backbone = record.options().backbone().name();
    if (!backbone.equals(config.backbone().name())) {
      throw refused("backbone " + backbone + " as that run has", config.backbone().name());
    }
    PixelScaling pixels = record.options().input().over(network.backbone().pixels());
    if (element instanceof ImageShape && !network.pixels().equals(pixels)) {
      throw refused(
          "pixels " + pixels + " as that run has (`pixels`)", network.pixels().toString());
    }
    Map<String, BundleEntryProto> saved = Checkpoint.read(variables).entries();
    int dimension = (int) saved.get(Network.CENTERS).getShape().getDim(1).getSize();
    if (network.dimension() != dimension) {
      throw refused(
          "features of size " + dimension + " as that run has (`embedding`)",
          String.valueOf(network.dimension()));
    }
    Map<String, Initializer> values = new LinkedHashMap<>();
    network
        .backboneVariables()
        .forEach(
            (variable, shape) -> {
              BundleEntryProto entry = saved.get(variable);
              if (entry == null || !shape(entry.getShape()).equals(shape)) {
                throw refused(
                    "a backbone whose variables that run has",
                    variable + " " + shape + (entry == null ? "" : " of another shape"));
              }
              values.put(variable, Initializer.saved(variables, variable));
            });
    values.put(Network.CENTERS, centers(network.head().subcenters(), classNames));
    return network.withFirstValues(values);
  }

  private Initializer centers(int perClass, List<String> classNames) {
    Map<Integer, Integer> taken = taken(classNames);
    int saved = record.options().head().subcenters();
    if (!taken.isEmpty() && saved != perClass) {
      throw refused(saved + " centres a class as that run has", String.valueOf(perClass));
    }
    int[] to = new int[taken.size() * perClass];
    int[] from = new int[to.length];
    int i = 0;
    for (Map.Entry<Integer, Integer> label : taken.entrySet()) {
      for (int k = 0; k < perClass; k++) {
        to[i] = label.getKey() * perClass + k;
        from[i++] = label.getValue() * perClass + k;
      }
    }
    long rows = (long) saved * record.data().classNames().size();
    return Initializer.savedRows(
        variables, Network.CENTERS, rows, from, to, Initializer.classCenters());
  }

  /** Labels of the classes that both runs have, with their labels in this run. */
  private Map<Integer, Integer> taken(List<String> classNames) {
    Map<String, Integer> labels = new HashMap<>();
    List<String> names = record.data().classNames();
    for (int k = 0; k < names.size(); k++) {
      labels.put(names.get(k), k);
    }
    Map<Integer, Integer> taken = new LinkedHashMap<>();
    for (int k = 0; k < classNames.size(); k++) {
      if (labels.containsKey(classNames.get(k))) {
        taken.put(k, labels.get(classNames.get(k)));
      }
    }
    return taken;
  }

  /** How much is taken, in words. */
  String said(List<String> classNames) {
    int taken = taken(classNames).size();
    return String.format(
        Locale.ROOT,
        "starts from %s: its backbone, and the centres of %,d of %,d classes; %,d classes are new",
        name,
        taken,
        classNames.size(),
        classNames.size() - taken);
  }

  private static Shape shape(TensorShapeProto shape) {
    return Shape.of(shape.getDimList().stream().mapToLong(TensorShapeProto.Dim::getSize).toArray());
  }

  private InvalidInputException refused(String expected, String found) {
    return refused(name, expected, found);
  }

  private static InvalidInputException refused(String name, String expected, String found) {
    return new InvalidInputException(
        "init %s: expected %s, found %s; choose another run, or leave `init` out"
            .formatted(name, expected, found));
  }
}
