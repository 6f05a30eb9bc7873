package org.marginsoftmax.source;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.data.ClassSelection;
import org.marginsoftmax.data.ImageShape;
import org.marginsoftmax.data.Samples;
import org.marginsoftmax.data.TrainTest;

class IdxFolderTest {
  @TempDir Path dir;

  @BeforeEach
  void healthyFolder() throws IOException {
    put("train-images-idx3-ubyte", Idx.images(6, 4, 5));
    put("train-labels-idx1-ubyte", Idx.labels(0, 1, 2, 0, 1, 2));
    put("t10k-images-idx3-ubyte.gz", Idx.gzip(Idx.images(3, 4, 5)));
    put("t10k-labels-idx1-ubyte.gz", Idx.gzip(Idx.labels(2, 1, 0)));
  }

  @Test
  void readsPlainAndCompressed() {
    TrainTest data = IdxFolder.read(dir);
    assertEquals(new ImageShape(4, 5, 1), data.train().element());
    assertEquals(6, data.train().size());
    assertEquals(List.of("0", "1", "2"), List.copyOf(data.test().classNames()));
    assertArrayEquals(new int[] {2, 1, 0}, data.test().labels());
    byte[] pixels = new byte[22];
    data.train().copy(2, pixels, 1);
    assertEquals((byte) (40 * 31), pixels[1]);
    assertEquals((byte) (59 * 31), pixels[20]);
    assertEquals(0, pixels[21]);
  }

  @Test
  void readsWideLabelsAndColour() throws IOException {
    byte[] pixels = new byte[6 * 2 * 2 * 3];
    Arrays.fill(pixels, (byte) 7);
    put("train-images-idx3-ubyte", Idx.bytes(0x08, new int[] {6, 2, 2, 3}, pixels));
    put("t10k-images-idx3-ubyte.gz", Idx.bytes(0x08, new int[] {3, 2, 2, 3}, new byte[36]));
    put("train-labels-idx1-ubyte", Idx.intLabels(0, 1, 2, 0, 1, 2));
    assertEquals(new ImageShape(2, 2, 3), IdxFolder.read(dir).train().element());
  }

  @Test
  void takesClassNamesFromTheirFile() throws IOException {
    Files.write(dir.resolve("classes.txt"), List.of("Ä", "b", "c"));
    assertEquals(List.of("Ä", "b", "c"), IdxFolder.read(dir).train().classNames());
  }

  @Test
  void hashFollowsTheContent() throws IOException {
    String hash = IdxFolder.read(dir).train().hash();
    assertEquals(hash, IdxFolder.read(dir).train().hash());
    put("train-labels-idx1-ubyte", Idx.labels(0, 1, 2, 0, 2, 1));
    assertFalse(hash.equals(IdxFolder.read(dir).train().hash()));
  }

  @Test
  void refusesWhatIsMissing() throws IOException {
    refused(
        dir.resolve("nowhere"),
        "expected a folder of images, one sub-folder a class, or of IDX files, found none");
    Files.delete(dir.resolve("t10k-labels-idx1-ubyte.gz"));
    refused(dir, "t10k-labels* or test-labels*", "train-images-idx3-ubyte");
    refused(Files.createDirectory(dir.resolve("empty")), "an empty folder");
  }

  @Test
  void refusesTwoOfOneKind() throws IOException {
    put("train-images.gz", Idx.gzip(Idx.images(6, 4, 5)));
    refused(dir, "one file train-images*", "train-images.gz", "keep one");
  }

  @Test
  void refusesTruncatedFiles() throws IOException {
    byte[] images = Idx.images(6, 4, 5);
    put("train-images-idx3-ubyte", Arrays.copyOf(images, images.length - 1));
    refused(dir, "136 bytes", "135: it is truncated", "train-images");
    put("train-images-idx3-ubyte", Arrays.copyOf(images, 9));
    refused(dir, "IDX header", "train-images");
    put("train-images-idx3-ubyte", images);
    byte[] packed = Idx.gzip(Idx.labels(2, 1, 0));
    put("t10k-labels-idx1-ubyte.gz", Arrays.copyOf(packed, packed.length - 5));
    refused(dir, "gzip", "truncated", "t10k-labels");
  }

  @Test
  void refusesTrailingBytes() throws IOException {
    byte[] labels = Idx.labels(0, 1, 2, 0, 1, 2);
    put("train-labels-idx1-ubyte", Arrays.copyOf(labels, labels.length + 2));
    refused(dir, "14 bytes", "trailing", "train-labels");
  }

  @Test
  void refusesCorruptGzip() throws IOException {
    byte[] packed = Idx.gzip(Idx.images(3, 4, 5));
    packed[packed.length - 6] ^= 1; // its checksum
    put("t10k-images-idx3-ubyte.gz", packed);
    refused(dir, "a sound gzip stream", "t10k-images");
  }

  @Test
  void refusesWhatIsNotIdx() throws IOException {
    put("train-images-idx3-ubyte", "P5 4 5 255".getBytes(StandardCharsets.UTF_8));
    refused(dir, "expected an IDX file", "50 35 20 34");
    put("train-images-idx3-ubyte", new byte[0]);
    refused(dir, "an empty file");
    put("train-images-idx3-ubyte", Idx.bytes(0x0d, new int[] {6, 1, 1}, new byte[24]));
    refused(dir, "images of uint8", "float32");
    put("train-images-idx3-ubyte", Idx.labels(0, 1, 2, 0, 1, 2));
    refused(dir, "images of rank 3 or 4", "rank 1", "swapped");
  }

