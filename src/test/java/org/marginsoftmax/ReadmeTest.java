package org.marginsoftmax;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.marginsoftmax.backbone.Backbone;
import org.marginsoftmax.data.ImageShape;
import org.marginsoftmax.layer.AngularHead;
import org.marginsoftmax.layer.HeadOutput;
import org.marginsoftmax.layer.Initializer;
import org.marginsoftmax.layer.MarginSoftmax;
import org.marginsoftmax.layer.Variable;
import org.marginsoftmax.layer.Variables;
import org.marginsoftmax.train.Device;
import org.marginsoftmax.train.Gradient;
import org.marginsoftmax.train.Network;
import org.marginsoftmax.train.Optimizer;
import org.marginsoftmax.train.TrainingGraph;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt32;

/** The README's Java, compiled and run; and the README shows just that. */
class ReadmeTest {
  @Test
  void layerInTwentyLines() {
    // README: layer
    int classes = 1000;
    int dimension = 128; // of the features
    double margin = 0.5; // radians, added to the angle between a feature and its own class
    double scale = 30; // radius of the sphere that the features lie on
    try (Graph graph = new Graph();
        Session session = new Session(graph)) {
      Ops tf = Ops.create(graph);
      var features = tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, dimension)));
      // 0..classes - 1; one-hot labels [N, classes] of any numeric type work too
      var labels = tf.placeholder(TInt32.class, Placeholder.shape(Shape.of(-1)));
      Variables variables = new Variables(tf, 1); // seed of the initial values
      Variable centers =
          variables.get(
              "centers",
              Shape.of(classes, dimension),
              Variable.Role.KERNEL,
              Initializer.glorotUniform());
      HeadOutput out =
          MarginSoftmax.apply(
              tf, AngularHead.arcFace(margin, scale), features, labels, centers.value());
      // To train a network below the features:
      // Backpropagation.gradients(graph, features, out.gradFeatures(), its variables)
      double momentum = 0.9;
      boolean nesterov = false;
      double weightDecay = 5e-4;
      Operand<TFloat64> stepsBefore = tf.constant(0.0);
      Operand<TFloat32> learningRate = tf.constant(0.1f);
      List<Op> update =
          new Optimizer.Sgd(momentum, nesterov, weightDecay)
              .apply(
                  tf,
                  variables,
                  List.of(new Gradient(centers, out.gradCenters())),
                  stepsBefore,
                  learningRate);
      session.run(variables.initialize());
      // README: end
      double first = step(session, features, labels, out, update);
      double last = first;
      for (int i = 0; i < 20; i++) {
        last = step(session, features, labels, out, update);
      }
      assertTrue(last < first - 0.1, first + " to " + last);
    }
  }

  private static double step(
      Session session,
      Placeholder<TFloat32> features,
      Placeholder<TInt32> labels,
      HeadOutput out,
      List<Op> update) {
    Random random = new Random(1);
    try (TFloat32 x =
            TFloat32.tensorOf(
                Shape.of(8, 128),
                t -> t.scalars().forEach(s -> s.setFloat((float) random.nextGaussian())));
        TInt32 y = TInt32.vectorOf(1, 2, 3, 4, 5, 6, 7, 8);
        var result =
            session
                .runner()
                .feed(features, x)
                .feed(labels, y)
                .fetch(out.loss())
                .addTarget(update.get(0))
                .run()) {
      return ((TFloat32) result.get(0)).getFloat();
    }
  }

  @Test
  void backboneOfOneMethod() {
    // README: backbone
    Backbone mine =
        (layers, images) ->
            layers.dense(
                "embedding", layers.flatten(layers.relu(layers.conv2d("conv", images, 16, 3))), 64);
    Network network =
        new Network(new ImageShape(28, 28, 1), mine, AngularHead.cosFace(0.35, 30), 10);
    // README: end
    try (TrainingGraph graph =
        new TrainingGraph(
            network, new Optimizer.Sgd(0, false, 0), 0, 1, Device.parse("cpu").session(2))) {
      assertEquals(3 * 3 * 16 + 28 * 28 * 16 * 64 + 10 * 64, graph.parameters());
    }
  }

  @Test
  void readmeShowsThisCode() throws IOException {
    String readme = Files.readString(Path.of("README.md"));
    String source = Files.readString(Path.of("src/test/java/org/marginsoftmax/ReadmeTest.java"));
    for (String name : List.of("layer", "backbone")) {
      int start = source.indexOf("\n", source.indexOf("// README: " + name)) + 1;
      String code =
          source.substring(
              start, source.lastIndexOf("\n", source.indexOf("// README: end", start)));
      String shown =
          code.lines().map(l -> l.replaceFirst("^ {4}", "")).collect(Collectors.joining("\n"));
      assertTrue(readme.contains(shown), "README.md lacks\n" + shown);
    }
  }

  @Test
  void thePageOnJavaShowsTheFilesThatTheConsumerBuilds() throws IOException {
    String page = Files.readString(Path.of("docs/java.md"));
    for (String name :
        List.of(
            "java/consumer/TinyNet.java",
            "java/consumer/OwnBackbone.java",
            "java/consumer/SteepFace.java")) {
      String source = Files.readString(Path.of("src/it/consumer/src/main/" + name));
      assertTrue(page.contains("```java\n" + source + "```"), name);
    }
  }
}
