package org.marginsoftmax.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.marginsoftmax.data.Samples;
import org.marginsoftmax.npy.NpyFile;
import org.marginsoftmax.source.DataFormat;
import org.marginsoftmax.source.Idx;
import org.marginsoftmax.source.IdxFolder;

/** {@code export} for serving and {@code predict} as users type them. */
class ServingCommandsTest extends CommandTest {
  @TempDir static Path dir;
  private static final List<String> IMAGES = new ArrayList<>();

  private static void assertRefused(String said, String... args) {
    assertEquals(2, run(args), () -> err + out);
    assertEquals(1, err.lines().count(), err);
    assertTrue(err.contains(said), err);
  }

  private static String path(String name) {
    return dir.resolve(name).toString();
  }

  @BeforeAll
  static void train() throws IOException {
    Path data = Idx.folder(dir.resolve("data"), 6, 40, 4);
    String[] args = {
      "train",
      "--data",
      data.toString(),
      "--epochs",
      "6",
      "--batch-size",
      "24",
      "--embedding",
      "16",
      "--out",
      path("run")
    };
    assertEquals(0, run(args), () -> err);
    Samples test = IdxFolder.read(data).test();
    for (int i = 0; i < 6; i++) {
      byte[] pixels = new byte[64];
      test.copy(i, pixels, 0);
      BufferedImage image = new BufferedImage(8, 8, BufferedImage.TYPE_BYTE_GRAY);
      image.getRaster().setDataElements(0, 0, 8, 8, pixels);
      Path file = dir.resolve(i + ".png");
      ImageIO.write(image, "png", file.toFile());
      IMAGES.add(file.toString());
    }
  }

