package org.marginsoftmax.source;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.data.Samples;
import org.marginsoftmax.data.TrainTest;
import org.marginsoftmax.image.ImageFit;
import org.marginsoftmax.image.ImageSize;

class ImageFolderTest {
  @TempDir Path dir;
  private final List<String> said = new ArrayList<>();

  private static ImageOptions options(int size, String color) {
    return new ImageOptions(new ImageSize(size, size), color, ImageFit.STRETCH, 0.25, 0.1, 1);
  }

  private void image(String name, int type, String format, int size, Color color)
      throws IOException {
    BufferedImage image = new BufferedImage(size, size, type);
    Graphics2D graphics = image.createGraphics();
    graphics.setColor(color);
    graphics.fillRect(0, 0, size, size);
    graphics.dispose();
    write(name, format, image);
  }

  private void write(String name, String format, BufferedImage image) throws IOException {
    Path file = dir.resolve(name);
    Files.createDirectories(file.getParent());
    assertTrue(ImageIO.write(image, format, file.toFile()), format);
  }

  private static byte[] pixels(Samples samples, int index) {
    byte[] pixels = new byte[samples.element().size()];
    samples.copy(index, pixels, 0);
    return pixels;
  }

  private static void assertAll(int expected, byte[] pixels, int tolerance) {
    for (byte pixel : pixels) {
      assertEquals(expected, pixel & 0xff, tolerance);
    }
  }

  /** Grey as stored: Java's own conversion would brighten 100 to 166. */
  @Test
  void readsGreyAsStored() throws IOException {
    for (String[] kind : new String[][] {{"png", "png"}, {"bmp", "bmp"}, {"jpg", "jpg"}}) {
      for (String name : List.of("a", "b")) {
        BufferedImage image = new BufferedImage(9, 9, BufferedImage.TYPE_BYTE_GRAY);
        for (int i = 0; i < 81; i++) {
          image.getRaster().setSample(i % 9, i / 9, 0, 100);
        }
        write(name + "/" + kind[0] + "." + kind[0], kind[1], image);
      }
    }
    Samples samples = ImageFolder.readAll(dir, options(8, "auto"), said::add);
    assertEquals("8x8x1", samples.element().toString());
    assertEquals(6, samples.size());
    assertEquals(List.of("a", "b"), samples.classNames());
    for (int i = 0; i < 6; i++) {
      assertAll(100, pixels(samples, i), 1);
    }
  }

  @Test
  void readsColourPalettesSixteenBitsAndTransparency() throws IOException {
    image("a/rgb.png", BufferedImage.TYPE_INT_RGB, "png", 6, new Color(200, 30, 90));
    image("b/clear.png", BufferedImage.TYPE_INT_ARGB, "png", 6, new Color(0, 0, 0, 0));
    image("c/palette.png", BufferedImage.TYPE_BYTE_INDEXED, "png", 6, Color.RED);
    BufferedImage deep = new BufferedImage(6, 6, BufferedImage.TYPE_USHORT_GRAY);
    for (int i = 0; i < 36; i++) {
      deep.getRaster().setSample(i % 6, i / 6, 0, 0x40ff);
    }
    write("d/deep.png", "png", deep);
    Samples samples = ImageFolder.readAll(dir, options(4, "auto"), said::add);
    assertEquals("4x4x3", samples.element().toString());
    assertArrayEquals(
        new byte[] {(byte) 200, 30, 90},
        new byte[] {pixels(samples, 0)[0], pixels(samples, 0)[1], pixels(samples, 0)[2]});
    assertAll(255, pixels(samples, 1), 0);
    assertEquals(255, pixels(samples, 2)[0] & 0xff);
    assertEquals(0, pixels(samples, 2)[1]);
    assertAll(0x40, pixels(samples, 3), 0);
    Samples grey = ImageFolder.readAll(dir, options(4, "grey"), said::add);
    assertAll((int) Math.round(0.299 * 200 + 0.587 * 30 + 0.114 * 90), pixels(grey, 0), 0);
  }

