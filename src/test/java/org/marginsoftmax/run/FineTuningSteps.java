package org.marginsoftmax.run;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.marginsoftmax.data.ArrayShape;
import org.marginsoftmax.data.Batch;
import org.marginsoftmax.data.ElementSpec;
import org.marginsoftmax.data.ImageShape;
import org.marginsoftmax.keras.FineTuning;
import org.marginsoftmax.keras.KerasBackbone;
import org.marginsoftmax.keras.KerasHead;
import org.marginsoftmax.keras.LayerRates;
import org.marginsoftmax.keras.WriteBack;
import org.marginsoftmax.layer.AngularHead;
import org.marginsoftmax.layer.FeatureNorm;
import org.marginsoftmax.layer.GradientMode;
import org.marginsoftmax.layer.Head;
import org.marginsoftmax.layer.Initializer;
import org.marginsoftmax.margin.Guard;
import org.marginsoftmax.margin.Margin;
import org.marginsoftmax.margin.MarginSize;
import org.marginsoftmax.npy.NpyFile;
import org.marginsoftmax.savedmodel.SavedModelFolder;
import org.marginsoftmax.train.Checkpoints;
import org.marginsoftmax.train.Device;
import org.marginsoftmax.train.Network;
import org.marginsoftmax.train.Optimizer;
import org.marginsoftmax.train.TrainingGraph;
import org.marginsoftmax.train.TrainingState;

/**
 * A few steps of plain SGD on given batches, from a Keras model on, for {@code
 * check_fine_tuning.py}: MODEL LAYER (- for none) BATCH-NORM (frozen, train) HEAD (a two-input
 * model, or centers as NPY) GRADIENT (exact, detached) RATE IMAGES LABELS BATCH-SIZE OUT. OUT/model
 * is the model with the new weights, OUT/centers.npy the centers.
 */
final class FineTuningSteps {
  private FineTuningSteps() {}

  public static void main(String[] args) {
    NpyFile.Floats images = NpyFile.readFloats(Path.of(args[6]));
    int[] labels = NpyFile.readLabels(Path.of(args[7])).values();
    int size = Integer.parseInt(args[8]);
    int classes = Arrays.stream(labels).max().orElseThrow() + 1;
    KerasBackbone backbone =
        new KerasBackbone(
            SavedModelFolder.read(Path.of(args[0])),
            new FineTuning(
                null,
                null,
                args[1].equals("-") ? null : args[1],
                "none",
                args[2].equals("train"),
                false,
                null,
                null,
                LayerRates.SAME,
                Map.of()));
    Initializer centers =
        args[3].endsWith(".npy")
            ? array(NpyFile.readFloats(Path.of(args[3])))
            : KerasHead.of(SavedModelFolder.read(Path.of(args[3])), null, classes).centers();
    train(
        backbone,
        head(args[4]),
        classes,
        centers,
        images,
        labels,
        size,
        Double.parseDouble(args[5]),
        Path.of(args[9]));
  }

  /** Trains on batches of a size, and writes the model and the head. */
  static void train(
      KerasBackbone backbone,
      Head head,
      int classes,
      Initializer centers,
      NpyFile.Floats images,
      int[] labels,
      int size,
      double rate,
      Path out) {
    ElementSpec element = element(images.shape());
    Network network = new Network(element, backbone, head, classes).withCenters(centers);
    Checkpoints checkpoints = new Checkpoints(out.resolve("checkpoints"));
    int steps = labels.length / size;
    try (TrainingGraph graph =
        new TrainingGraph(
            network,
            new Optimizer.Sgd(0, false, 0),
            0,
            1,
            Device.parse("cpu").session(Runtime.getRuntime().availableProcessors()))) {
      graph.initialize();
      for (int step = 0; step < steps; step++) {
        int from = step * size * element.size();
        byte[] samples = bytes(element, images.values(), from, from + size * element.size());
        Batch batch =
            new Batch(
                size,
                samples,
                Arrays.copyOfRange(labels, step * size, (step + 1) * size),
                new int[size]);
        System.out.println(graph.step(batch, step, rate, 1, 1).loss());
      }
      checkpoints.save(graph, new TrainingState(steps, 0, 0, steps, 0, steps));
    }
    WriteBack.write(backbone, checkpoints.variables(steps), out.resolve("model"));
    Export.head(network, backbone, checkpoints.variables(steps), out);
  }

  /** Images [N, H, W, channels], or arrays of another rank. */
  private static ElementSpec element(int[] shape) {
    return shape.length == 4
        ? new ImageShape(shape[1], shape[2], shape[3])
        : new ArrayShape(Arrays.stream(shape).skip(1).boxed().toList());
  }

  private static byte[] bytes(ElementSpec element, float[] values, int from, int to) {
    byte[] bytes = new byte[(to - from) * element.bytesPerNumber()];
    if (element instanceof ArrayShape) {
      ArrayShape.floats(bytes).put(values, from, to - from);
    } else {
      for (int i = 0; i < bytes.length; i++) {
        bytes[i] = (byte) values[from + i];
      }
    }
    return bytes;
  }

  static Head head(String gradient) {
    return new AngularHead(
        new Margin.Angular(new MarginSize.Fixed(0.5), Guard.NONE),
        30,
        FeatureNorm.UNIT,
        gradient.equals("exact") ? GradientMode.EXACT : GradientMode.DETACHED);
  }

  static Initializer array(NpyFile.Floats values) {
    return (tf, shape, seed, name) -> tf.reshape(tf.constant(values.values()), tf.constant(shape));
  }
}