  /** What to do is said wherever data are named, whatever the format given. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "list.csv.gz",
        "a.tar.gz",
        "a.TGZ",
        "images.zip",
        "train.rec.gz",
        "a.tfrecord.gz",
        "a.7z",
        "a.tar.zst",
        "x.npy.gz",
        "s-{0..3}.tar.gz",
        "run/a.png.xz"
      })
  void archivesAreToBeUnpacked(String name) throws IOException {
    String file = path(name);
    if (!name.contains("{")) {
      Files.writeString(dir.resolve(name), "PK");
    }
    String said = "unpack it, and name what was in it";
    for (String command : List.of("train", "check", "sweep")) {
      assertRefused(said, command, "--data", file);
      for (DataFormat format : DataFormat.values()) {
        assertRefused(said, command, "--data", file, "--data-format", format.toString());
      }
    }
    assertRefused(said, "augment", "--preview", "--out", path("page.html"), "--data", file);
    assertRefused(said, "evaluate", path("run"), "--data", file);
    assertRefused(said, "train", "--resume", "--out", path("run"), "--data", file);
    assertRefused(said, "embed", path("run"), "--data", file, "--output", path("e.npz"));
    if (!name.contains("{")) {
      assertRefused(said, "predict", path("run"), IMAGES.get(0), file);
      String[] gallery = {"gallery", "add", path("g"), "--model", path("run"), file, "--name", "x"};
      assertRefused(said, gallery);
      gallery[1] = "search";
      assertRefused(said, Arrays.copyOf(gallery, 6));
    }
    assertFalse(Files.exists(dir.resolve("g")));
  }

  private static JsonNode predict(String model, String... options) throws IOException {
    List<String> args = new ArrayList<>(List.of("predict", model));
    args.addAll(IMAGES);
    args.addAll(List.of(options));
    args.add("--json");
    assertEquals(0, run(args.toArray(String[]::new)), () -> err);
    return new ObjectMapper().readTree(out);
  }

  @Test
  void exportsAndPredictsTheSameOfRunAndModel() throws IOException {
    assertEquals(
        0,
        run(
            "export",
            path("run"),
            "--to",
            path("models"),
            "--name",
            "rows",
            "--version",
            "3",
            "--json"),
        () -> err);
    String model = new ObjectMapper().readTree(out).get("model").asText();
    assertEquals(dir.resolve("models/rows/3").toString(), model);
    assertTrue(Files.exists(Path.of(model, "assets.extra", "model-card.json")));
    JsonNode ofModel = predict(model, "--top", "2");
    assertEquals(ofModel, predict(path("run"), "--top", "2"));
    int right = 0;
    for (int i = 0; i < 6; i++) {
      assertEquals(IMAGES.get(i), ofModel.get(i).get("image").asText());
      assertEquals(2, ofModel.get(i).get("classes").size());
      right += ofModel.at("/" + i + "/classes/0/label").asText().equals(i + "") ? 1 : 0;
    }
    assertTrue(right >= 5, ofModel.toString());
    assertEquals(0, run("predict", path("run"), IMAGES.get(0)), () -> err);
    assertTrue(out.startsWith(IMAGES.get(0) + "  ") && out.lines().count() == 1, out);

    assertEquals(0, run("inspect", model), () -> err);
    assertTrue(out.contains("safe to run  yes"), out);
    assertEquals(
        0,
        run("embed", model, "--data", path("data"), "--output", path("e.npy"), "--json"),
        () -> err);
    assertEquals("[24,16]", new ObjectMapper().readTree(out).get("shape").toString());

    assertRefused("exported to rank, found 6", "predict", model, IMAGES.get(0), "--top", "6");
    assertRefused("top: expected 1..6", "predict", path("run"), IMAGES.get(0), "--top", "0");
    assertRefused("nowhere.png", "predict", model, path("nowhere.png"));
    assertRefused("no config.json", "predict", path("data"), IMAGES.get(0));
    assertRefused("model-card.json", "predict", path("run/model"), IMAGES.get(0));
  }

  @Test
  void nothingExportedNamesPlacesOfTheMachineThatTrained() throws IOException {
    assertEquals(0, run("export", path("run"), "--to", path("elsewhere")), () -> err);
    List<Path> made = new ArrayList<>(List.of(dir.resolve("run/report.html")));
    try (Stream<Path> files = Files.walk(dir.resolve("elsewhere"))) {
      files.filter(Files::isRegularFile).forEach(made::add);
    }
    assertTrue(made.size() > 2, made.toString());
    for (Path file : made.subList(1, made.size())) {
      String content = Files.readString(file, StandardCharsets.ISO_8859_1);
      assertFalse(content.contains(dir.toString()), file.toString());
    }
    Path card = dir.resolve("elsewhere/assets.extra/model-card.json");
    assertEquals(
        "data",
        new ObjectMapper().readTree(card.toFile()).at("/configuration/data/source").asText());
    String page = Files.readString(made.get(0));
    String title = page.substring(page.indexOf("<title>"), page.indexOf("</title>"));
    assertTrue(title.endsWith(" on data"), title);
  }

  @Test
  void jsonTellsOfImagesOfWhichNoneCanBeRead() throws IOException {
    String bad = Files.writeString(dir.resolve("bad.png"), "no image").toString();
    assertEquals(2, run("predict", path("run"), bad, path("gone.jpg"), "--json"), () -> out);
    JsonNode told = new ObjectMapper().readTree(out);
    assertEquals(2, told.size(), out);
    assertEquals(bad, told.at("/0/image").asText());
    assertTrue(told.at("/0/failure").asText().contains("unreadable"), out);
    assertTrue(told.at("/1/failure").asText().contains("no such file"), out);
    assertEquals(1, err.lines().filter(line -> line.startsWith("margin-softmax: ")).count(), err);
  }

  @Test
  void theUsualBatchIsLoweredToSmallData() throws IOException {
    String small = Idx.folder(dir.resolve("small"), 3, 12, 4).toString();
    String said =
        progress(
            () ->
                assertEquals(
                    0,
                    run(
                        "train",
                        "--data",
                        small,
                        "--epochs",
                        "1",
                        "--embedding",
                        "8",
                        "--validation",
                        "0",
                        "--out",
                        path("small-run")),
                    () -> err));
    assertTrue(said.contains("batch size 36, all training samples"), said);
    JsonNode config = new ObjectMapper().readTree(dir.resolve("small-run/config.json").toFile());
    assertEquals(36, config.at("/options/loop/batch_size").asInt());
    assertEquals(0, run("check", "--data", small, "--validation", "0"), () -> err);
    assertRefused(
        "batch size", "train", "--data", small, "--batch-size", "64", "--out", path("not"));
    assertEquals(
        0, run("train", "--resume", "--out", path("small-run"), "--epochs", "2"), () -> err);
  }

  @ParameterizedTest
  @ValueSource(strings = {".avif", ".heic", ".svg", ".JP2"})
  void anImageOfAnotherFormatIsToBeConverted(String extension) throws IOException {
    Path file = Files.writeString(dir.resolve("x" + extension), "RIFF....WEBPVP8 ");
    assertRefused("convert it to PNG or JPEG", "predict", path("run"), file.toString());
    assertRefused("check the file", "predict", path("run"), path("none" + extension));
  }

  /** Some good, some bad, in folders. */
  private static Path folder(String name) throws IOException {
    Path folder = Files.createDirectories(dir.resolve(name).resolve("deep/down"));
    Files.copy(Path.of(IMAGES.get(0)), dir.resolve(name).resolve("b.png"));
    Files.copy(Path.of(IMAGES.get(1)), folder.resolve("a.png"));
    Files.writeString(dir.resolve(name).resolve("c.png"), "no image");
    Files.write(folder.resolve("cut.jpg"), new byte[] {(byte) 0xff, (byte) 0xd8, (byte) 0xff});
    Files.writeString(folder.resolve("d.heic"), "");
    Files.writeString(folder.resolve("._a.png"), "");
    return dir.resolve(name);
  }