  @Test
  void splitsByClassOrAsTheFolderSays() throws IOException {
    for (int k = 0; k < 3; k++) {
      for (int i = 0; i < 8; i++) {
        image("flat/c" + k + "/" + i + ".png", BufferedImage.TYPE_BYTE_GRAY, "png", 4, Color.GRAY);
      }
    }
    TrainTest data = ImageFolder.read(dir.resolve("flat"), options(4, "auto"), said::add).data();
    assertEquals(18, data.train().size());
    assertEquals(6, data.test().size());
    image("two/train/a/1.png", BufferedImage.TYPE_BYTE_GRAY, "png", 4, Color.GRAY);
    image("two/train/b/1.png", BufferedImage.TYPE_BYTE_GRAY, "png", 4, Color.GRAY);
    image("two/test/a/1.png", BufferedImage.TYPE_BYTE_GRAY, "png", 4, Color.GRAY);
    refused(() -> ImageFolder.read(dir.resolve("two"), options(4, "auto"), said::add), "test");
    image("two/test/b/1.png", BufferedImage.TYPE_BYTE_GRAY, "png", 4, Color.GRAY);
    data = ImageFolder.read(dir.resolve("two"), options(4, "auto"), said::add).data();
    assertEquals(2, data.train().size());
    assertEquals(2, data.test().size());
    assertTrue(ImageFolder.is(dir.resolve("two")));
    assertFalse(ImageFolder.is(dir.resolve("two/train/a")));
  }

  @Test
  void skipsUnreadableFilesUpToAShare() throws IOException {
    for (int i = 0; i < 20; i++) {
      image((i % 2) + "/" + i + ".png", BufferedImage.TYPE_BYTE_GRAY, "png", 4, Color.GRAY);
    }
    byte[] whole = Files.readAllBytes(dir.resolve("0/0.png"));
    Files.writeString(dir.resolve("0/text.png"), "no image");
    assertEquals(20, ImageFolder.readAll(dir, options(4, "auto"), said::add).size());
    assertTrue(
        said.contains("skipped, unreadable: 0/text.png (no PNG, JPEG, GIF, BMP, TIFF or WebP)"),
        said::toString);
    assertTrue(said.contains("passed over, unreadable: 1 .png"), said::toString);
    // A bomb: 60,000 x 60,000 in its header.
    byte[] bomb = whole.clone();
    ByteBuffer.wrap(bomb).putInt(16, 60_000).putInt(20, 60_000);
    Files.write(dir.resolve("1/bomb.png"), bomb);
    Files.write(dir.resolve("1/cut.jpg"), new byte[] {(byte) 0xff, (byte) 0xd8, (byte) 0xff});
    refused(
        () -> ImageFolder.readAll(dir, options(4, "auto"), said::add),
        "3: 0/text.png (no PNG, JPEG, GIF, BMP, TIFF or WebP), 1/bomb.png (too large");
  }

  private void grey(String... names) throws IOException {
    for (String name : names) {
      image(name, BufferedImage.TYPE_BYTE_GRAY, "png", 4, Color.GRAY);
    }
  }

