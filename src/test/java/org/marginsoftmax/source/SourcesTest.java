package org.marginsoftmax.source;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.marginsoftmax.source.Refusals.refused;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.marginsoftmax.data.Samples;
import org.marginsoftmax.image.ImageFit;
import org.marginsoftmax.image.ImageSize;

/**
 * The same images in every format, written by src/test/python/make_sources.py: by TensorFlow,
 * Python's tarfile and csv, and from the description of RecordIO.
 */
class SourcesTest {
  private static final Path FIXTURES = Path.of("src/test/resources/fixtures/sources");
  private static final SourceOptions USUAL = new SourceOptions(false, null, null, null);
  private static final ImageOptions OPTIONS =
      new ImageOptions(new ImageSize(7, 9), "auto", ImageFit.STRETCH, 0.25, 0, 1);

  @TempDir Path dir;

  private static ImageData.Read read(Path path, CachePlace cache) {
    List<String> said = new ArrayList<>();
    Source source = DataFormat.of(path).open(path, USUAL, said::add);
    return ImageData.read(source, OPTIONS, cache, said::add);
  }

  private static void assertSame(ImageData.Read expected, ImageData.Read found) {
    assertSame(expected.data().train(), found.data().train());
    assertSame(expected.data().test(), found.data().test());
  }

  private static void assertSame(Samples expected, Samples found) {
    assertEquals(expected.classNames(), found.classNames());
    assertEquals(expected.element(), found.element());
    assertArrayEquals(expected.labels(), found.labels());
    byte[] one = new byte[expected.element().bytes()];
    byte[] other = new byte[expected.element().bytes()];
    for (int i = 0; i < expected.size(); i++) {
      expected.copy(i, one, 0);
      found.copy(i, other, 0);
      assertArrayEquals(one, other, "sample " + i);
    }
    assertEquals(expected.hash(), found.hash());
  }

  @ParameterizedTest
  @CsvSource({
    "folder, FOLDER",
    "folder/list.csv, LIST",
    "folder/list.tsv, LIST",
    "tars, WEBDATASET",
    "tars/shard-{000..001}.tar, WEBDATASET",
    "'tars/shard-{001,000}.tar', WEBDATASET",
    "records, RECORDIO",
    "records/images.rec, RECORDIO",
    "faces, RECORDIO",
    "tfrecords, TFRECORD",
    "tfrecords/images.tfrecord-{00000..00001}-of-00002, TFRECORD"
  })
  void theSameImagesAreTheSameSamplesToTheBitWithCacheAndWithout(String name, DataFormat format) {
    Path path = FIXTURES.resolve(name);
    assertEquals(format, DataFormat.of(path));
    ImageData.Read expected = read(FIXTURES.resolve("folder"), null);
    assertEquals(List.of("ant", "b\u00e9e", "cow, 'brown'"), expected.data().train().classNames());
    assertEquals(9, expected.data().train().size());
    assertEquals(3, expected.data().test().size());
    assertSame(expected, read(path, null));
    CachePlace cache = new CachePlace(dir.resolve("cache"), true);
    assertSame(expected, read(path, cache));
    assertSame(expected, read(path, cache));
  }

  /** Folders and texts are sorted as the numbers that other formats have for labels. */
  @Test
  void classesNamedByNumbersHaveTheSameOrderInEveryFormat() throws IOException {
    List<String> rows = new ArrayList<>();
    List<String> numbers = new ArrayList<>();
    List<String> texts = new ArrayList<>();
    ByteArrayOutputStream records = new ByteArrayOutputStream();
    byte[] image = Files.readAllBytes(FIXTURES.resolve("folder/ant/000.png"));
    for (int k : new int[] {10, 2, 11, 0, 1, 100}) {
      for (int i = 0; i < 4; i++) {
        String stem = k + "/" + i;
        Files.createDirectories(dir.resolve("folder/" + k));
        Files.write(dir.resolve("folder/" + stem + ".png"), image);
        rows.add("folder/" + stem + ".png," + k);
        numbers.addAll(List.of(stem + ".png", stem + ".cls=" + k));
        texts.addAll(List.of(stem + ".png", stem + ".txt=" + k));
        records.write(Records.recordIo(k, image));
      }
    }
    Files.write(dir.resolve("list.csv"), rows);
    Tars.write(dir.resolve("numbers.tar"), numbers.toArray(String[]::new));
    Tars.write(dir.resolve("texts.tar"), texts.toArray(String[]::new));
    Files.write(dir.resolve("images.rec"), records.toByteArray());
    ImageData.Read expected = read(dir.resolve("folder"), null);
    assertEquals(List.of("0", "1", "2", "10", "11", "100"), expected.data().train().classNames());
    for (String name : List.of("list.csv", "numbers.tar", "texts.tar", "images.rec")) {
      assertSame(expected, read(dir.resolve(name), null));
    }
    // One name that is no number, and all are names.
    Files.createDirectories(dir.resolve("folder/2a"));
    Files.write(dir.resolve("folder/2a/0.png"), image);
    assertEquals(
        List.of("0", "1", "10", "100", "11", "2", "2a"),
        DataFormat.FOLDER.open(dir.resolve("folder"), USUAL, line -> {}).listing().classNames());
  }

