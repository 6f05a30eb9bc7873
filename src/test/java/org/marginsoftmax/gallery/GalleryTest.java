package org.marginsoftmax.gallery;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.store.FSDirectory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.marginsoftmax.gallery.Gallery.Method;

/** Galleries against a list and a loop. */
class GalleryTest {
  private static final int DIMENSION = 16;

  @TempDir Path dir;
  private Path folder;

  @BeforeEach
  void setUp() {
    folder = dir.resolve("gallery");
  }

  /** What a gallery should hold: an embedding with its id. */
  private record Kept(long id, String name, float[] vector) {
    double cosine(float[] probe) {
      double product = 0;
      double norms = 0;
      double probeNorms = 0;
      for (int i = 0; i < probe.length; i++) {
        product += (double) vector[i] * probe[i];
        norms += (double) vector[i] * vector[i];
        probeNorms += (double) probe[i] * probe[i];
      }
      return product / Math.sqrt(norms * probeNorms);
    }
  }

  static float[] vector(Random random, int dimension) {
    float[] vector = new float[dimension];
    for (int i = 0; i < dimension; i++) {
      vector[i] = (float) random.nextGaussian();
    }
    return vector;
  }

  private static List<Kept> bruteForce(List<Kept> all, float[] probe, int top) {
    return all.stream()
        .sorted(Comparator.comparingDouble((Kept k) -> -k.cosine(probe)))
        .limit(top)
        .toList();
  }

  private static void assertSame(List<Kept> expected, float[] probe, List<Match> found) {
    assertEquals(expected.stream().map(Kept::id).toList(), found.stream().map(Match::id).toList());
    for (int i = 0; i < expected.size(); i++) {
      assertEquals(expected.get(i).name(), found.get(i).name());
      assertEquals(expected.get(i).cosine(probe), found.get(i).cosine(), 1e-6);
    }
  }

  @Test
  void addsRemovesAndReopensAsAListDoes() {
    Random random = new Random(7);
    List<Kept> all = new ArrayList<>();
    long nextId = 0;
    for (int round = 0; round < 6; round++) {
      try (Gallery gallery = Gallery.openOrCreate(folder)) {
        for (int change = 0; change < 15; change++) {
          String name = "name " + random.nextInt(12);
          switch (random.nextInt(4)) {
            case 0 -> {
              long before = all.stream().filter(k -> k.name().equals(name)).count();
              assertEquals(before, gallery.remove(name));
              all.removeIf(k -> k.name().equals(name));
            }
            case 1 -> {
              List<NamedEmbedding> several = new ArrayList<>();
              for (int i = 0; i < 5; i++) {
                Kept kept = new Kept(nextId++, name + i, vector(random, DIMENSION));
                all.add(kept);
                several.add(new NamedEmbedding(kept.name(), kept.vector()));
              }
              AtomicInteger told = new AtomicInteger();
              assertArrayEquals(
                  LongStream.range(nextId - 5, nextId).toArray(), gallery.add(several, told::set));
              assertEquals(5, told.get());
            }
            default -> {
              Kept kept = new Kept(nextId, name, vector(random, DIMENSION));
              all.add(kept);
              assertEquals(nextId++, gallery.add(name, kept.vector()));
            }
          }
          assertEquals(all.size(), gallery.size());
        }
      }
      try (Gallery gallery = Gallery.open(folder)) {
        assertEquals(DIMENSION, gallery.dimension());
        Map<String, List<Long>> names = new TreeMap<>();
        all.forEach(k -> names.computeIfAbsent(k.name(), n -> new ArrayList<>()).add(k.id()));
        assertEquals(names, gallery.list());
        for (int probes = 0; probes < 20; probes++) {
          float[] probe = vector(random, DIMENSION);
          for (int top : new int[] {1, 5, all.size(), all.size() + 3}) {
            List<Kept> expected = bruteForce(all, probe, top);
            assertSame(expected, probe, gallery.search(probe, top, Method.EXACT));
            // So few that the graph reaches all of them.
            assertSame(expected, probe, gallery.search(probe, top, Method.INDEX));
          }
        }
      }
    }
  }