  private static List<String> sorted(Path folder, String... names) {
    return Stream.of(names).map(name -> folder.resolve(name).toString()).sorted().toList();
  }

  private static List<String> texts(JsonNode array) {
    List<String> texts = new ArrayList<>();
    array.forEach(each -> texts.add(each.asText()));
    return texts;
  }

  @Test
  void foldersAreTakenAndABadFileIsPassedAndReported() throws IOException {
    Path folder = folder("mixed");
    List<String> all = sorted(folder, "b.png", "c.png", "deep/down/a.png", "deep/down/cut.jpg");
    String bad = folder.resolve("c.png").toString();
    // predict: files and folders together, each in its place.
    assertEquals(0, run("predict", path("run"), IMAGES.get(2), folder.toString(), "--json"));
    JsonNode predicted = new ObjectMapper().readTree(out);
    assertEquals(5, predicted.size());
    assertEquals(IMAGES.get(2), predicted.get(0).get("image").asText());
    for (int i = 0; i < 4; i++) {
      JsonNode each = predicted.get(i + 1);
      assertEquals(all.get(i), each.get("image").asText());
      boolean good = all.get(i).endsWith("a.png") || all.get(i).endsWith("b.png");
      assertEquals(good, each.has("classes"), each::toString);
      assertEquals(!good, each.path("failure").asText().contains(all.get(i)), each::toString);
    }
    assertEquals(0, run("predict", path("run"), folder.toString(), path("nowhere.png")));
    assertEquals(2, out.lines().count(), out);
    assertRefused("none among 2", "predict", path("run"), bad, path("nowhere.png"));
    Path empty = Files.createDirectories(dir.resolve("empty/within"));
    assertRefused("found none in", "predict", path("run"), empty.getParent().toString());

    // gallery add leaves a bad one out, with its name.
    Path names = Files.writeString(dir.resolve("four.txt"), "ben\nbad\nanna\nworse\n");
    String people = path("mixed-people");
    String[] add = {"gallery", "add", people, "--model", path("run"), "--names", names.toString()};
    assertEquals(0, run(with(List.of(folder.toString(), "--json"), add)), () -> err);
    JsonNode added = new ObjectMapper().readTree(out);
    assertEquals(2, added.get("size").asInt());
    assertEquals(2, added.get("failures").size());
    assertTrue(added.get("failures").has(bad), added::toString);
    assertEquals(0, run("gallery", "list", people));
    assertTrue(out.contains("  anna\n") && out.contains("  ben\n") && out.contains("2 names"), out);

    // gallery search names the files.
    String[] search = {"gallery", "search", people, "--model", path("run"), "--top", "1"};
    assertEquals(0, run(with(List.of(folder.toString(), "--json"), search)), () -> err);
    JsonNode found = new ObjectMapper().readTree(out);
    assertEquals(all, texts(found.get("images")));
    assertEquals("ben", found.at("/probes/0/0/name").asText());
    assertEquals("[]", found.at("/probes/1").toString());
    assertEquals("anna", found.at("/probes/2/0/name").asText());
    assertTrue(found.get("failures").has(bad), found::toString);
    assertEquals(0, run(with(List.of(folder.toString()), search)), () -> err);
    assertTrue(out.contains(all.get(0) + "  1.0000  ben"), out);
    assertTrue(out.contains(bad + "  unreadable"), out);
  }