  @Test
  void refusesLyingDimensionsWithoutTakingTheMemory() throws IOException {
    put(
        "train-images-idx3-ubyte",
        Idx.bytes(0x08, new int[] {Integer.MAX_VALUE, 4, 5}, new byte[120]));
    refused(dir, "truncated");
    put("train-images-idx3-ubyte", Idx.bytes(0x08, new int[] {6, -4, 5}, new byte[120]));
    refused(dir, "every dimension positive", "-4");
    put("train-images-idx3-ubyte", Idx.bytes(0x08, new int[] {0, 4, 5}, new byte[0]));
    refused(dir, "at least one sample");
    put("train-images-idx3-ubyte", Idx.bytes(0x08, new int[] {2, 65536, 65536}, new byte[9]));
    refused(dir, "65536");
  }

  @Test
  void refusesMismatchedFiles() throws IOException {
    put("train-labels-idx1-ubyte", Idx.labels(0, 1, 2, 0, 1));
    refused(dir, "each of the 6 images of train-images-idx3-ubyte", "5 labels");
    put("train-labels-idx1-ubyte", Idx.labels(0, 1, 2, 0, 1, 2));
    put("t10k-images-idx3-ubyte.gz", Idx.images(3, 5, 5));
    refused(dir, "4x5x1", "5x5x1");
  }

  @Test
  void namesLabelsThatRunFromOne() throws IOException {
    put("train-labels-idx1-ubyte", Idx.labels(1, 2, 3, 1, 2, 3));
    put("t10k-labels-idx1-ubyte.gz", Idx.labels(3, 2, 1));
    refused(dir, "run from 1 to C", "1..3", "subtract 1");
  }

  @Test
  void refusesASingleClass() throws IOException {
    put("train-labels-idx1-ubyte", Idx.labels(0, 0, 0, 0, 0, 0));
    put("t10k-labels-idx1-ubyte.gz", Idx.labels(0, 0, 0));
    refused(dir, "at least 2 classes");
  }

  @Test
  void refusesLabelsOutOfRange() throws IOException {
    put("t10k-labels-idx1-ubyte.gz", Idx.labels(2, 1, 3));
    refused(dir, "labels 0..2", "label 3", "t10k-labels");
    put("t10k-labels-idx1-ubyte.gz", Idx.labels(2, 1, 0));
    put("train-labels-idx1-ubyte", Idx.intLabels(0, 1, 2, 0, -1, 2));
    refused(dir, "label -1");
    put("train-labels-idx1-ubyte", Idx.intLabels(0, 1, 2, 0, 2_000_000_000, 2));
    refused(dir, "2000000000");
  }

  @Test
  void refusesAClassWithoutSamplesUnlessItIsNotChosen() throws IOException {
    put("train-labels-idx1-ubyte", Idx.labels(0, 2, 2, 0, 0, 2));
    put("t10k-labels-idx1-ubyte.gz", Idx.labels(2, 0, 0));
    refused(dir, "training samples of every class", "class 1");
    Samples train = IdxFolder.read(dir, ClassSelection.parse("0,2")).train();
    assertArrayEquals(new int[] {0, 1, 1, 0, 0, 1}, train.labels());
    assertEquals(List.of("0", "2"), train.classNames());
    assertThrows(
        InvalidInputException.class, () -> IdxFolder.read(dir, ClassSelection.parse("0-1")));
  }

  @Test
  void selectionsAreReadAndRefused() {
    assertArrayEquals(new int[] {0, 1, 2, 3, 4, 7}, ClassSelection.parse("7,0-4").original());
    for (String wrong : List.of("", "a", "3", "2-1", "0-4,3", "1,,2", "-1")) {
      assertThrows(InvalidInputException.class, () -> ClassSelection.parse(wrong), wrong);
    }
    assertThrows(
        InvalidInputException.class,
        () -> ClassSelection.parse("0,3").apply(IdxFolder.read(dir).train()));
  }

  private void put(String name, byte[] content) throws IOException {
    Files.write(dir.resolve(name), content);
  }

  private static void refused(Path dir, String... parts) {
    String message =
        assertThrows(InvalidInputException.class, () -> IdxFolder.read(dir)).getMessage();
    assertEquals(1, message.lines().count(), message);
    assertTrue(message.startsWith("expected ") && message.contains("found "), message);
    for (String part : parts) {
      assertTrue(message.contains(part), message + " lacks " + part);
    }
  }

  /** Who gives images without folders is not told of IDX files alone. */
  @Test
  void imagesWithoutFoldersAreNamedAsSuch() throws IOException {
    Path images = Files.createDirectory(dir.resolve("images"));
    refused(images, "one sub-folder of images a class", "an empty folder");
    for (int i = 0; i < 12; i++) {
      Files.write(images.resolve(i % 2 == 0 ? "train-" + i + ".png" : i + ".JPG"), new byte[] {1});
    }
    refused(images, "12 images and no folders", "sort the images into one folder a class");
    Path text = Files.createDirectory(dir.resolve("text"));
    Files.writeString(text.resolve("notes.txt"), "");
    refused(text, "one sub-folder of images a class", "notes.txt");
  }

  @Test
  void aClassMayBeCalledLikeAFile() throws IOException {
    Path folder = Files.createDirectory(dir.resolve("classes"));
    Files.createDirectory(folder.resolve("train-station"));
    Files.createDirectory(folder.resolve("test-images-of-birds"));
    assertTrue(ImageFolder.is(folder));
  }
}
