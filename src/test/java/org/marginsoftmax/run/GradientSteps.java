package org.marginsoftmax.run;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;
import org.marginsoftmax.data.Batch;
import org.marginsoftmax.data.ImageShape;
import org.marginsoftmax.keras.FineTuning;
import org.marginsoftmax.keras.Inspection;
import org.marginsoftmax.keras.KerasBackbone;
import org.marginsoftmax.layer.GradientMode;
import org.marginsoftmax.layer.Head;
import org.marginsoftmax.layer.InnerProductHead;
import org.marginsoftmax.margin.Margin;
import org.marginsoftmax.npy.NpyFile;
import org.marginsoftmax.savedmodel.SavedModelFolder;
import org.marginsoftmax.train.Checkpoints;
import org.marginsoftmax.train.Device;
import org.marginsoftmax.train.Network;
import org.marginsoftmax.train.Optimizer;
import org.marginsoftmax.train.TrainingGraph;
import org.marginsoftmax.train.TrainingState;
import org.tensorflow.exceptions.TFInvalidArgumentException;

/**
 * One step of plain SGD from each of many small models on, for {@code check_gradients.py}: FOLDER
 * LIST RESULTS. A line of LIST is a model's folder in FOLDER and a learning rate; RESULTS gets two
 * lines of JSON for each model, one before anything is done with it, so that a model which ends the
 * process is known, and one with what {@code inspect} and training say of it. The values after the
 * step are in FOLDER/NAME/step.
 */
final class GradientSteps {
  private static final ObjectMapper JSON = new ObjectMapper();

  private GradientSteps() {}

  public static void main(String[] args) throws IOException {
    Path folder = Path.of(args[0]);
    NpyFile.Floats images = NpyFile.readFloats(folder.resolve("images.npy"));
    NpyFile.Floats centers = NpyFile.readFloats(folder.resolve("centers.npy"));
    int[] labels = NpyFile.readLabels(folder.resolve("labels.npy")).values();
    ImageShape shape = new ImageShape(images.shape()[1], images.shape()[2], images.shape()[3]);
    byte[] pixels = new byte[images.values().length];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (byte) images.values()[i];
    }
    Batch batch = new Batch(labels.length, pixels, labels, new int[labels.length]);
    try (BufferedWriter results =
        Files.newBufferedWriter(
            Path.of(args[2]), StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
      for (String line : Files.readAllLines(Path.of(args[1]))) {
        String[] fields = line.split(" ");
        write(results, Map.of("begins", fields[0]));
        Path model = folder.resolve(fields[0]);
        Map<String, Object> found = new LinkedHashMap<>();
        found.put("name", fields[0]);
        found.put("inspect", Inspection.of(SavedModelFolder.read(model)).obstacles());
        try {
          found.put("loss", step(model, shape, centers, batch, Double.parseDouble(fields[1])));
        } catch (RuntimeException | StackOverflowError e) {
          // TensorFlow's own words are no refusal, though some of them are of this class too.
          boolean ours =
              e instanceof IllegalArgumentException && !(e instanceof TFInvalidArgumentException);
          found.put(ours ? "refused" : "failed", ours ? e.getMessage() : e.toString());
        }
        write(results, found);
      }
    }
  }

  private static void write(BufferedWriter results, Map<String, Object> line) throws IOException {
    results.write(JSON.writeValueAsString(line));
    results.newLine();
    results.flush();
  }

  private static double step(
      Path model, ImageShape shape, NpyFile.Floats centers, Batch batch, double rate) {
    KerasBackbone backbone = new KerasBackbone(SavedModelFolder.read(model), FineTuning.usual());
    Head head = new InnerProductHead(new Margin.None(), GradientMode.EXACT, 0);
    Network network =
        new Network(shape, backbone, head, centers.shape()[0])
            .withCenters(
                (tf, size, seed, name) ->
                    tf.reshape(tf.constant(centers.values()), tf.constant(size)));
    try (TrainingGraph graph =
        new TrainingGraph(
            network, new Optimizer.Sgd(0, false, 0), 0, 1, Device.parse("cpu").session(1))) {
      graph.initialize();
      double loss = graph.step(batch, 0, rate, 1, 1).loss();
      new Checkpoints(model.resolve("step")).save(graph, new TrainingState(1, 0, 0, 1, 0, 1));
      return loss;
    }
  }
}
