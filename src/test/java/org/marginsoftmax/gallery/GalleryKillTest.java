package org.marginsoftmax.gallery;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.marginsoftmax.ChildJvm;

/** A process that adds to a gallery is killed outright, again and again. */
class GalleryKillTest {
  private static final int ADDS = 50;
  private static final int KILLS = 6;

  @TempDir Path dir;

  /**
   * Adds 50 embeddings, one at a time, and every fifth time two at once; says each that is kept.
   */
  static final class Adding {
    private Adding() {}

    public static void main(String[] args) {
      Random random = new Random(args[1].hashCode());
      try (Gallery gallery = Gallery.openOrCreate(Path.of(args[0]))) {
        for (int i = 0; i < ADDS; i++) {
          String name = args[1] + "-" + i;
          if (i % 5 == 0) {
            gallery.add(
                List.of(
                    new NamedEmbedding(name, GalleryTest.vector(random, 32)),
                    new NamedEmbedding(name + "-twin", GalleryTest.vector(random, 32))),
                done -> {});
          } else {
            gallery.add(name, GalleryTest.vector(random, 32));
          }
          System.out.println(name);
        }
      }
      System.out.println("done");
    }
  }

  @Test
  void whatWasAcknowledgedIsThereAfterAKill() throws Exception {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    String said = "seed " + seed;
    Path folder = dir.resolve("gallery");
    Set<String> acknowledged = new HashSet<>();
    int inTheMiddle = 0;
    for (int round = 0; round < KILLS; round++) {
      Path log = dir.resolve("log-" + round);
      Process process = start(folder, "round" + round, log);
      // In the first two rounds while the gallery is made or soon after, then at any add.
      int after = round < 2 ? 0 : random.nextInt(ADDS);
      while (process.isAlive()
          && (round < 2 ? !Files.isDirectory(folder) : lines(log).size() < after)) {
        Thread.sleep(1);
      }
      Thread.sleep(random.nextInt(15));
      process.destroyForcibly();
      assertTrue(process.waitFor(60, TimeUnit.SECONDS));
      List<String> now = lines(log);
      assertTrue(now.stream().allMatch(l -> l.startsWith("round") || l.equals("done")), said + now);
      inTheMiddle += now.isEmpty() || now.contains("done") ? 0 : 1;
      now.stream().filter(l -> !l.equals("done")).forEach(acknowledged::add);

      try (Gallery gallery = Gallery.openOrCreate(folder)) {
        Set<String> names = gallery.list().keySet();
        Set<String> lost = new HashSet<>(acknowledged);
        lost.removeAll(names);
        assertEquals(Set.of(), lost, said);
        // Of what was not acknowledged at most the last add may be there, and as a whole.
        long single = names.stream().filter(n -> !n.endsWith("-twin")).count();
        assertTrue(single <= acknowledged.size() + round + 1, said + names);
        for (String name : names) {
          if (!name.endsWith("-twin") && Integer.parseInt(name.split("-")[1]) % 5 == 0) {
            assertTrue(names.contains(name + "-twin"), said + " " + name);
          }
        }
        assertEquals(
            gallery.size(),
            gallery.list().values().stream().flatMap(List::stream).distinct().count(),
            said);
        if (gallery.size() > 0) {
          float[] probe = GalleryTest.vector(random, 32);
          assertEquals(
              gallery.search(probe, 3, Gallery.Method.EXACT),
              gallery.search(probe, 3, Gallery.Method.INDEX),
              said);
        }
      }
    }
    assertTrue(inTheMiddle >= KILLS / 2, "killed among the adds only " + inTheMiddle + " times");
  }

  @Test
  void aSecondProcessIsRefused() throws Exception {
    Path folder = dir.resolve("gallery");
    try (Gallery gallery = Gallery.openOrCreate(folder)) {
      gallery.add("a", GalleryTest.vector(new Random(1), 32));
      Path log = dir.resolve("log");
      Process process = start(folder, "second", log);
      assertTrue(process.waitFor(60, TimeUnit.SECONDS));
      assertEquals(1, process.exitValue());
      assertTrue(Files.readString(log).contains("expected to be its only writer"));
      assertEquals(1, gallery.size());
    }
  }

  private static Process start(Path folder, String name, Path log) throws IOException {
    return new ProcessBuilder(
            ChildJvm.of(List.of(), Adding.class.getName(), folder.toString(), name))
        .redirectErrorStream(true)
        .redirectOutput(log.toFile())
        .start();
  }

  /** Whole lines only: what the process was about to say it has not said. */
  private static List<String> lines(Path log) throws IOException {
    if (!Files.exists(log)) {
      return List.of();
    }
    String text = Files.readString(log);
    return text.substring(0, text.lastIndexOf('\n') + 1).lines().toList();
  }
}
