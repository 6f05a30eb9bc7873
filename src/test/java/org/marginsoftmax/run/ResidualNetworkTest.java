package org.marginsoftmax.run;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.marginsoftmax.backbone.ResidualProvider;
import org.marginsoftmax.layer.Backpropagation;
import org.marginsoftmax.layer.Layers;
import org.marginsoftmax.layer.Variable;
import org.marginsoftmax.layer.Variables;
import org.marginsoftmax.serving.Embedder;
import org.marginsoftmax.serving.EmbedderConfig;
import org.marginsoftmax.source.Idx;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt64;

/** A residual network of our own layers, with few channels: what oneDNN's kernels got wrong. */
class ResidualNetworkTest {
  private static final PrintStream QUIET = new PrintStream(OutputStream.nullOutputStream());
  private static final int IMAGES = 4;
  private static final int EMBEDDING = 5;
  @TempDir Path dir;

  @AfterEach
  void restoreChannels() {
    ResidualProvider.channels = 4;
  }

  /** Against differences of the same network in double. */
  @ParameterizedTest
  @CsvSource({"8, 3, 4", "7, 1, 3", "6, 3, 8", "9, 4, 4", "2, 1, 1", "16, 1, 8"})
  void gradientsAreDifferences(int size, int colours, int channels) {
    ResidualProvider.channels = channels;
    Random random = new Random(size);
    float[] images = drawn(random, IMAGES * size * size * colours);
    float[] slopes = drawn(random, IMAGES * EMBEDDING);
    Map<String, float[]> weights = new LinkedHashMap<>();
    Map<String, float[]> found = new LinkedHashMap<>();
    float[] features = step(images, slopes, size, colours, weights, found);
    Map<String, double[]> own = new LinkedHashMap<>();
    weights.forEach((name, values) -> own.put(name, doubles(values)));
    Pixels first = new Pixels(IMAGES, size, size, colours, doubles(images));
    double[] expected = features(own, first, channels);
    for (int i = 0; i < features.length; i++) {
      assertEquals(expected[i], features[i], 1e-4, "feature " + i);
    }
    found.forEach(
        (name, gradient) -> {
          double largest = 1e-2;
          double[] differences = new double[gradient.length];
          double[] values = own.get(name);
          for (int i = 0; i < gradient.length; i += 1 + gradient.length / 60) {
            double value = values[i];
            values[i] = value + 1e-5;
            double above = loss(features(own, first, channels), slopes);
            values[i] = value - 1e-5;
            double below = loss(features(own, first, channels), slopes);
            values[i] = value;
            differences[i] = (above - below) / 2e-5;
            largest = Math.max(largest, Math.abs(differences[i]));
          }
          for (int i = 0; i < gradient.length; i += 1 + gradient.length / 60) {
            assertEquals(differences[i], gradient[i], 2e-4 * largest, name + " at " + i);
          }
        });
  }

  @ParameterizedTest
  @ValueSource(ints = {8, 11})
  void trainsAndIsServed(int size) throws IOException {
    Path data = Idx.folder(dir.resolve("data"), 4, 40, 12, size);
    TrainConfig config =
        TrainConfig.usual()
            .withData(DataConfig.fashionMnist().withSource(data.toString()))
            .withBackbone(new BackboneConfig("residual-net", 16))
            .with(
                Map.of(
                    "loop.epochs", 8, "loop.batch_size", 20, "loop.seed", 3, "loop.device", "cpu"));
    Path run = dir.resolve("run");
    Train.Result trained =
        Train.run(config, new RunFolder(run), false, StopSignal.onRequest(), QUIET);
    assertTrue(trained.evaluation().value("accuracy").orElseThrow() > 0.9);
    assertEquals(trained.evaluation(), Evaluate.run(run, null, null));
    Path model = Export.asServing(run, dir.resolve("model"), null, null);
    byte[] pixels = new byte[size * size];
    new Random(1).nextBytes(pixels);
    try (Embedder ofRun = Embedder.open(ServedRun.of(run, null), EmbedderConfig.usual());
        Embedder embedder = Embedder.open(model, EmbedderConfig.usual())) {
      assertArrayEquals(ofRun.embed(pixels), embedder.embed(pixels), 1e-5f);
    }
  }