  private void file(String name, String content) throws IOException {
    Path file = dir.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, content);
  }

  private ImageData.Read read() {
    said.clear();
    return ImageFolder.read(dir, options(4, "auto"), said::add);
  }

  /** Every file of a folder is either an image that is read or counted, by reason and extension. */
  @Test
  void whatIsNotReadIsCountedAndSaid() throws IOException {
    for (int i = 0; i < 8; i++) {
      grey("a/" + i + ".png", "b/" + i + ".PNG", "b/deep/down/" + i + ".jpeg");
    }
    for (String format : List.of("heic", "AVIF", "svg", "jp2")) {
      file("a/x." + format, "of another format");
    }
    file("a/Thumbs.db", "");
    file("a/desktop.ini", "");
    file("b/labels.csv", "");
    file("b/README", "");
    file("b/photo.taken in the year 2019", "");
    file("classes.txt", "");
    file("a/.DS_Store", "");
    file(".DS_Store", "");
    file("a/._0.png", "");
    grey("a/.ipynb_checkpoints/0-checkpoint.png", "a/__MACOSX/0.png", ".git/objects/0.png");
    grey("__MACOSX/a/1.png", "stray.png", "a/fine.jpg");
    file("b/empty.png", "");
    Files.createSymbolicLink(dir.resolve("a/gone.png"), dir.resolve("nowhere.png"));
    Files.createSymbolicLink(dir.resolve("a/round"), dir.resolve("a"));
    Files.createSymbolicLink(dir.resolve("round"), dir);
    ImageData.Read read = read();
    assertEquals(25, read.data().train().size() + read.data().test().size());
    assertEquals(List.of("a", "b"), read.data().train().classNames());
    Map<String, Map<String, Integer>> expected =
        Map.of(
            "hidden", Map.of(".DS_Store", 2, ".png", 5, ".db", 1, ".ini", 1),
            "images of other formats, convert them to PNG or JPEG",
                Map.of(".heic", 1, ".avif", 1, ".svg", 1, ".jp2", 1),
            "images outside of class folders", Map.of(".png", 1),
            "links in a circle", Map.of("without extension", 2),
            "links to nothing", Map.of(".png", 1),
            "no images by their extension", Map.of(".csv", 1, ".txt", 1, "without extension", 2),
            "unreadable", Map.of(".png", 1));
    assertEquals(expected, read.passedOver().counts());
    assertTrue(
        said.contains("read 25 images of 2 classes from " + dir + ": 16 .png, 8 .jpeg, 1 .jpg"),
        said::toString);
    assertTrue(
        said.contains("passed over, hidden: 5 .png, 2 .DS_Store, 1 .db, 1 .ini"), said::toString);
    assertTrue(
        said.stream().anyMatch(line -> line.startsWith("8 images lie deeper")), said::toString);
    for (String reason : expected.keySet()) {
      assertEquals(
          1,
          said.stream().filter(line -> line.startsWith("passed over, " + reason)).count(),
          said::toString);
    }
    try (Stream<Path> all = Files.walk(dir)) {
      assertEquals(
          all.filter(f -> !Files.isDirectory(f) || Files.isSymbolicLink(f)).count(),
          25
              + expected.values().stream()
                  .flatMap(of -> of.values().stream())
                  .mapToInt(n -> n)
                  .sum());
    }
  }

  @Test
  void linksToImagesAndFoldersAreFollowed() throws IOException {
    grey("kept/1.png", "kept/2.png", "set/b/1.png", "set/b/2.png");
    Files.createSymbolicLink(dir.resolve("set/a"), dir.resolve("kept"));
    Files.createSymbolicLink(dir.resolve("set/b/3.png"), dir.resolve("kept/1.png"));
    Samples samples = ImageFolder.readAll(dir.resolve("set"), options(4, "auto"), said::add);
    assertEquals(List.of("a", "b"), samples.classNames());
    assertEquals(5, samples.size());
  }

  @Test
  void aClassOfOtherFormatsIsToldWhatItHolds() throws IOException {
    grey("a/1.png", "a/2.png");
    file("b/1.heic", "");
    file("b/2.heic", "");
    refused(
        this::read,
        "none of class 'b' (images of other formats, convert them to PNG or JPEG: 2 .heic)");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "train test",
        "Train Test",
        "TRAIN VAL",
        "training testing",
        "train valid",
        "train validation",
        "Train Dev",
        "train validate",
        "train tests",
        "train testset",
        "training_set test_set",
        "TrainSet Val-Set Tests",
        "train-images test-images",
        "train eval",
        "train test val",
        "Training Validation Test"
      })
  void splitFoldersAreSplitsInAnyCaseAndUnderTheirUsualNames(String names) throws IOException {
    String[] parts = names.split(" ");
    // As many images a class as the name has letters.
    for (String part : parts) {
      for (int i = 0; i < part.length(); i++) {
        grey(part + "/a/" + i + ".png", part + "/b/" + i + ".png");
      }
    }
    grey("spare/a/1.png");
    file("README.md", "");
    ImageData.Read read = read();
    String test =
        parts.length == 3 && !parts[1].startsWith("V") ? parts[1] : parts[parts.length - 1];
    assertEquals(2 * parts[0].length(), read.data().train().size());
    assertEquals(2 * test.length(), read.data().test().size());
    assertEquals(List.of("a", "b"), read.data().test().classNames());
    if (parts.length == 3) {
      String validation = test.equals(parts[1]) ? parts[2] : parts[1];
      assertEquals(2 * validation.length(), read.validation().size());
      assertTrue(
          said.contains(
              "%s to train on, %s for validation, %s to test on"
                  .formatted(parts[0], validation, test)),
          said::toString);
    } else {
      assertNull(read.validation());
      assertTrue(
          said.contains("%s to train on, %s to test on".formatted(parts[0], test)), said::toString);
    }
    assertEquals(
        Map.of(
            "images beside the folders of the split",
            Map.of(".png", 1),
            "no images by their extension",
            Map.of(".md", 1)),
        read.passedOver().counts());
    assertTrue(ImageFolder.hasTraining(dir));
  }

  /** Whatever a part may be called by mistake, it is no class beside another part. */
  static Stream<String> misspeltParts() {
    SplittableRandom random = new SplittableRandom(1);
    Stream<String> mistyped =
        Stream.of("train", "training", "validation", "valid", "test", "testing", "eval")
            .flatMap(word -> IntStream.range(0, 6).mapToObj(i -> mistyped(word, random)));
    Stream<String> others =
        Stream.of(
            "trainval", "train2017", "x_train", "MyTestData", "testfiles", "test (1)", "unseen");
    return Stream.concat(mistyped, others).distinct().filter(name -> !name.equals("train"));
  }

  /** A letter is left out, doubled, changed, or swapped with the next. */
  private static String mistyped(String word, SplittableRandom random) {
    int at = random.nextInt(1, word.length() - 1);
    char letter = word.charAt(at);
    String before = word.substring(0, at);
    String after = word.substring(at + 1);
    return switch (random.nextInt(4)) {
      case 0 -> before + after;
      case 1 -> before + letter + letter + after;
      case 2 -> before + 'x' + after;
      default -> before + after.charAt(0) + letter + after.substring(1);
    };
  }

  @ParameterizedTest
  @MethodSource("misspeltParts")
  void misspeltPartsOfASplitAreNoClasses(String name) throws IOException {
    for (String part : new String[] {"train", name}) {
      grey(part + "/anna/1.png", part + "/anna/2.png", part + "/ben/1.png", part + "/ben/2.png");
    }
    refused(this::read, "expected splits named train, val, test, found '" + name + "'");
  }

  /** Neither name is one of those known. */
  @ParameterizedTest
  @ValueSource(
      strings = {"traning testt", "trianing tseting", "train1 test1", "x_train rest", "tarin held"})
  void twoMisspeltPartsAreNoClasses(String names) throws IOException {
    for (String part : names.split(" ")) {
      grey(part + "/anna/1.png", part + "/anna/2.png", part + "/ben/1.png", part + "/ben/2.png");
    }
    refused(this::read, "expected splits named train, val, test");
  }

  /** Classes that look a little like parts, their images in folders of their own. */
  @Test
  void classesOfNestedImagesStayClasses() throws IOException {
    grey("testudo/a/1.png", "testudo/b/2.png", "emys/c/1.png", "emys/c/2.png", "nest/d/1.png");
    grey("nest/d/2.png");
    grey("emys/3.png");
    assertEquals(List.of("emys", "nest", "testudo"), read().data().train().classNames());
  }

  @Test
  void saysWhichClassesOfPartsDiffer() throws IOException {
    grey("train/anna/1.png", "train/ben/1.png", "test/Anna/1.png", "test/ben/1.png");
    refused(this::read, "found no 'anna', besides 'Anna'");
  }

  @Test
  void saysWhereTheSplitLies() throws IOException {
    for (String part : new String[] {"images/train", "images/test"}) {
      grey(part + "/anna/1.png", part + "/ben/1.png");
    }
    refused(this::read, "name " + dir.resolve("images") + " instead");
  }

  @Test
  void classNamesThatLookTheSameAreOne() throws IOException {
    String composed = "Ren\u00e9";
    String apart = "Rene\u0301";
    grey("twice/" + composed + "/1.png", "twice/" + apart + "/1.png");
    refused(
        () -> ImageFolder.read(dir.resolve("twice"), options(4, "auto"), said::add),
        "two forms of Unicode");
    grey("train/" + composed + "/1.png", "train/Renf/1.png");
    grey("test/" + apart + "/1.png", "test/Renf/1.png", "test/Renf/2.png");
    assertEquals(List.of("Renf", composed), read().data().test().classNames());
  }

  @Test
  void aPartOfASplitAloneIsNoClass() throws IOException {
    grey("one/Train/a/1.png", "one/Train/a/2.png", "one/Train/b/1.png", "one/Train/b/2.png");
    TrainTest data = ImageFolder.read(dir.resolve("one"), options(4, "auto"), said::add).data();
    assertEquals(List.of("a", "b"), data.train().classNames());
    grey("held/test/a/1.png", "held/test/b/1.png", "held/val/a/1.png", "held/val/b/1.png");
    assertFalse(ImageFolder.hasTraining(dir.resolve("held")));
    assertEquals(
        List.of("test/a/1.png"),
        List.of(ImageFolder.readAll(dir.resolve("held"), options(4, "auto"), said::add).name(0)));
    refused(
        () -> ImageFolder.read(dir.resolve("held"), options(4, "auto"), said::add),
        "images to train on, found images to test on alone");
    grey("twice/train/a/1.png", "twice/Train/b/1.png");
    if (Files.list(dir.resolve("twice")).count() == 2) {
      refused(
          () -> ImageFolder.read(dir.resolve("twice"), options(4, "auto"), said::add),
          "Train and train");
    }
  }

  /** Trains are photographed as well. */
  @Test
  void aClassMayBeCalledTrain() throws IOException {
    grey("car/1.png", "car/2.png", "plane/1.png", "plane/2.png", "train/1.png", "train/2.png");
    assertEquals(List.of("car", "plane", "train"), read().data().train().classNames());
    assertFalse(ImageFolder.hasTraining(dir));
  }

  @Test
  void refusesFoldersWithoutClasses() throws IOException {
    image("a/1.png", BufferedImage.TYPE_BYTE_GRAY, "png", 4, Color.GRAY);
    refused(() -> ImageFolder.read(dir, options(4, "auto"), said::add), "at least 2 classes");
    Files.createDirectory(dir.resolve("b"));
    refused(() -> ImageFolder.read(dir, options(4, "auto"), said::add), "none of class 'b'");
  }

  @ParameterizedTest
  @ValueSource(ints = {3, 1025})
  void refusesSizesOutOfRange(int size) {
    refused(() -> options(size, "auto"), "4..1024");
    refused(() -> options(8, "blue"), "grey, color or auto");
  }

  private static void refused(org.junit.jupiter.api.function.Executable work, String part) {
    String message = assertThrows(InvalidInputException.class, work).getMessage();
    assertTrue(message.contains(part), message);
    assertEquals(1, message.lines().count(), message);
  }
}
