package consumer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.lang.module.ModuleFinder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.marginsoftmax.gallery.Gallery;
import org.marginsoftmax.keras.Inspection;
import org.marginsoftmax.layer.AngularHead;
import org.marginsoftmax.layer.Head;
import org.marginsoftmax.layer.HeadOutput;
import org.marginsoftmax.layer.Initializer;
import org.marginsoftmax.layer.MarginSoftmax;
import org.marginsoftmax.layer.Variable;
import org.marginsoftmax.layer.Variables;
import org.marginsoftmax.npy.NpyFile;
import org.marginsoftmax.savedmodel.Numbers;
import org.marginsoftmax.savedmodel.SavedModelFolder;
import org.marginsoftmax.savedmodel.SignatureRunner;
import org.marginsoftmax.train.Gradient;
import org.marginsoftmax.train.Optimizer;
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

/** What a project does that has margin-softmax from a Maven repository. */
class ConsumerTest {
  @Test
  void stepsOfALayerLowerItsLoss() {
    try (Graph graph = new Graph();
        Session session = new Session(graph)) {
      Ops tf = Ops.create(graph);
      var features = tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, 16)));
      var labels = tf.placeholder(TInt32.class, Placeholder.shape(Shape.of(-1)));
      Variables variables = new Variables(tf, 1);
      Variable centers =
          variables.get(
              "centers", Shape.of(10, 16), Variable.Role.KERNEL, Initializer.glorotUniform());
      HeadOutput out =
          MarginSoftmax.apply(tf, AngularHead.arcFace(0.5, 30), features, labels, centers.value());
      Operand<TFloat64> stepsBefore = tf.constant(0.0);
      Operand<TFloat32> learningRate = tf.constant(1f);
      List<Op> update =
          new Optimizer.Sgd(0.9, false, 0)
              .apply(
                  tf,
                  variables,
                  List.of(new Gradient(centers, out.gradCenters())),
                  stepsBefore,
                  learningRate);
      session.run(variables.initialize());
      Random random = new Random(1);
      try (TFloat32 x =
              TFloat32.tensorOf(
                  Shape.of(10, 16),
                  t -> t.scalars().forEach(s -> s.setFloat((float) random.nextGaussian())));
          TInt32 y = TInt32.vectorOf(0, 1, 2, 3, 4, 5, 6, 7, 8, 9)) {
        double first = Double.NaN;
        double last = Double.NaN;
        for (int i = 0; i < 20; i++) {
          try (var result =
              session
                  .runner()
                  .feed(features, x)
                  .feed(labels, y)
                  .fetch(out.loss())
                  .addTarget(update.get(0))
                  .run()) {
            last = ((TFloat32) result.get(0)).getFloat();
            first = i == 0 ? last : first;
          }
        }
        assertTrue(last < first / 2, first + " to " + last);
      }
    }
  }

  @Test
  void aKerasModelIsReadAndRun() {
    Path model = Path.of(System.getProperty("keras.model"));
    SavedModelFolder folder = SavedModelFolder.read(model.resolve("model"));
    assertTrue(
        Inspection.of(folder).signatures().stream()
            .anyMatch(signature -> signature.name().equals("serving_default")));
    NpyFile.Numbers images =
        NpyFile.readNumbers(model.resolve("io/serving_default/inputs/images.npy"));
    NpyFile.Numbers python =
        NpyFile.readNumbers(model.resolve("io/serving_default/outputs/output_0.npy"));
    try (SignatureRunner runner = SignatureRunner.open(folder, null, null)) {
      Numbers out = runner.run(new Numbers(images.shape(), images.values()));
      assertArrayEquals(python.shape(), out.shape());
      assertArrayEquals(python.values(), out.values(), 1e-4);
    }
  }

  @Test
  void aBackboneOfOnesOwnGoesThroughAWholeRun(@TempDir Path dir) throws IOException {
    Path data = pictures(dir);
    Path out = dir.resolve("out");
    String image = data.resolve("row-1/7.png").toString();
    OwnBackbone.main(new String[] {data.toString(), image, out.toString()});
    for (String made : List.of("run/report.html", "run/metrics.json", "model/saved_model.pb")) {
      assertTrue(Files.exists(out.resolve(made)), made);
    }
    try (Gallery gallery = Gallery.open(out.resolve("gallery"))) {
      assertEquals(1, gallery.size());
    }
  }

  /** From the command line, as a user's jar on the class path beside ours. */
  @Test
  void aHeadOfOnesOwnIsTrainedByItsName(@TempDir Path dir) throws Exception {
    String data = pictures(dir).toString();
    String run = dir.resolve("run").toString();
    String said = cli(0, "train", "--help");
    assertTrue(said.contains("steepface"), said);
    said =
        cli(
            0,
            "train",
            "--head",
            "steepface",
            "--margin",
            "0.3",
            "--data",
            data,
            "--steps",
            "4",
            "--embedding",
            "16",
            "--batch-size",
            "16",
            "--out",
            run);
    assertTrue(said.contains("report.html"), said);
    assertTrue(
        Files.readString(dir.resolve("run/config.json")).contains("\"name\" : \"steepface\""));
    cli(0, "train", "--resume", "--steps", "8", "--out", run);
    cli(0, "evaluate", run);
    cli(0, "export", run, "--to", dir.resolve("model").toString());
    said = cli(2, "train", "--head", "steepface", "--margin", "7", "--data", data, "--out", run);
    assertTrue(said.contains("expected a steepness, 0..2 with steepface, found '7'"), said);
  }

  private static String cli(int code, String... arguments) throws Exception {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                "org.marginsoftmax.cli.Main"));
    command.addAll(List.of(arguments));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(code, process.waitFor(), said);
    return said;
  }

  /** Three classes of 70 pictures, a line each, in one row, another or a third. */
  private static Path pictures(Path dir) throws IOException {
    Path data = dir.resolve("data");
    for (int label = 0; label < 3; label++) {
      Path folder = Files.createDirectories(data.resolve("row-" + label));
      for (int i = 0; i < 70; i++) {
        BufferedImage picture = new BufferedImage(16, 16, BufferedImage.TYPE_BYTE_GRAY);
        for (int x = 0; x < 16; x++) {
          picture.getRaster().setSample(x, 4 * label + 2, 0, 100 + i);
        }
        ImageIO.write(picture, "png", folder.resolve(i + ".png").toFile());
      }
    }
    return data;
  }

  @Test
  void theJarIsAModule() throws Exception {
    Path jar = Path.of(Head.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    assertEquals("jar", jar.toString().replaceAll(".*\\.", ""));
    assertTrue(ModuleFinder.of(jar).find("org.marginsoftmax").isPresent());
  }
}