  /** Features, with the first values of all variables and the gradients of the trained ones. */
  private static float[] step(
      float[] images,
      float[] slopes,
      int size,
      int colours,
      Map<String, float[]> weights,
      Map<String, float[]> gradients) {
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      Variables variables = new Variables(tf, 1);
      Placeholder<TInt64> draws = tf.placeholder(TInt64.class, Placeholder.shape(Shape.of(2)));
      Operand<TFloat32> features =
          new ResidualProvider()
              .backbone(EMBEDDING)
              .features(
                  Layers.training(tf, variables, draws),
                  tf.reshape(tf.constant(images), tf.array(IMAGES, size, size, colours)));
      List<Variable> trained = List.copyOf(variables.trained());
      List<Operand<TFloat32>> found =
          Backpropagation.gradients(
              graph,
              features,
              tf.reshape(tf.constant(slopes), tf.array(IMAGES, EMBEDDING)),
              trained);
      Op initialize = variables.initialize();
      try (Session session = new Session(graph)) {
        session.run(initialize);
        Session.Runner runner = session.runner().fetch(features);
        trained.forEach(variable -> runner.fetch(variable.value()));
        found.forEach(runner::fetch);
        try (Result result = runner.run()) {
          List<float[]> all = new ArrayList<>();
          for (int i = 0; i < result.size(); i++) {
            TFloat32 tensor = (TFloat32) result.get(i);
            float[] values = new float[(int) tensor.size()];
            tensor.asRawTensor().data().asFloats().read(values);
            all.add(values);
          }
          for (int i = 0; i < trained.size(); i++) {
            weights.put(trained.get(i).name(), all.get(1 + i));
            gradients.put(trained.get(i).name(), all.get(1 + trained.size() + i));
          }
          return all.get(0);
        }
      }
    }
  }

  private record Pixels(int n, int height, int width, int channels, double[] values) {}

  private static double[] features(Map<String, double[]> weights, Pixels images, int channels) {
    Pixels x = smooth(convolved(weights, "stem", images, channels, 3, 1));
    for (String name : List.of("block1", "block2")) {
      Pixels y = smooth(convolved(weights, name + "/a", x, 2 * channels, 3, 2));
      y = convolved(weights, name + "/b", y, 2 * channels, 3, 1);
      Pixels shortcut = convolved(weights, name + "/shortcut", x, 2 * channels, 1, 2);
      for (int i = 0; i < y.values().length; i++) {
        y.values()[i] += shortcut.values()[i];
      }
      x = smooth(y);
    }
    int pixels = x.height() * x.width();
    double[] kernel = weights.get("embedding/kernel");
    double[] features = new double[x.n() * EMBEDDING];
    for (int i = 0; i < x.values().length; i++) {
      int c = i % x.channels();
      int n = i / x.channels() / pixels;
      for (int d = 0; d < EMBEDDING; d++) {
        features[n * EMBEDDING + d] += x.values()[i] / pixels * kernel[c * EMBEDDING + d];
      }
    }
    return features;
  }

  /** Same padding, then batch norm with the statistics of the batch. */
  private static Pixels convolved(
      Map<String, double[]> weights, String name, Pixels x, int filters, int size, int stride) {
    double[] kernel = weights.get(name + "/kernel");
    int height = (x.height() + stride - 1) / stride;
    int width = (x.width() + stride - 1) / stride;
    int top = Math.max((height - 1) * stride + size - x.height(), 0) / 2;
    int left = Math.max((width - 1) * stride + size - x.width(), 0) / 2;
    double[] y = new double[x.n() * height * width * filters];
    for (int o = 0; o < y.length / filters; o++) {
      int n = o / (height * width);
      for (int at = 0; at < size * size; at++) {
        int row = o / width % height * stride + at / size - top;
        int column = o % width * stride + at % size - left;
        if (row < 0 || row >= x.height() || column < 0 || column >= x.width()) {
          continue;
        }
        int pixel = (n * x.height() + row) * x.width() + column;
        for (int c = 0; c < x.channels(); c++) {
          for (int f = 0; f < filters; f++) {
            y[o * filters + f] +=
                x.values()[pixel * x.channels() + c]
                    * kernel[(at * x.channels() + c) * filters + f];
          }
        }
      }
    }
    normalize(y, weights.get(name + "/norm/gamma"), weights.get(name + "/norm/beta"));
    return new Pixels(x.n(), height, width, filters, y);
  }

  private static void normalize(double[] y, double[] gamma, double[] beta) {
    int channels = gamma.length;
    int count = y.length / channels;
    for (int c = 0; c < channels; c++) {
      double mean = 0;
      double square = 0;
      for (int i = c; i < y.length; i += channels) {
        mean += y[i] / count;
      }
      for (int i = c; i < y.length; i += channels) {
        square += (y[i] - mean) * (y[i] - mean) / count;
      }
      for (int i = c; i < y.length; i += channels) {
        y[i] = (y[i] - mean) / Math.sqrt(square + 1e-3) * gamma[c] + beta[c];
      }
    }
  }

  private static Pixels smooth(Pixels x) {
    double[] y = Arrays.stream(x.values()).map(v -> v < 0 ? Math.expm1(v) : v).toArray();
    return new Pixels(x.n(), x.height(), x.width(), x.channels(), y);
  }

  private static double loss(double[] features, float[] slopes) {
    double loss = 0;
    for (int i = 0; i < features.length; i++) {
      loss += features[i] * slopes[i];
    }
    return loss;
  }

  private static float[] drawn(Random random, int size) {
    float[] values = new float[size];
    for (int i = 0; i < size; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  private static double[] doubles(float[] values) {
    double[] wide = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      wide[i] = values[i];
    }
    return wide;
  }
}
