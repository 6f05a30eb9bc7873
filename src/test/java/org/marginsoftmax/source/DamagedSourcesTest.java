package org.marginsoftmax.source;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.marginsoftmax.source.Refusals.refused;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.data.Samples;
import org.marginsoftmax.image.ImageFit;
import org.marginsoftmax.image.ImageSize;

/**
 * Files of many samples, damaged: refused in one line, or read with the damaged samples counted.
 * Never another failure, and never fewer samples without a word.
 */
class DamagedSourcesTest {
  private static final Path FIXTURES = Path.of("src/test/resources/fixtures/sources");
  private static final SourceOptions USUAL = new SourceOptions(false, null, null, null);

  @TempDir Path dir;

  private static Samples read(Path path, double unreadable, List<String> said) {
    Source source = DataFormat.of(path).open(path, USUAL, said::add);
    return ImageData.readTest(
        source,
        new ImageOptions(new ImageSize(7, 9), "color", ImageFit.STRETCH, 0.25, unreadable, 1),
        null,
        said::add);
  }

  private static Map<String, byte[]> pixels(Samples samples) {
    Map<String, byte[]> pixels = new TreeMap<>();
    for (int i = 0; i < samples.size(); i++) {
      byte[] one = new byte[samples.element().bytes()];
      samples.copy(i, one, 0);
      pixels.put(samples.classNames().get(samples.label(i)) + ' ' + samples.name(i), one);
    }
    return pixels;
  }

