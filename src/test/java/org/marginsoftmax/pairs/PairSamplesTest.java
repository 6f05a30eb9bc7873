package org.marginsoftmax.pairs;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.marginsoftmax.source.Refusals.refused;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.marginsoftmax.data.Samples;
import org.marginsoftmax.image.ImageFit;
import org.marginsoftmax.image.ImageSize;
import org.marginsoftmax.source.CachePlace;
import org.marginsoftmax.source.ImageOptions;

/** From a list to samples and the pairs of them. */
class PairSamplesTest {
  private static final Path IMAGES =
      Path.of("src/test/resources/fixtures/sources/folder").toAbsolutePath();

  @TempDir Path dir;

  private static ImageOptions options(double unreadable) {
    return new ImageOptions(new ImageSize(6, 5), "color", ImageFit.STRETCH, 0, unreadable, 1);
  }

  private static PairList.Read samples(PairList list, double unreadable, List<String> said) {
    return list.samples(options(unreadable), null, said::add);
  }

  /** The pixels of each pair, as text, whatever the numbers of images. */
  private static List<String> pixels(PairList.Read read) {
    return IntStream.range(0, read.pairs().size())
        .mapToObj(
            i -> pixels(read, read.pairs().first()[i]) + pixels(read, read.pairs().second()[i]))
        .toList();
  }

  private static String pixels(PairList.Read read, int template) {
    return IntStream.of(read.pairs().templates()[template])
        .mapToObj(
            image -> {
              byte[] pixels = new byte[read.samples().element().bytes()];
              read.samples().copy(image, pixels, 0);
              return Arrays.toString(pixels);
            })
        .collect(Collectors.joining());
  }

  @Test
  void theSameImagesGiveTheSameSamplesFromEveryFormat() throws IOException {
    // Images of LFW's names, with others' content.
    List<String> rows = new ArrayList<>();
    List<byte[]> encoded = new ArrayList<>();
    String[][] pairs = {
      {"ant", "1", "2"}, {"ant", "1", "bee", "3"}, {"bee", "3", "1"}, {"ant", "2", "cow", "1"}
    };
    List<String> folders;
    try (var listed = Files.list(IMAGES)) {
      folders = listed.map(Path::toString).sorted().toList();
    }
    for (String[] pair : pairs) {
      boolean same = pair.length == 3;
      String[][] both = {{pair[0], pair[1]}, {same ? pair[0] : pair[2], pair[pair.length - 1]}};
      List<String> names = new ArrayList<>();
      for (String[] image : both) {
        int k = List.of("ant", "bee", "cow").indexOf(image[0]);
        byte[] content = Files.readAllBytes(Path.of(folders.get(k), "00" + image[1] + ".png"));
        encoded.add(content);
        String name = "%s/%s_000%s.png".formatted(image[0], image[0], image[1]);
        names.add(name);
        Files.createDirectories(dir.resolve(name).getParent());
        Files.write(dir.resolve(name), content);
      }
      rows.add(String.join(",", names) + "," + (same ? 1 : 0));
    }
    Path csv = Files.write(dir.resolve("list.csv"), rows);
    String lfw =
        "2 1\n"
            + Arrays.stream(pairs).map(p -> String.join("\t", p)).collect(Collectors.joining("\n"));
    Path txt = Files.writeString(dir.resolve("pairs.txt"), lfw);
    Path bin = dir.resolve("list.bin");
    pickle(bin, encoded, new boolean[] {true, false, true, false});

    PairList.Read expected =
        samples(PairFormat.read(csv, null, null, line -> {}), 0, new ArrayList<>());
    assertEquals(5, expected.samples().size());
    for (Path other : List.of(txt, bin)) {
      PairList list = PairFormat.read(other, null, null, line -> {});
      List<String> said = new ArrayList<>();
      PairList.Read read = samples(list, 0, said);
      assertEquals(5, read.samples().size(), other.toString());
      assertEquals(pixels(expected), pixels(read), other.toString());
      PairList.Read cached =
          list.samples(options(0), new CachePlace(dir.resolve("cache"), true), said::add);
      assertEquals(read.samples().hash(), cached.samples().hash());
    }
  }