  @Test
  void theIndexFindsTheNearestAmongThousands() {
    Random random = new Random(3);
    List<NamedEmbedding> all = new ArrayList<>();
    // Clusters, as classes make them.
    List<float[]> centers = Stream.generate(() -> vector(random, 32)).limit(50).toList();
    for (int i = 0; i < Gallery.INDEX_FROM; i++) {
      float[] vector = vector(random, 32);
      for (int k = 0; k < vector.length; k++) {
        vector[k] = vector[k] * 0.5f + centers.get(i % 50)[k];
      }
      all.add(new NamedEmbedding("n" + i, vector));
    }
    try (Gallery gallery = Gallery.openOrCreate(folder)) {
      gallery.add(all.subList(0, all.size() / 2), done -> {});
      assertEquals(Method.EXACT, gallery.usualMethod());
      gallery.add(all.subList(all.size() / 2, all.size()), done -> {});
      assertEquals(Method.INDEX, gallery.usualMethod());
      int same = 0;
      for (int i = 0; i < 300; i++) {
        float[] probe = vector(random, 32);
        for (int k = 0; k < probe.length; k++) {
          probe[k] = probe[k] * 0.5f + centers.get(i % 50)[k];
        }
        List<Match> exact = gallery.search(probe, 1, Method.EXACT);
        if (exact.equals(gallery.search(probe, 1))) {
          same++;
        }
      }
      assertTrue(same >= 297, same + " of 300");
    }
  }

  @ParameterizedTest
  @EnumSource(Method.class)
  void ofEqualOnesTheFirstComesFirst(Method method) {
    try (Gallery gallery = Gallery.openOrCreate(folder)) {
      for (int i = 0; i < 30; i++) {
        // One direction in many lengths.
        gallery.add("n" + i, new float[] {0, (i + 1) * 1e-20f, 0});
      }
      gallery.remove("n0");
      assertEquals(
          List.of(1L, 2L, 3L),
          gallery.search(new float[] {1, 1e18f, 0}, 3, method).stream().map(Match::id).toList());
    }
  }

  @Test
  void somebodyUnknownIsNobody() {
    try (Gallery gallery = Gallery.openOrCreate(folder)) {
      gallery.add("anna", new float[] {1, 0});
      gallery.add("anna", new float[] {1, 1});
      gallery.add("ben", new float[] {0, 3});
      float[] probe = {2, 0.5f};
      double toAnna = 2 / Math.sqrt(4.25);
      assertEquals("anna", gallery.identify(probe, toAnna - 1e-3).orElseThrow().name());
      assertEquals(Optional.empty(), gallery.identify(probe, toAnna + 1e-3));
      assertEquals(0, gallery.verify("anna", probe, toAnna - 1e-3).orElseThrow().id());
      assertEquals(Optional.empty(), gallery.verify("anna", probe, toAnna + 1e-3));
      double toBen = 0.5 / Math.sqrt(4.25);
      assertEquals(toBen, gallery.verify("ben", probe, -1).orElseThrow().cosine(), 1e-6);
      assertEquals(Optional.empty(), gallery.verify("ben", probe, toBen + 1e-3));
      assertEquals(2, gallery.remove("anna"));
      refused("one of its names, found 'anna'", () -> gallery.verify("anna", probe, 0));
      assertEquals("ben", gallery.identify(probe, 0).orElseThrow().name());
      refused("threshold", () -> gallery.identify(probe, 1.1));
      refused("threshold", () -> gallery.verify("ben", probe, Double.NaN));
    }
  }

  @Test
  void idsAreNeverUsedAgain() {
    try (Gallery gallery = Gallery.openOrCreate(folder)) {
      assertEquals(0, gallery.add("a", new float[] {1, 2}));
      assertEquals(1, gallery.add("b", new float[] {1, 2}));
      gallery.remove("b");
      assertEquals(2, gallery.add("b", new float[] {1, 2}));
      gallery.remove("a");
      gallery.remove("b");
    }
    try (Gallery gallery = Gallery.open(folder)) {
      assertEquals(0, gallery.size());
      refused("embeddings of 2 numbers", () -> gallery.add("c", new float[] {1, 2, 3}));
      assertEquals(3, gallery.add("c", new float[] {1, 2}));
    }
  }

  @Test
  void namesOfAllLanguagesAreKept() {
    List<String> names = List.of("Zoë", "李小龍", "a\"b\\c", " x ", "😀", "n".repeat(1000));
    try (Gallery gallery = Gallery.openOrCreate(folder)) {
      names.forEach(name -> gallery.add(name, new float[] {1, 2}));
    }
    try (Gallery gallery = Gallery.open(folder)) {
      assertEquals(names.stream().sorted().toList(), List.copyOf(gallery.list().keySet()));
      assertEquals(1, gallery.remove("😀"));
    }
  }