  /** Reads damaged bytes: whatever is read is as before, but for damage that no checksum covers. */
  private void check(String name, byte[] damaged, Map<String, byte[]> whole, String what) {
    List<String> said = new ArrayList<>();
    Samples samples;
    try {
      Path file = dir.resolve(name);
      Files.write(file, damaged);
      samples = assertTimeoutPreemptively(Duration.ofSeconds(20), () -> read(file, 1, said), what);
    } catch (InvalidInputException e) {
      assertEquals(1, e.getMessage().lines().count(), what + ": " + e.getMessage());
      return;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    long skipped = said.stream().filter(line -> line.startsWith("skipped, unreadable")).count();
    assertEquals(whole.size(), samples.size() + skipped, what + ": " + said);
    if (name.contains("tfrecord")) {
      // Every byte is under a checksum.
      pixels(samples).forEach((key, one) -> assertArrayEquals(whole.get(key), one, what));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "tars/shard-000.tar",
        "tars/shard-001.tar",
        "records/images.rec",
        "faces/train.rec",
        "tfrecords/images.tfrecord-00000-of-00002"
      })
  void damageIsRefusedOrCounted(String fixture) throws IOException {
    Path original = FIXTURES.resolve(fixture);
    String name = original.getFileName().toString();
    byte[] bytes = Files.readAllBytes(original);
    Files.write(dir.resolve(name), bytes);
    Map<String, byte[]> whole = pixels(read(dir.resolve(name), 0, new ArrayList<>()));
    SplittableRandom random = new SplittableRandom(1);
    // Bits of headers, which lie densely at the beginning, and bits anywhere.
    for (int i = 0; i < 400; i++) {
      byte[] damaged = bytes.clone();
      int at =
          i < 200 ? random.nextInt(Math.min(bytes.length, 2048)) : random.nextInt(bytes.length);
      damaged[at] ^= (byte) (1 << random.nextInt(8));
      check(name, damaged, whole, name + ", a bit of byte " + at);
    }
    for (int i = 0; i < 60; i++) {
      int length = i == 0 ? 0 : random.nextInt(bytes.length);
      check(name, Arrays.copyOf(bytes, length), whole, name + " of " + length + " bytes");
    }
    for (int i = 0; i < 40; i++) {
      byte[] damaged = bytes.clone();
      int from = random.nextInt(bytes.length);
      int to = Math.min(bytes.length, from + 1 + random.nextInt(600));
      Arrays.fill(damaged, from, to, (byte) (i % 2 == 0 ? 0 : 0xff));
      check(name, damaged, whole, name + ", bytes " + from + ".." + to);
    }
  }

  @Test
  void whatLiesThereIsRefusedByKind() throws IOException {
    for (String name : List.of("a.tar", "a.rec", "a.tfrecord")) {
      Path path = dir.resolve(name);
      refused(() -> read(path, 1, new ArrayList<>()), "");
      Files.createDirectory(path);
      Files.createDirectories(dir.resolve("in"));
      refused(() -> DataFormat.named(format(name)).open(dir, USUAL, line -> {}), "a folder");
      Files.delete(path);
      Files.writeString(path, "This is none of these, but a text of more than a few letters.\n");
      refused(() -> read(path, 1, new ArrayList<>()), "expected a");
      Files.write(path, new byte[0]);
      refused(() -> read(path, 1, new ArrayList<>()), "");
      Files.delete(path);
      refused(() -> read(dir.resolve("{0..3}" + name), 1, new ArrayList<>()), "no such file");
      refused(() -> DataFormat.named(format(name)).open(dir, USUAL, line -> {}), "found none");
    }
    refused(() -> DataFormat.named("tfrecords"), "did you mean tfrecord?");
    refused(() -> read(dir.resolve("{9..3}.tar"), 1, new ArrayList<>()), "numbers in braces");
  }

  private static String format(String name) {
    return name.endsWith("tar") ? "webdataset" : name.endsWith("rec") ? "recordio" : "tfrecord";
  }

  @Test
  void anIndexMustBelongToItsRecords() throws IOException {
    Path record = dir.resolve("images.rec");
    Path index = dir.resolve("images.idx");
    Files.copy(FIXTURES.resolve("records/images.rec"), record);
    List<String> lines = Files.readAllLines(FIXTURES.resolve("records/images.idx"));
    Files.write(index, lines);
    assertEquals(12, read(record, 0, new ArrayList<>()).size());
    Files.write(index, lines.subList(0, 11));
    refused(() -> read(record, 0, new ArrayList<>()), "an index of the records");
    List<String> more = new ArrayList<>(lines);
    more.add("99\t99999");
    Files.write(index, more);
    refused(() -> read(record, 0, new ArrayList<>()), "an index of the 12 records");
    more.set(3, "3\tx");
    Files.write(index, more);
    refused(() -> read(record, 0, new ArrayList<>()), "something else in line 4");
  }

  @Test
  void samplesOfATarFileStandTogetherAndOnce() throws IOException {
    Path tar = dir.resolve("a.tar");
    Tars.write(tar, "1.png", "1.cls=0", "2.png", "2.cls=1");
    assertEquals(2, read(tar, 0, new ArrayList<>()).size());
    Tars.write(tar, "1.png", "1.cls=0", "2.png", "2.cls=1", "1.txt=a");
    refused(() -> read(tar, 0, new ArrayList<>()), "'1' twice");
    Tars.write(tar, "1.png", "1.cls=0", "1.cls=1");
    refused(() -> read(tar, 0, new ArrayList<>()), "'1.cls' twice");
    Tars.write(tar, "1.png", "1.cls=0", "2.png");
    refused(() -> read(tar, 0, new ArrayList<>()), "found .png of '2'");
    Tars.write(tar, "1.png", "1.cls=0", "2.cls=1");
    refused(() -> read(tar, 0, new ArrayList<>()), "found .cls of '2'");
    Tars.write(tar, "1.png", "1.cls=zero");
    refused(() -> read(tar, 0, new ArrayList<>()), "a label");
    Tars.write(tar, "1.png", "1.txt=a\nb");
    refused(() -> read(tar, 0, new ArrayList<>()), "a label");
    Tars.write(tar, "1.png", "1.json={");
    refused(() -> read(tar, 0, new ArrayList<>()), "a label");
    Tars.write(tar, "1.png", "1.cls=0", "2.png", "2.txt=b");
    refused(() -> read(tar, 0, new ArrayList<>()), "numbers or names throughout");
    Tars.write(
        tar,
        "._1.png",
        "1.png",
        "1.json={\"label\": 7}",
        "x/.DS_Store",
        "x/2.left.PNG",
        "x/2.json={\"class\": 11}",
        "README");
    Source source = DataFormat.of(tar).open(tar, USUAL, line -> {});
    assertEquals(List.of("7", "11"), source.listing().classNames());
    assertEquals("x/2.left.PNG", source.listing().name(1));
    assertTrue(
        source.listing().passedOver().lines().get(0).startsWith("files of no sample: "),
        source.listing().passedOver()::toString);
  }
}