  @Test
  void embedWritesWhatEachRowIsOf() throws IOException {
    Path folder = folder("unsorted");
    String output = path("u.npy");
    String[] embed = {"embed", path("run"), "--data", folder.toString(), "--output", output};
    assertEquals(0, run(embed), () -> err);
    assertEquals(
        List.of("b.png", "deep/down/a.png"), Files.readAllLines(dir.resolve("u.names.txt")));
    NpyFile.Floats rows = NpyFile.readFloats(Path.of(output));
    assertArrayEquals(new int[] {2, 16}, rows.shape());
    // The rows and their names make a gallery.
    String people = path("named");
    String names = path("u.names.txt");
    assertEquals(0, run("gallery", "add", people, "--input", output, "--names", names), () -> err);
    String[] search = {"gallery", "search", people, "--model", path("run"), "--top", "1"};
    assertEquals(0, run(with(List.of(IMAGES.get(1)), search)), () -> err);
    assertTrue(out.startsWith(IMAGES.get(1) + "  1.0000  deep/down/a.png"), out);

    // Sorted into classes: the class is the first part of the name.
    Path sorted = dir.resolve("sorted");
    for (int i = 0; i < 4; i++) {
      Path of = Files.createDirectories(sorted.resolve("class" + i % 2));
      Files.copy(Path.of(IMAGES.get(i)), of.resolve(i + ".png"));
    }
    embed[3] = sorted.toString();
    assertEquals(0, run(embed), () -> err);
    assertEquals(
        List.of("class0/0.png", "class0/2.png", "class1/1.png", "class1/3.png"),
        Files.readAllLines(Path.of(names)));
    // Split: the names say of which part the images are.
    Path split = Files.createDirectories(dir.resolve("split"));
    Files.move(sorted, split.resolve("Test"));
    for (String of : List.of("class0", "class1")) {
      Files.createDirectories(split.resolve("train").resolve(of));
      Files.copy(Path.of(IMAGES.get(0)), split.resolve("train").resolve(of).resolve("9.png"));
    }
    embed[3] = split.toString();
    assertEquals(0, run(embed), () -> err);
    assertEquals("Test/class0/0.png", Files.readAllLines(Path.of(names)).get(0));
    // A name that would not come back from a line of its own.
    Path tabbed = Files.createDirectories(dir.resolve("tabbed"));
    Files.copy(Path.of(IMAGES.get(0)), tabbed.resolve("a\tb.png"));
    embed[3] = tabbed.toString();
    assertRefused("expected 1 to", embed);
    embed[3] = split.toString();
    Files.createDirectories(dir.resolve("taken.names.txt"));
    embed[5] = path("taken.npy");
    assertRefused("taken.names.txt: expected a file", embed);
    assertFalse(Files.exists(dir.resolve("taken.npy")));
  }