  @Test
  void longEmbeddingsAreTaken() {
    Random random = new Random(1);
    float[] vector = vector(random, 4096);
    try (Gallery gallery = Gallery.openOrCreate(folder)) {
      gallery.add("a", vector);
      gallery.add("b", vector(random, 4096));
    }
    try (Gallery gallery = Gallery.open(folder)) {
      assertEquals(1, gallery.search(vector, 1, Method.INDEX).get(0).cosine(), 1e-6);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "a\nb", "a\tb", "\ud800"})
  void namesThatCannotBeListedAreRefused(String name) {
    refused("name: expected", () -> new NamedEmbedding(name, new float[] {1}));
  }

  @Test
  void vectorsThatAreNoneAreRefusedAndNothingIsAdded() {
    try (Gallery gallery = Gallery.openOrCreate(folder)) {
      refused("found none", () -> gallery.search(new float[] {1, 2}, 1));
      gallery.add("a", new float[] {1, 2});
      float[][] wrong = {
        {1, Float.NaN}, {Float.POSITIVE_INFINITY, 1}, {0, 0}, {}, {1, 2, 3}, new float[4097]
      };
      for (float[] vector : wrong) {
        refused("expected", () -> gallery.add("b", vector));
        refused("expected", () -> gallery.search(vector, 1));
        refused("expected", () -> gallery.identify(vector, 0));
        refused("expected", () -> gallery.verify("a", vector, 0));
      }
      List<NamedEmbedding> mixed =
          List.of(
              new NamedEmbedding("c", new float[] {1, 2}),
              new NamedEmbedding("d", new float[] {1, 2, 3}));
      refused("embeddings of 2 numbers", () -> gallery.add(mixed, done -> {}));
      refused("none", () -> gallery.add(List.of(), done -> {}));
      refused("1 or more", () -> gallery.search(new float[] {1, 2}, 0));
      assertEquals(1, gallery.size());
    }
  }

  @Test
  void anAddThatFailsHalfwayIsUndone() {
    List<NamedEmbedding> two =
        List.of(
            new NamedEmbedding("b", new float[] {1, 2}),
            new NamedEmbedding("c", new float[] {2, 1}));
    try (Gallery gallery = Gallery.openOrCreate(folder)) {
      gallery.add("a", new float[] {1, 1});
      assertThrows(
          ArithmeticException.class,
          () ->
              gallery.add(
                  two,
                  done -> {
                    throw new ArithmeticException();
                  }));
      assertEquals(List.of("a"), List.copyOf(gallery.list().keySet()));
      assertEquals(1, gallery.add("d", new float[] {1, 3}));
      assertEquals(List.of("a", "d"), List.copyOf(gallery.list().keySet()));
    }
  }

  @Test
  void foldersThatAreNoGalleryAreRefused() throws IOException {
    refused("found nothing", () -> Gallery.open(folder));
    assertFalse(Files.exists(folder), "made by looking");
    Files.createDirectories(folder);
    refused("an empty folder", () -> Gallery.open(folder));
    Files.writeString(folder.resolve("photo.jpg"), "x");
    refused("something else", () -> Gallery.openOrCreate(folder));
    assertEquals("x", Files.readString(folder.resolve("photo.jpg")));
    Path file = Files.writeString(dir.resolve("file"), "x");
    refused("found a file", () -> Gallery.open(file));
    refused("found a file", () -> Gallery.openOrCreate(file));
  }

  @Test
  void anotherProgramsIndexIsRefused() throws IOException {
    try (FSDirectory directory = FSDirectory.open(folder);
        IndexWriter writer = new IndexWriter(directory, new IndexWriterConfig(null))) {
      writer.commit();
    }
    refused("another program", () -> Gallery.openOrCreate(folder));
  }

