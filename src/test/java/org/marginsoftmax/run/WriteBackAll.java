package org.marginsoftmax.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.marginsoftmax.data.Batch;
import org.marginsoftmax.data.ImageShape;
import org.marginsoftmax.keras.FineTuning;
import org.marginsoftmax.keras.KerasBackbone;
import org.marginsoftmax.keras.LayerRates;
import org.marginsoftmax.keras.WriteBack;
import org.marginsoftmax.layer.AngularHead;
import org.marginsoftmax.npy.NpyFile;
import org.marginsoftmax.savedmodel.Numbers;
import org.marginsoftmax.savedmodel.SavedModelFolder;
import org.marginsoftmax.savedmodel.SignatureRunner;
import org.marginsoftmax.savedmodel.SignatureSpec;
import org.marginsoftmax.train.Checkpoints;
import org.marginsoftmax.train.Device;
import org.marginsoftmax.train.Network;
import org.marginsoftmax.train.Optimizer;
import org.marginsoftmax.train.TrainingGraph;
import org.marginsoftmax.train.TrainingState;

/**
 * Trains every model of a folder for two steps on noise, so that all of its weights move, writes it
 * back and writes down what Java then answers, in the layout that {@code check_saved_models.py}
 * reads: MODELS OUT.
 */
final class WriteBackAll {
  private static final int SIZE = 8;

  private WriteBackAll() {}

  public static void main(String[] args) throws IOException {
    Path out = Path.of(args[1]);
    try (Stream<Path> models = Files.list(Path.of(args[0]))) {
      for (Path model :
          models.filter(m -> Files.isDirectory(m.resolve("model"))).sorted().toList()) {
        if (Files.exists(model.resolve("io").resolve("serving_default").resolve("changed"))) {
          System.out.println(model + ": left out, each call moves its statistics");
          continue;
        }
        Path written = out.resolve(model.getFileName().toString());
        Files.createDirectories(written);
        train(model.resolve("model"), written);
        answer(model.resolve("io"), written);
      }
    }
  }

  private static void train(Path model, Path out) {
    SavedModelFolder folder = SavedModelFolder.read(model);
    KerasBackbone backbone = backbone(folder);
    List<Long> sizes = backbone.input().shape();
    ImageShape shape =
        new ImageShape(sizes.get(1).intValue(), sizes.get(2).intValue(), sizes.get(3).intValue());
    Network network = new Network(shape, backbone, AngularHead.arcFace(0.5, 30), 4);
    Checkpoints checkpoints = new Checkpoints(out.resolve("checkpoints"));
    Random random = new Random(1);
    try (TrainingGraph graph =
        new TrainingGraph(
            network, new Optimizer.Sgd(0, false, 0), 1, 1, Device.parse("cpu").session(2))) {
      graph.initialize();
      for (int step = 0; step < 2; step++) {
        byte[] pixels = new byte[SIZE * shape.size()];
        random.nextBytes(pixels);
        graph.step(
            new Batch(SIZE, pixels, random.ints(SIZE, 0, 4).toArray(), new int[SIZE]),
            step,
            0.1,
            1,
            1);
      }
      checkpoints.save(graph, new TrainingState(2, 0, 0, 2, 0, 2));
    }
    WriteBack.write(backbone, checkpoints.variables(2), out.resolve("model"));
  }

  /** The features of a model, whatever of it can be trained. */
  private static KerasBackbone backbone(SavedModelFolder folder) {
    IllegalArgumentException refused = null;
    for (String layer : new String[] {null, "features", "pool"}) {
      for (String freeze : List.of("none", "all")) {
        try {
          return new KerasBackbone(
              folder,
              new FineTuning(
                  null, null, layer, freeze, false, false, null, null, LayerRates.SAME, Map.of()));
        } catch (IllegalArgumentException e) {
          refused = refused == null ? e : refused;
        }
      }
    }
    throw refused;
  }

  /** Every output of every signature that does not draw or move anything. */
  private static void answer(Path io, Path out) throws IOException {
    SavedModelFolder written = SavedModelFolder.read(out.resolve("model"));
    for (SignatureSpec signature : SignatureSpec.all(written)) {
      Path from = io.resolve(signature.name());
      if (!Files.isDirectory(from) || Files.exists(from.resolve("changed"))) {
        continue;
      }
      Path to = out.resolve("io").resolve(signature.name());
      Files.createDirectories(to.resolve("inputs"));
      Files.createDirectories(to.resolve("outputs"));
      Map<String, Numbers> inputs = new LinkedHashMap<>();
      try (Stream<Path> files = Files.list(from.resolve("inputs"))) {
        for (Path file : files.toList()) {
          Files.copy(file, to.resolve("inputs").resolve(file.getFileName()));
          NpyFile.Numbers read = NpyFile.readNumbers(file);
          inputs.put(
              file.getFileName().toString().replace(".npy", ""),
              new Numbers(read.shape(), read.values()));
        }
      }
      for (var output : signature.outputs()) {
        try (SignatureRunner runner =
            SignatureRunner.openTrusted(written, signature.name(), output.name())) {
          Numbers found = runner.run(inputs);
          NpyFile.write(
              to.resolve("outputs").resolve(output.name() + ".npy"),
              NpyFile.Type.FLOAT32,
              found.values(),
              found.shape());
        }
      }
    }
  }
}