  private static String[] with(List<String> images, String... args) {
    List<String> all = new ArrayList<>(List.of(args));
    all.addAll(images);
    return all.toArray(String[]::new);
  }

  @Test
  void galleriesTakeImagesAsWellAsEmbeddings() throws IOException {
    Path names = Files.writeString(dir.resolve("who.txt"), "0\n1\n2\n3\n4\n5\n");
    String[] add = {
      "gallery", "add", path("people"), "--model", path("run"), "--names", names.toString()
    };
    assertEquals(0, run(with(IMAGES, add)), () -> err);
    assertEquals(0, run("export", path("run"), "--to", path("embeds")), () -> err);
    // The exported model embeds an image where the run did.
    String[] search = {
      "gallery", "search", path("people"), "--top", "1", "--json", "--model", path("embeds")
    };
    assertEquals(0, run(with(IMAGES, search)), () -> err);
    JsonNode probes = new ObjectMapper().readTree(out).get("probes");
    assertEquals(6, probes.size());
    for (int i = 0; i < 6; i++) {
      assertEquals(i + "", probes.at("/" + i + "/0/name").asText(), out);
      assertEquals(1, probes.at("/" + i + "/0/cosine").asDouble(), 1e-5);
    }
    JsonNode calibrated =
        new ObjectMapper()
            .readTree(Path.of(path("embeds"), "assets.extra", "model-card.json").toFile())
            .at("/calibration/thresholds/0");
    assertEquals(0.01, calibrated.get("target_far").asDouble());
    String[] far = {
      "gallery", "search", path("people"), "--json", "--model", path("embeds"), "--far", "0.01"
    };
    assertEquals(0, run(with(IMAGES, far)), () -> err);
    String byFar = out;
    far[6] = "--threshold";
    far[7] = calibrated.get("threshold").asText();
    assertEquals(0, run(with(IMAGES, far)), () -> err);
    assertEquals(out, byFar);
    far[7] = "-1";
    assertEquals(0, run(with(IMAGES, far)), () -> err);
    assertNotEquals(out, byFar, "the threshold cuts");
    far[6] = "--far";
    far[7] = "0.5";
    assertRefused("expected one of [1e-2", with(IMAGES, far));
    far[5] = path("run");
    assertRefused("a folder that export wrote", with(IMAGES, far));
    assertRefused(
        "expected --model",
        "gallery",
        "search",
        path("people"),
        "--input",
        path("e.npy"),
        "--far",
        "0.01");
    assertRefused("no --model", with(IMAGES, "gallery", "search", path("people")));
    assertRefused("0 images", "gallery", "search", path("people"), "--model", path("run"));
    assertRefused("no --input", "gallery", "search", path("people"));
    assertRefused(
        "nowhere.png",
        "gallery",
        "add",
        path("other"),
        "--model",
        path("run"),
        "--name",
        "x",
        path("nowhere.png"));
    assertFalse(Files.exists(dir.resolve("other")));
  }

  @Test
  void refusesToExportHalfOfAPlace() {
    String to = path("refused");
    assertRefused("together", "export", path("run"), "--to", to, "--name", "x");
    assertRefused("together", "export", path("run"), "--to", to, "--version", "2");
    assertRefused("a version", "export", path("run"), "--to", to, "--name", "x", "--version", "0");
    assertRefused(
        "leave them out", "export", path("run"), "--as", "keras", "--to", to, "--top", "2");
    assertRefused("made from a Keras model", "export", path("run"), "--as", "keras", "--to", to);
    assertFalse(Files.exists(Path.of(to)));
  }
}