  /** Templates lose images that cannot be read; pairs of templates without any are left out. */
  @Test
  void unreadableImagesAreSkipped() throws IOException {
    for (int seed = 0; seed < 40; seed++) {
      Random random = new Random(seed);
      Map<String, List<String>> templates = new TreeMap<>();
      List<String> rows = new ArrayList<>(List.of("template,path,subject"));
      for (int t = 0; t < 6; t++) {
        for (int i = 0; i <= random.nextInt(3); i++) {
          boolean broken = random.nextInt(3) == 0;
          String name = "%s%d-%d-%d.png".formatted(broken ? "x" : "ok", seed, t, i);
          byte[] image = Files.readAllBytes(IMAGES.resolve("ant/00%d.png".formatted(i)));
          Files.write(dir.resolve(name), broken ? new byte[] {1, 2, (byte) i} : image);
          templates.computeIfAbsent("t" + t, k -> new ArrayList<>()).add(name);
          rows.add("t%d,%s,s%d".formatted(t, name, t / 2));
        }
      }
      List<String> lines = new ArrayList<>(List.of("template1,template2,fold,no"));
      List<String> expected = new ArrayList<>();
      int genuine = 0;
      for (int a = 0; a < 6; a++) {
        for (int b = a + 1; b < 6; b++) {
          lines.add("t%d,t%d,%d,%d".formatted(b, a, b % 2, lines.size()));
          List<String> left = List.of(left(templates.get("t" + b)), left(templates.get("t" + a)));
          if (left.stream().noneMatch(String::isEmpty)) {
            boolean same = a / 2 == b / 2;
            genuine += same ? 1 : 0;
            expected.add(
                "%s|%s|%d|%d".formatted(String.join("|", left), same, b % 2, lines.size() - 1));
          }
        }
      }
      Path list = Files.write(dir.resolve("list.csv"), lines);
      Path other = Files.write(dir.resolve("templates.csv"), rows);
      PairList read = PairFormat.read(list, null, other, line -> {});
      List<String> said = new ArrayList<>();
      if (genuine == 0 || genuine == expected.size()) {
        refused(() -> samples(read, 1, said), "with readable images");
        continue;
      }
      PairList.Read found = samples(read, 1, said);
      Samples samples = found.samples();
      List<String> texts =
          IntStream.range(0, found.pairs().size())
              .mapToObj(
                  i ->
                      "%s|%s|%s|%d|%s"
                          .formatted(
                              names(found, found.pairs().first()[i]),
                              names(found, found.pairs().second()[i]),
                              found.pairs().same()[i],
                              found.pairs().folds()[i],
                              found.pairs().groups().get("no")[i]))
              .toList();
      assertEquals(expected, texts);
      assertEquals(
          expected.size() < 15, said.stream().anyMatch(line -> line.startsWith("left out")));
      for (int t = 0; t < found.pairs().templates().length; t++) {
        for (int image : found.pairs().templates()[t]) {
          assertEquals(found.pairs().subjects()[t], samples.label(image));
        }
      }
    }
  }

  private static String left(List<String> images) {
    return images.stream()
        .filter(name -> name.startsWith("ok"))
        .sorted()
        .collect(Collectors.joining("+"));
  }

  private static String names(PairList.Read read, int template) {
    return IntStream.of(read.pairs().templates()[template])
        .mapToObj(read.samples()::name)
        .sorted()
        .collect(Collectors.joining("+"));
  }

  /** As scikit-learn's KFold without shuffling. */
  @Test
  void foldsAreConsecutiveParts() {
    for (int size = 2; size < 60; size++) {
      int[] zeros = new int[size];
      Pairs pairs =
          new Pairs(new int[][] {{0}}, new int[1], zeros, zeros, new boolean[size], null, Map.of());
      for (int parts = 2; parts <= 10; parts++) {
        int of = parts;
        if (size < parts) {
          refused(() -> pairs.folds(of), "expected at least " + parts);
          continue;
        }
        int[] expected = new int[size];
        int at = 0;
        for (int fold = 0; fold < parts; fold++) {
          int length = size / parts + (fold < size % parts ? 1 : 0);
          Arrays.fill(expected, at, at + length, fold);
          at += length;
        }
        assertArrayEquals(expected, pairs.folds(parts));
      }
    }
  }

  /** The size of the published lists: 6,000 pairs, most images in several of them. */
  @Test
  @Timeout(60)
  void readsListsOfThePublishedSize() throws IOException {
    Random random = new Random(5);
    List<byte[]> persons = new ArrayList<>();
    for (int i = 0; i < 7000; i++) {
      byte[] image = new byte[Integer.getInteger("pairs.image", 500) + random.nextInt(500)];
      random.nextBytes(image);
      persons.add(image);
    }
    List<byte[]> images = new ArrayList<>();
    boolean[] same = new boolean[6000];
    for (int i = 0; i < same.length; i++) {
      same[i] = i / 300 % 2 == 0;
      images.add(persons.get(random.nextInt(7000)));
      images.add(persons.get(random.nextInt(7000)));
    }
    Path file = dir.resolve("lfw.bin");
    pickle(file, images, same);
    long distinct = images.stream().distinct().count();
    System.gc();
    long before = Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    long start = System.nanoTime();
    PairList list = PairFormat.read(file, null, null, line -> {});
    long millis = (System.nanoTime() - start) / 1_000_000;
    System.gc();
    long held = Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory() - before;
    assertEquals(distinct, list.media().listing().size());
    assertEquals(6000, list.pairs().size());
    if (Boolean.getBoolean("pairs.say")) {
      System.out.printf("%d MB: %d ms, %d kB held%n", Files.size(file) >> 20, millis, held >> 10);
    }
    assertTrue(held < 8 << 20, held + " bytes held");
    for (int i : new int[] {0, 17, 5999}) {
      int item = list.pairs().templates()[list.pairs().second()[i]][0];
      assertArrayEquals(images.get(2 * i + 1), list.media().content(item));
    }
  }

  private static void pickle(Path file, List<byte[]> images, boolean[] same) throws IOException {
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file))) {
      out.write(new byte[] {(byte) 0x80, 4, ']', (byte) 0x94, '('});
      for (byte[] image : images) {
        out.write('B');
        out.write(
            ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(image.length).array());
        out.write(image);
        out.write(0x94);
      }
      out.write(new byte[] {'e', ']', (byte) 0x94, '('});
      for (boolean is : same) {
        out.write(is ? 0x88 : 0x89);
      }
      out.write(new byte[] {'e', (byte) 0x86, (byte) 0x94, '.'});
    }
  }
}
