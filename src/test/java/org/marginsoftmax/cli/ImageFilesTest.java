package org.marginsoftmax.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.marginsoftmax.data.ImageShape;
import org.marginsoftmax.image.ImageFile;
import org.marginsoftmax.image.ImageFit;
import org.marginsoftmax.image.ImageForm;
import org.marginsoftmax.npy.NpyFile;
import org.marginsoftmax.serving.Embedder;
import org.marginsoftmax.serving.EmbedderConfig;
import org.marginsoftmax.source.Idx;
import org.tensorflow.Result;
import org.tensorflow.SavedModelBundle;
import org.tensorflow.ndarray.NdArrays;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TString;

/** Folders of image files as users have them. */
class ImageFilesTest extends CommandTest {
  @TempDir Path dir;

  private void image(String name) throws IOException {
    Path file = dir.resolve(name);
    Files.createDirectories(file.getParent());
    BufferedImage image = new BufferedImage(8, 8, BufferedImage.TYPE_BYTE_GRAY);
    image.getRaster().setSample(name.hashCode() & 7, 3, 0, 200);
    assertTrue(ImageIO.write(image, "png", file.toFile()));
  }

  @Test
  void checkTellsWhatIsPassedOver() throws IOException {
    for (int i = 0; i < 5; i++) {
      image("photos/a/" + i + ".png");
      image("photos/b/" + i + ".png");
      Files.writeString(dir.resolve("photos/b/" + i + ".heic"), "");
    }
    Files.writeString(dir.resolve("photos/labels.csv"), "");
    String photos = dir.resolve("photos").toString();
    assertEquals(0, run("check", "--data", photos, "--batch-size", "4", "--json"), () -> err);
    assertEquals(
        Map.of(
            "images of other formats, convert them to PNG or JPEG",
            Map.of(".heic", 5),
            "no images by their extension",
            Map.of(".csv", 1)),
        new ObjectMapper()
            .convertValue(new ObjectMapper().readTree(out).get("passed_over"), Map.class));
  }

  /** Images of every proportion, 12 rows of 9 pixels wide, on a border. */
  @Test
  void sizeAndFitAreKeptFromTrainingToServing() throws IOException {
    Random random = new Random(1);
    for (int i = 0; i < 36; i++) {
      int width = 3 + random.nextInt(30);
      int height = 3 + random.nextInt(30);
      BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_BYTE_GRAY);
      for (int p = 0; p < width * height; p++) {
        int value = 90 * (i % 3) + random.nextInt(60);
        image.getRaster().setSample(p % width, p / width, 0, value);
      }
      Path file = dir.resolve("photos/c" + i % 3).resolve(i + ".png");
      Files.createDirectories(file.getParent());
      assertTrue(ImageIO.write(image, "png", file.toFile()));
    }
    String photos = dir.resolve("photos").toString();
    String to = dir.resolve("run").toString();
    assertEquals(
        0,
        run(
            "train",
            "--data",
            photos,
            "--image-size",
            "12x9",
            "--image-fit",
            "pad:250",
            "--epochs",
            "1",
            "--batch-size",
            "8",
            "--embedding",
            "8",
            "--out",
            to),
        () -> err);
    JsonNode config = new ObjectMapper().readTree(dir.resolve("run/config.json").toFile());
    assertEquals("12x9", config.at("/options/data/image_size").asText());
    assertEquals("pad:250", config.at("/options/data/image_fit").asText());
    assertEquals("12x9x1", config.at("/data/image").asText());