  /** A decoder need not look at every byte of an image. */
  @ParameterizedTest
  @ValueSource(strings = {"folder/list.csv", "tars", "records", "faces", "tfrecords"})
  void theEncodedImagesAreThoseOfTheFiles(String name) throws IOException {
    Source folder = DataFormat.FOLDER.open(FIXTURES.resolve("folder"), USUAL, line -> {});
    Path path = FIXTURES.resolve(name);
    Source source = DataFormat.of(path).open(path, USUAL, line -> {});
    assertEquals(12, source.listing().size());
    for (int i = 0; i < 12; i++) {
      assertArrayEquals(folder.content(i), source.content(i), folder.listing().name(i));
    }
  }

  /** Without its index a file of records is read from the start. */
  @Test
  void theIndexOfRecordsMayBeMissing() throws IOException {
    for (String each : List.of("images.rec", "classes.txt")) {
      Files.copy(FIXTURES.resolve("records").resolve(each), dir.resolve(each));
    }
    assertSame(read(FIXTURES.resolve("folder"), null), read(dir, null));
  }

  /** What belongs to the samples is not passed over, and the rest is. */
  @ParameterizedTest
  @ValueSource(strings = {"tars", "records", "faces", "tfrecords"})
  void whatDescribesSamplesIsNotPassedOver(String name) throws IOException {
    Path copy = Files.createDirectories(dir.resolve(name));
    try (Stream<Path> files = Files.list(FIXTURES.resolve(name))) {
      for (Path file : files.toList()) {
        Files.copy(file, copy.resolve(file.getFileName()));
      }
    }
    SortedSet<String> expected = new TreeSet<>(List.of("1 .md", "1 .lst", "1 without extension"));
    if (name.equals("records") || name.equals("faces")) {
      expected.removeAll(List.of("1 .lst", "1 without extension"));
    }
    for (String each : List.of("README.md", "train.lst", "property", "more.tar.gz")) {
      Files.writeString(copy.resolve(each), "");
    }
    DataFormat format = DataFormat.of(copy);
    List<String> lines = format.open(copy, USUAL, line -> {}).listing().passedOver().lines();
    assertEquals("archives or compressed files, unpack them: 1 .gz", lines.get(0));
    assertEquals(
        expected, new TreeSet<>(List.of(lines.get(1).replaceFirst(".*: ", "").split(", "))));
  }

  @Test
  void thePropertyOfFacesIsSaid() throws IOException {
    for (String each : List.of("train.rec", "train.idx", "property")) {
      Files.copy(FIXTURES.resolve("faces").resolve(each), dir.resolve(each));
    }
    String size =
        "the file property says images of 9 x 7; train `image-size` 9x7 takes them as they are";
    assertEquals(List.of(size), said(dir.resolve("train.rec")));
    Files.writeString(dir.resolve("property"), "1004,112,96\n");
    assertEquals(
        List.of(
            "the file property says images of 112 x 96; train `image-size` 112x96 takes them as they are",
            "the file property says 1,004 classes, the records have 3; bring a whole copy if some are missing"),
        said(dir));
    for (String other : List.of("", "1004,112", "a property", "x".repeat(5000))) {
      Files.writeString(dir.resolve("property"), other);
      assertEquals(List.of(), said(dir));
    }
  }

  private static List<String> said(Path path) {
    List<String> said = new ArrayList<>();
    DataFormat.RECORDIO.open(path, USUAL, said::add);
    return said;
  }