  @Test
  void aDamagedGalleryIsRefused() throws IOException {
    try (Gallery gallery = Gallery.openOrCreate(folder)) {
      gallery.add("a", new float[] {1, 2});
    }
    List<Path> files;
    try (Stream<Path> all = Files.list(folder)) {
      files = all.filter(f -> !f.endsWith("write.lock")).toList();
    }
    assertTrue(files.size() > 2, files.toString());
    for (Path file : files) {
      byte[] whole = Files.readAllBytes(file);
      Files.write(file, Arrays.copyOf(whole, whole.length / 2));
      refused("a whole gallery", () -> Gallery.open(folder));
      for (int at = 0; at < whole.length; at++) {
        byte[] changed = whole.clone();
        changed[at] ^= 1;
        Files.write(file, changed);
        refused("a whole gallery", () -> Gallery.open(folder));
      }
      Files.delete(file);
      refused("expected a", () -> Gallery.open(folder));
      Files.write(file, whole);
    }
    try (Gallery gallery = Gallery.open(folder)) {
      assertEquals(1, gallery.size());
    }
  }

  @Test
  void aCreationThatWasCutOffIsBegunAnew() throws IOException {
    Files.createDirectories(folder);
    Files.createFile(folder.resolve("write.lock"));
    Files.write(folder.resolve("pending_segments_1"), new byte[] {1, 2});
    try (Gallery gallery = Gallery.openOrCreate(folder)) {
      assertEquals(0, gallery.add("a", new float[] {1, 2}));
    }
  }

  @Test
  void oneWritesWhileOthersRead() {
    Gallery first = Gallery.openOrCreate(folder);
    try (Gallery second = Gallery.open(folder)) {
      first.add("a", new float[] {1, 2});
      refused("only writer", () -> second.add("b", new float[] {1, 2}));
      refused("only writer", () -> second.remove("a"));
      assertEquals(0, second.size(), "it reads what was there when it was opened");
      try (Gallery third = Gallery.open(folder)) {
        assertEquals("a", third.identify(new float[] {1, 2}, 0.9).orElseThrow().name());
      }
      first.close();
      assertEquals(1, second.add("b", new float[] {1, 2}));
      assertEquals(2, second.size());
    }
  }

  @Test
  void aClosedGallerySaysSo() {
    Gallery gallery = Gallery.openOrCreate(folder);
    gallery.add("a", new float[] {1, 2});
    gallery.close();
    gallery.close();
    assertThrows(IllegalStateException.class, () -> gallery.add("a", new float[] {1, 2}));
    assertThrows(IllegalStateException.class, () -> gallery.search(new float[] {1, 2}, 1));
    assertThrows(IllegalStateException.class, gallery::size);
  }

  @Test
  void manySearchWhileOthersAddAndRemove() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(6);
    try (Gallery gallery = Gallery.openOrCreate(folder)) {
      float[] fixed = {1, 0, 0, 0};
      gallery.add("fixed", fixed);
      AtomicInteger writing = new AtomicInteger(3);
      List<Future<?>> all = new ArrayList<>();
      for (int writer = 0; writer < 3; writer++) {
        String own = "writer " + writer;
        all.add(
            threads.submit(
                () -> {
                  Random random = new Random(own.hashCode());
                  try {
                    for (int i = 0; i < 15; i++) {
                      float[] vector = vector(random, 4);
                      vector[0] = 0;
                      gallery.add(own + " kept", vector);
                      gallery.add(own + " passing", vector);
                      assertEquals(1, gallery.remove(own + " passing"));
                    }
                  } finally {
                    writing.decrementAndGet();
                  }
                }));
      }
      for (int reader = 0; reader < 3; reader++) {
        Method method = reader == 0 ? Method.INDEX : Method.EXACT;
        all.add(
            threads.submit(
                () -> {
                  int size = 0;
                  while (writing.get() > 0) {
                    Match match = gallery.search(fixed, 1, method).get(0);
                    assertEquals(new Match(0, "fixed", 1), match);
                    long kept =
                        gallery.list().entrySet().stream()
                            .filter(e -> e.getKey().endsWith("kept"))
                            .mapToInt(e -> e.getValue().size())
                            .sum();
                    assertTrue(kept >= size, "went from " + size + " to " + kept);
                    size = (int) kept;
                  }
                }));
      }
      for (Future<?> one : all) {
        one.get(120, TimeUnit.SECONDS);
      }
      assertEquals(46, gallery.size());
      assertEquals(46, gallery.list().values().stream().flatMap(List::stream).distinct().count());
    } finally {
      threads.shutdownNow();
    }
  }

  static void refused(String part, Executable executable) {
    String message = assertThrows(IllegalArgumentException.class, executable).getMessage();
    assertTrue(message.contains(part), message + " lacks " + part);
    assertTrue(message.contains("expected") && message.contains("found"), message);
    assertEquals(1, message.lines().count(), message);
  }
}