    Path model = dir.resolve("model");
    assertEquals(0, run("export", to, "--to", model.toString()), () -> err);
    assertEquals(
        "pad:250",
        new ObjectMapper()
            .readTree(model.resolve("assets.extra/model-card.json").toFile())
            .at("/preprocessing/fit")
            .asText());
    Path file = dir.resolve("photos/c1/1.png");
    ImageForm form = new ImageForm(new ImageShape(12, 9, 1), ImageFit.pad(250));
    float[] expected;
    try (Embedder embedder = Embedder.open(model, EmbedderConfig.usual())) {
      assertEquals(form, embedder.card().form());
      expected = embedder.embed(ImageFile.read(file, form));
      assertArrayEquals(expected, embedder.embed(file), 1e-6f);
      assertArrayEquals(expected, embedder.embedEncoded(Files.readAllBytes(file)), 1e-6f);
      assertArrayEquals(expected, embedder.embed(ImageIO.read(file.toFile())), 1e-6f);
    }
    // The same file alone, through the run's model and the exported one, as the run or card says.
    Files.createDirectories(dir.resolve("one"));
    Files.copy(file, dir.resolve("one/1.png"));
    Path rows = dir.resolve("rows.npy");
    for (String from : List.of(to, model.toString())) {
      assertEquals(
          0,
          run("embed", from, "--data", dir.resolve("one").toString(), "--output", rows.toString()),
          () -> err);
      double[] found = NpyFile.readNumbers(rows).values();
      for (int i = 0; i < expected.length; i++) {
        assertEquals(expected[i], found[i], 1e-5);
      }
    }
    assertEquals(
        0,
        run(
            "embed",
            to,
            "--data",
            dir.resolve("one").toString(),
            "--image-fit",
            "crop",
            "--output",
            rows.toString()),
        () -> err);
    double[] cropped = NpyFile.readNumbers(rows).values();
    assertTrue(Math.abs(cropped[0] - expected[0]) > 1e-4, () -> Arrays.toString(cropped));
    assertEquals(0, run("predict", to, file.toString()), () -> err);
    assertEquals(0, run("evaluate", to, "--data", photos), () -> err);
  }

  /** Of files that have no folders of images, and so no size that these were brought to. */
  @Test
  void aRunOfIdxFilesIsEvaluatedOnImagesOfAnySize() throws IOException {
    Path data = Idx.folder(dir.resolve("idx"), 2, 20, 8, 10);
    String to = dir.resolve("run").toString();
    assertEquals(
        0,
        run("train", "--data", data.toString(), "--embedding", "8", "--epochs", "1", "--out", to),
        () -> err);
    for (int type : new int[] {BufferedImage.TYPE_BYTE_GRAY, BufferedImage.TYPE_INT_RGB}) {
      Path photos = dir.resolve("photos" + type);
      for (int i = 0; i < 12; i++) {
        Path file = photos.resolve("person" + i % 2).resolve(i + ".png");
        Files.createDirectories(file.getParent());
        BufferedImage image = new BufferedImage(15 + i, 40 - i, type);
        image.setRGB(i, 7, 0xc0ffee);
        assertTrue(ImageIO.write(image, "png", file.toFile()));
      }
      assertEquals(0, run("evaluate", to, "--data", photos.toString(), "--json"), () -> err);
      assertTrue(new ObjectMapper().readTree(out).at("/recall_at_1/value").isNumber(), out);
    }
  }

  /** Every preset and some numbers: a run, its export, files and pixels all agree. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "--pixels=torch",
        "--pixels=caffe",
        "--pixels=raw",
        "--pixels=signed",
        "--channel-order=bgr",
        "--input-scale=1/64,1/128,0.01 --input-offset=-2.1,-2.0,-1.8 --channel-order=bgr",
        "--input-offset=-127.5"
      })
  void whatBecomesOfPixelsIsTheSameInEveryWay(String options) throws IOException {
    Random random = new Random(2);
    List<String> files = new ArrayList<>();
    for (int i = 0; i < 24; i++) {
      BufferedImage image = new BufferedImage(8, 8, BufferedImage.TYPE_INT_RGB);
      for (int p = 0; p < 64; p++) {
        image.setRGB(p % 8, p / 8, (90 * (i % 3) << 16) + random.nextInt(1 << 16));
      }
      Path file = dir.resolve("photos/c" + i % 3).resolve(i + ".png");
      Files.createDirectories(file.getParent());
      assertTrue(ImageIO.write(image, "png", file.toFile()));
      files.add(file.toString());
    }
    String to = dir.resolve("run").toString();
    List<String> train =
        new ArrayList<>(
            List.of(
                "train",
                "--data",
                dir.resolve("photos").toString(),
                "--image-size",
                "8",
                "--epochs",
                "1",
                "--batch-size",
                "6",
                "--embedding",
                "8",
                "--out",
                to));
    train.addAll(List.of(options.split(" ")));
    assertEquals(0, run(train.toArray(String[]::new)), () -> err);
    Path model = dir.resolve("model");
    assertEquals(0, run("export", to, "--to", model.toString()), () -> err);
    Path one = Files.createDirectories(dir.resolve("one"));
    Path file = Files.copy(Path.of(files.get(4)), one.resolve("4.png"));
    byte[] pixels = ImageFile.read(file, ImageForm.stretched(new ImageShape(8, 8, 3)));
    float[] expected;
    try (Embedder embedder = Embedder.open(model, EmbedderConfig.usual())) {
      expected = embedder.embed(pixels);
      assertArrayEquals(expected, embedder.embed(file), 1e-6f);
    }
    double[] encoded = encoded(model, Files.readAllBytes(file));
    Path rows = dir.resolve("rows.npy");
    for (String from : List.of(to, model.toString())) {
      assertEquals(
          0, run("embed", from, "--data", one.toString(), "--output", rows.toString()), () -> err);
      double[] found = NpyFile.readNumbers(rows).values();
      for (int i = 0; i < expected.length; i++) {
        assertEquals(expected[i], found[i], 1e-4, options);
        assertEquals(expected[i], encoded[i], 1e-4, options);
      }
    }
    JsonNode card =
        new ObjectMapper().readTree(model.resolve("assets.extra/model-card.json").toFile());
    boolean bgr = options.contains("bgr") || options.contains("caffe");
    assertEquals(bgr ? "bgr" : "rgb", card.at("/preprocessing/order").asText());
    assertEquals(
        options.contains("torch") || options.contains(","),
        card.at("/preprocessing/factor").isArray());
    // Other pixels are another network's: they matter.
    JsonNode config = new ObjectMapper().readTree(dir.resolve("run/config.json").toFile());
    ((ObjectNode) config.at("/options")).remove("input");
    new ObjectMapper().writeValue(dir.resolve("run/config.json").toFile(), config);
    Path other = dir.resolve("other");
    assertEquals(0, run("export", to, "--to", other.toString()), () -> err);
    try (Embedder embedder = Embedder.open(other, EmbedderConfig.usual())) {
      float[] found = embedder.embed(pixels);
      float largest = 0;
      for (int i = 0; i < found.length; i++) {
        largest = Math.max(largest, Math.abs(found[i] - expected[i]));
      }
      assertTrue(largest > 1e-3, options + " " + largest);
    }
  }

  private static double[] encoded(Path model, byte[] content) {
    try (SavedModelBundle bundle = SavedModelBundle.load(model.toString(), "serve");
        TString bytes = TString.tensorOfBytes(NdArrays.vectorOfObjects(new byte[][] {content}));
        Result result = bundle.function("encoded").call(Map.of("bytes", bytes))) {
      TFloat32 out = (TFloat32) result.get("embedding").orElseThrow();
      double[] values = new double[(int) out.size()];
      for (int i = 0; i < values.length; i++) {
        values[i] = out.getFloat(0, i);
      }
      return values;
    }
  }

  @ParameterizedTest
  @CsvSource({
    "--image-size, 12x, 112x96",
    "--image-size, 3, 4..1024",
    "--image-size, 12x2000, 4..1024",
    "--image-fit, zoom, 'stretch, crop, pad'",
    "--image-fit, pad:300, 'stretch, crop, pad'"
  })
  void aSizeOrFitThatIsNoneIsRefused(String option, String value, String expected)
      throws IOException {
    for (int i = 0; i < 4; i++) {
      image("photos/a/" + i + ".png");
      image("photos/b/" + i + ".png");
    }
    assertEquals(
        2, run("check", "--data", dir.resolve("photos").toString(), option, value), () -> err);
    assertEquals(1, err.lines().count(), err);
    assertTrue(err.contains(expected), err);
  }
}