  @Test
  void featuresOfOtherNamesAreReadIfSaid() {
    Path path = FIXTURES.resolve("tfrecords");
    Source source =
        DataFormat.TFRECORD.open(
            path, new SourceOptions(false, null, "image/encoded", "image/class/label"), line -> {});
    assertEquals(List.of("0", "1", "2"), source.listing().classNames());
    assertEquals("ant/000.png", source.listing().name(0));
    Refusals.refused(
        () ->
            DataFormat.TFRECORD.open(
                path, new SourceOptions(false, null, "picture", null), line -> {}),
        "one value of picture, an integer or bytes, found features");
    Refusals.refused(
        () ->
            DataFormat.TFRECORD.open(
                path, new SourceOptions(false, null, null, "image/object/bbox/xmin"), line -> {}),
        "one value of image/object/bbox/xmin, an integer or bytes");
  }

  /** Names of files say the parts, in a folder and in folders of parts. */
  @Test
  void shardsAreSplitByTheirNames() throws IOException {
    Path named = Files.createDirectories(dir.resolve("named"));
    Path sorted = dir.resolve("sorted");
    for (String part : List.of("train", "Val", "test")) {
      Files.createDirectories(sorted.resolve(part));
      for (Path each : List.of(named, sorted.resolve(part))) {
        Path tar = each.resolve(each == named ? "faces-" + part + "-000.tar" : "000.tar");
        Files.copy(FIXTURES.resolve("tars/shard-000.tar"), tar);
      }
    }
    for (Path path : List.of(named, sorted)) {
      ImageData.Read read = read(path, null);
      assertEquals(5, read.data().train().size());
      assertEquals(5, read.data().test().size());
      assertEquals(5, read.validation().size());
    }
    Files.copy(FIXTURES.resolve("tars/shard-001.tar"), named.resolve("more-000.tar"));
    Refusals.refused(() -> read(named, null), "train, val or test for every sample or for none");
    Files.move(named.resolve("more-000.tar"), named.resolve("train-and-test.tar"));
    Refusals.refused(() -> read(named, null), "one that says several");
  }

  @Test
  void anArchiveAloneIsToBeUnpacked() throws IOException {
    for (String name : List.of("images.zip", "shard-000.tar.gz", "train.rec.bz2")) {
      Path in = Files.createDirectories(dir.resolve("in-" + name));
      Files.writeString(in.resolve(name), "");
      Files.writeString(in.resolve("README"), "");
      assertEquals(DataFormat.IDX, DataFormat.of(in));
      refused(() -> IdxFolder.read(in), "README, " + name + " (" + in + "), unpack");
    }
  }

  @Test
  void anArchiveBesideClassFoldersIsNoSource() throws IOException {
    for (String name : List.of("a/1.png", "b/1.png", "train/a/1.png", "train/b/1.png")) {
      Files.createDirectories(dir.resolve("x").resolve(name).getParent());
      Files.copy(FIXTURES.resolve("folder/ant/000.png"), dir.resolve("x").resolve(name));
    }
    Files.writeString(dir.resolve("x/images.tar"), "");
    assertEquals(DataFormat.FOLDER, DataFormat.of(dir.resolve("x")));
    Files.writeString(dir.resolve("x/train/images.tar"), "");
    assertEquals(DataFormat.FOLDER, DataFormat.of(dir.resolve("x")));
    Files.createDirectories(dir.resolve("y/train"));
    Files.writeString(dir.resolve("y/train/images.tar"), "");
    assertEquals(DataFormat.WEBDATASET, DataFormat.of(dir.resolve("y")));
  }

  @Test
  void everyFolderIsAClassIfAsked() throws IOException {
    for (String name :
        List.of("a/b/1.png", "a/b/c/2.png", "a/b/c/3.png", "d/4.png", "e/.git/5.png", "6.png")) {
      Path file = dir.resolve(name);
      Files.createDirectories(file.getParent());
      Files.copy(FIXTURES.resolve("folder/ant/000.png"), file);
    }
    Listing listing =
        DataFormat.FOLDER
            .open(dir, new SourceOptions(true, null, null, null), line -> {})
            .listing();
    assertEquals(List.of("a/b", "a/b/c", "d"), listing.classNames());
    assertEquals(
        List.of("hidden: 1 .png", "images outside of class folders: 1 .png"),
        listing.passedOver().lines());
    assertFalse(listing.isSplit());
    for (String part : List.of("x/Train/", "x/test/")) {
      for (String name : List.of("a/b/1.png", "a/2.png")) {
        Files.createDirectories(dir.resolve(part + name).getParent());
        Files.copy(FIXTURES.resolve("folder/ant/000.png"), dir.resolve(part + name));
      }
    }
    Listing split =
        DataFormat.FOLDER
            .open(dir.resolve("x"), new SourceOptions(true, null, null, null), line -> {})
            .listing();
    assertEquals(List.of("a", "a/b"), split.classNames());
    assertTrue(split.isSplit());
  }
}
