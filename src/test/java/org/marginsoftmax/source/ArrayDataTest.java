package org.marginsoftmax.source;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.data.ArrayShape;
import org.marginsoftmax.data.Batch;
import org.marginsoftmax.data.Batches;
import org.marginsoftmax.data.ClassSelection;
import org.marginsoftmax.data.ImageShape;
import org.marginsoftmax.data.Samples;
import org.marginsoftmax.data.TrainTest;
import org.marginsoftmax.npy.Npz;

class ArrayDataTest {
  @TempDir Path dir;
  private int files;

  /** Six samples [2] of three classes, and two to test on. */
  private static Npz usual() {
    return new Npz()
        .floats("x_train", new float[] {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, 6, 2)
        .labels("y_train", 0, 1, 2, 0, 1, 2)
        .floats("x_test", new float[] {-1, -2, -3, -4}, 2, 2)
        .labels("y_test", 2, 0);
  }

  private Path npz(Npz arrays) throws IOException {
    return arrays.write(dir.resolve("a" + files++ + ".npz"), files % 2 == 0);
  }

  private static ArrayData.Read read(Path path) {
    return ArrayData.read(path, 0.5, 1);
  }

  private static float[] floats(Samples samples, int index) {
    byte[] bytes = new byte[samples.element().bytes()];
    samples.copy(index, bytes, 0);
    float[] values = new float[samples.element().size()];
    ArrayShape.floats(bytes).get(values);
    return values;
  }

  @Test
  void archivesAndFoldersHoldTheSame() throws IOException {
    ArrayData.Read stored = read(usual().write(dir.resolve("s.npz"), false));
    ArrayData.Read deflated = read(usual().write(dir.resolve("d.npz"), true));
    ArrayData.Read folder = read(usual().writeFolder(dir.resolve("folder")));
    for (ArrayData.Read read : List.of(stored, deflated, folder)) {
      Samples train = read.data().train();
      assertEquals(new ArrayShape(List.of(2)), train.element());
      assertEquals("float32 [2]", train.element().toString());
      assertArrayEquals(new float[] {6, 7}, floats(train, 3));
      assertArrayEquals(new int[] {0, 1, 2, 0, 1, 2}, train.labels());
      assertEquals(List.of("0", "1", "2"), train.classNames());
      assertArrayEquals(new float[] {-3, -4}, floats(read.data().test(), 1));
      assertArrayEquals(new int[] {2, 0}, read.data().test().labels());
      assertEquals(stored.data().train().hash(), train.hash());
    }
    assertTrue(ArrayData.is(dir.resolve("folder")) && ArrayData.is(dir.resolve("s.npz")));
    assertFalse(ArrayData.is(dir) || ArrayData.is(dir.resolve("none.npz")));
  }

  @Test
  void batchesAreOfTheBytesOfFloats() throws IOException {
    Samples train = read(npz(usual())).data().train();
    try (Batches batches = new Batches(train, new int[] {5, 0, 3}, 2, 0, false)) {
      Batch first = batches.next();
      float[] values = new float[4];
      ArrayShape.floats(first.elements()).get(values);
      assertArrayEquals(new float[] {10, 11, 0, 1}, values);
      assertArrayEquals(new int[] {2, 0}, first.labels());
      assertArrayEquals(new int[] {5, 0}, first.numbers());
      assertEquals(1, batches.next().size());
    }
  }

  @Test
  void fortranOrderAndEveryKindOfNumber() throws IOException {
    byte[] columns = Npz.bytes(0, 2, 4, 6, 1, 3, 5, 7);
    Samples fortran =
        read(npz(new Npz().withColumns("X", "<f4", columns, 4, 2).labels("Y", 0, 1, 0, 1)))
            .data()
            .train();
    assertEquals(2, fortran.size());
    Samples all =
        read(npz(usual().withColumns("x_test", "<f4", columns, 4, 2).labels("y_test", 0, 1, 0, 1)))
            .data()
            .test();
    assertArrayEquals(new float[] {4, 5}, floats(all, 2));
    ByteBuffer doubles = ByteBuffer.allocate(32).order(ByteOrder.BIG_ENDIAN);
    ByteBuffer halves = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
    ByteBuffer shorts = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
    for (double value : new double[] {1, -2, 0.5, 3}) {
      doubles.putDouble(value);
      shorts.putShort((short) (4 * value));
    }
    for (int bits : new int[] {0x3c00, 0xc000, 0x3800, 0x4200}) {
      halves.putShort((short) bits);
    }
    for (Npz arrays :
        List.of(
            new Npz().with("test_features", ">f8", doubles.array(), 2, 2),
            new Npz().with("test_features", "<f2", halves.array(), 2, 2),
            new Npz().with("test_features", "<i2", shorts.array(), 2, 2))) {
      Path file = npz(arrays.labels("test_labels", 7, 9));
      Samples samples = ArrayData.readTest(file, null);
      float factor = floats(samples, 0)[0];
      assertArrayEquals(new float[] {0.5f * factor, 3 * factor}, floats(samples, 1));
      assertEquals(List.of("7", "9"), samples.classNames());
      assertFalse(ArrayData.hasTraining(file));
    }
  }

  @Test
  void uint8OfThreeOrFourDimensionsAreImages() throws IOException {
    byte[] pixels = new byte[4 * 2 * 3];
    pixels[7] = (byte) 200;
    Npz grey = new Npz().with("images", "|u1", pixels, 4, 2, 3).labels("labels", 0, 1, 1, 0);
    Samples samples = read(npz(grey)).data().train();
    assertEquals(new ImageShape(2, 3, 1), samples.element());
    Npz color = new Npz().with("x", "|u1", pixels, 4, 1, 2, 3).labels("y", 0, 1, 1, 0);
    assertEquals(new ImageShape(1, 2, 3), read(npz(color)).data().train().element());
    Npz bytes = new Npz().with("x", "|u1", pixels, 4, 6).labels("y", 0, 1, 1, 0);
    assertEquals("float32 [6]", read(npz(bytes)).data().train().element().toString());
    Npz floats = new Npz().floats("x", new float[24], 4, 2, 3).labels("y", 0, 1, 1, 0);
    assertEquals("float32 [2, 3]", read(npz(floats)).data().train().element().toString());
  }

  @Test
  void anyIntegersAreLabelsAndClassesAreChosenByThem() throws IOException {
    Npz arrays =
        usual()
            .with("y_train", "<i2", new byte[] {9, 0, -7, -1, 40, 0, 9, 0, -7, -1, 40, 0}, 6, 1)
            .labels("y_test", 40, -7);
    ArrayData.Read read = read(npz(arrays));
    assertArrayEquals(new int[] {-7, 9, 40}, read.numbers());
    assertEquals(List.of("-7", "9", "40"), read.data().train().classNames());
    assertArrayEquals(new int[] {1, 0, 2, 1, 0, 2}, read.data().train().labels());
    ArrayData.Read chosen = read.select(ClassSelection.parse("9,40"));
    assertArrayEquals(new int[] {9, 40}, chosen.numbers());
    assertArrayEquals(new int[] {0, 1, 0, 1}, chosen.data().train().labels());
    assertArrayEquals(new float[] {4, 5}, floats(chosen.data().train(), 1));
    assertEquals("2", chosen.data().train().name(1));
    refused(() -> read.select(ClassSelection.parse("9-40")), "none of 10");
  }

  @Test
  void namesStandInAFileBesideTheArchive() throws IOException {
    Path file = usual().write(dir.resolve("cats.npz"), true);
    Path names = Files.writeString(dir.resolve("cats.classes.txt"), "Manx\nBirman\nBengal\n");
    assertEquals(List.of("Manx", "Birman", "Bengal"), read(file).data().train().classNames());
    Files.writeString(names, "Manx\nBirman\n");
    refused(() -> read(file), "for each of the 3 labels", "found 2 lines");
  }

  @Test
  void aShareOfEachClassIsKeptForTesting() throws IOException {
    float[] values = new float[40];
    int[] labels = new int[40];
    for (int i = 0; i < 40; i++) {
      values[i] = i;
      labels[i] = i % 4;
    }
    Path file = npz(new Npz().floats("features", values, 40, 1).labels("labels", labels));
    TrainTest data = ArrayData.read(file, 0.2, 3).data();
    assertEquals(32, data.train().size());
    assertArrayEquals(
        new int[] {0, 0, 1, 1, 2, 2, 3, 3}, Arrays.stream(data.test().labels()).sorted().toArray());
    refused(() -> ArrayData.read(file, 0.7, 3), "test share");
  }

  @Test
  void whatDoesNotGoTogetherIsRefusedInALine() throws IOException {
    Npz x = new Npz().floats("x", new float[8], 4, 2);
    refused(() -> read(npz(x)), "expected an array y beside x", "found x (");
    refused(
        () -> read(npz(new Npz().floats("data", new float[8], 4, 2))),
        "features and labels",
        "found data (");
    refused(() -> read(npz(new Npz())), "found no array");
    refused(
        () -> read(npz(usual().floats("X", new float[8], 4, 2).labels("Y", 0, 1, 0, 1))),
        "found x and x_train");
    refused(
        () -> read(npz(x.labels("y", 0, 1, 0))),
        "a label for each of the 4 samples of x, found 3 labels");
    refused(() -> read(npz(x.labels("y", 1, 1, 1, 1))), "at least 2 classes", "label 1 alone");
    refused(
        () -> read(npz(x.floats("y", new float[] {0, 1, 0.5f, 1}, 4))),
        "labels as integers",
        "kind 'f'");
    refused(
        () -> read(npz(x.floats("y", new float[] {0, 1, 0.5f, 1, 0, 0, 0, 0}, 4, 2))), "one-hot");
    refused(() -> read(npz(x.with("y", "|O", new byte[8], 4))), "Python objects");
    x.labels("y", 0, 1, 0, 1);
    refused(() -> read(npz(x.with("x", "|O", new byte[8], 4))), "Python objects");
    refused(
        () -> read(npz(x.floats("x", new float[] {0, 1, 2, 3, Float.NaN, 5, 6, 7}, 4, 2))),
        "NaN in row 2",
        ": x)");
    refused(
        () ->
            read(
                npz(
                    x.floats(
                        "x", new float[] {0, 1, 2, 3, 4, 5, 6, Float.NEGATIVE_INFINITY}, 4, 2))),
        "-Infinity in row 3");
    refused(
        () -> read(npz(x.floats("x", new float[0], 0, 2).labels("y"))), "at least one", "[0, 2]");
    refused(
        () -> read(npz(x.floats("x", new float[4], 4).labels("y", 0, 1, 0, 1))),
        "features [N, D]",
        "shape [4]");
    refused(
        () -> read(npz(usual().floats("x_test", new float[6], 2, 3))),
        "test samples of float32 [2]",
        "float32 [3]");
    refused(() -> read(npz(usual().labels("y_test", 0, 5))), "label 5 in row 1");
    refused(
        () -> read(npz(usual().labels("y_test", 0))), "each of the 2 samples of x_test, found 1");
    Path broken = Files.writeString(dir.resolve("broken.npz"), "no archive");
    refused(() -> read(broken), "an NPZ archive");
    Path alone = Files.write(dir.resolve("alone.npy"), Npz.npy("<f4", false, new byte[8], 1, 2));
    refused(() -> read(alone), "a single array", "labels.npy");
  }

  /** Java reads a stored entry without a look at its CRC-32. */
  @Test
  void aDamagedArchiveIsRefused() throws IOException {
    for (boolean deflated : new boolean[] {false, true}) {
      Path file = usual().write(dir.resolve("damaged.npz"), deflated);
      byte[] bytes = Files.readAllBytes(file);
      // In the last number of the first array; if deflated, in the CRC-32 that is recorded.
      String text = new String(bytes, StandardCharsets.ISO_8859_1);
      int next = text.indexOf(deflated ? "PK\u0001\u0002" : "PK\u0003\u0004", 1);
      bytes[deflated ? next + 16 : next - 2] ^= 1;
      Files.write(file, bytes);
      refused(() -> read(file), "damaged", "x_train");
    }
  }

  @Test
  void aNameInTwoCasesIsAmbiguous() throws IOException {
    Npz twice =
        usual()
            .floats("X_train", new float[12], 6, 2)
            .floats("w", new float[1])
            .floats("W", new float[1]);
    for (Path path : List.of(npz(twice), twice.writeFolder(dir.resolve("twice")))) {
      refused(() -> read(path), "one array x_train", "x_train", "X_train", "keep one");
    }
    Npz labels = usual().labels("Y_TEST", 0, 1);
    refused(() -> read(npz(labels)), "one array y_test", "y_test and Y_TEST");
    Npz others = usual().floats("w", new float[1]).floats("W", new float[1]);
    assertEquals(6, read(npz(others)).data().train().size());
  }

  @Test
  void validationArraysAreUsed() throws IOException {
    String[][] names = {
      {"val_features", "val_labels"},
      {"X_val", "y_val"},
      {"val_images", "val_labels"},
      {"validation_features", "validation_labels"},
      {"x_validation", "y_validation"},
      {"validation_images", "validation_labels"}
    };
    for (String[] name : names) {
      Npz arrays = usual().floats(name[0], new float[] {7, 8, 9, 10}, 2, 2).labels(name[1], 1, 2);
      ArrayData.Read read = read(npz(arrays));
      assertArrayEquals(new float[] {9, 10}, floats(read.validation(), 1));
      assertArrayEquals(new int[] {1, 2}, read.validation().labels());
      assertEquals(2, read.data().test().size());
      ArrayData.Read chosen = read.select(ClassSelection.parse("0,2"));
      assertArrayEquals(new int[] {1}, chosen.validation().labels());
      refused(() -> read(npz(arrays.labels(name[1], 1, 3))), "label 3 in row 1");
      refused(
          () -> read(npz(arrays.labels(name[1], 1, 2).floats(name[0], new float[6], 2, 3))),
          "validation samples of float32 [2]");
    }
    assertNull(read(npz(usual())).validation());
    Npz untested =
        new Npz()
            .floats("x", new float[] {0, 1, 2, 3}, 2, 2)
            .labels("y", 0, 1)
            .floats("x_val", new float[] {5, 6}, 1, 2)
            .labels("y_val", 1);
    ArrayData.Read read = read(npz(untested));
    assertNull(read.validation());
    assertArrayEquals(new float[] {5, 6}, floats(read.data().test(), 0));
    refused(
        () -> read(npz(usual().labels("val_labels", 0))),
        "an array val_features or val_images beside val_labels");
  }

  @Test
  void partsThatLackAHalfAreNamed() throws IOException {
    Npz x = new Npz().floats("x", new float[8], 4, 2).labels("y", 0, 1, 0, 1);
    refused(() -> read(npz(x.labels("y_test", 0))), "an array x_test beside y_test", "add it");
    Path tested = npz(new Npz().floats("x_test", new float[4], 2, 2).labels("y_test", 0, 1));
    refused(() -> read(tested), "arrays to train on, found test samples only, x_test and y_test");
  }

  @Test
  void endingsInCapitals() throws IOException {
    Path file = usual().write(dir.resolve("CATS.NPZ"), true);
    Files.writeString(dir.resolve("CATS.classes.txt"), "Manx\nBirman\nBengal\n");
    assertTrue(ArrayData.is(file));
    assertEquals(List.of("Manx", "Birman", "Bengal"), read(file).data().train().classNames());
    Path zip = usual().write(dir.resolve("x.zip"), true);
    for (Path other : List.of(zip, dir.resolve("nope.npz"))) {
      assertFalse(ArrayData.is(other));
      refused(() -> IdxFolder.read(other), "an NPZ file (.npz) or a folder of NPY files");
    }
  }

  /** A header may claim what it likes. */
  @Test
  void aClaimTakesNoMemory() throws IOException {
    Npz claim = usual().with("x_train", "<f4", new byte[64], 20_000_000, 2);
    refused(() -> read(npz(claim)), "too early");
  }

  private static void refused(org.junit.jupiter.api.function.Executable work, String... parts) {
    String message = assertThrows(InvalidInputException.class, work).getMessage();
    assertEquals(1, message.lines().count(), message);
    for (String part : parts) {
      assertTrue(message.contains(part), message);
    }
  }
}
