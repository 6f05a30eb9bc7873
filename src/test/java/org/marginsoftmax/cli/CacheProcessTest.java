package org.marginsoftmax.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.marginsoftmax.ChildJvm;

/** Processes that build a cache: several at once, one that is killed, one whose disk is full. */
class CacheProcessTest {
  private static final int IMAGES = 3000;

  @TempDir Path dir;
  private Path cache;

  @BeforeEach
  void images() throws IOException {
    cache = dir.resolve("cache");
    BufferedImage image = new BufferedImage(200, 200, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < 40_000; i++) {
      image.setRGB(i % 200, i / 200, i * 2_654_435);
    }
    for (int i = 0; i < IMAGES; i++) {
      Path file = dir.resolve("images/" + (char) ('a' + i % 2) + "/" + i + ".png");
      Files.createDirectories(file.getParent());
      if (i < 2) {
        ImageIO.write(image, "png", file.toFile());
      } else {
        Files.createLink(
            file, dir.resolve("images/" + (char) ('a' + i % 2) + "/" + i % 2 + ".png"));
      }
    }
  }

  /** Starts check, which reads the data and trains nothing. */
  private Process start(String log, String shell) throws IOException {
    List<String> command =
        new ArrayList<>(
            ChildJvm.ofCli(
                "check",
                "--data",
                dir.resolve("images").toString(),
                "--image-size",
                "64",
                "--cache",
                cache.toString()));
    if (shell != null) {
      command.addAll(0, List.of("bash", "-c", shell + "; exec \"$@\"", "bash"));
    }
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(dir.resolve(log).toFile())
        .start();
  }

  private String said(String log) throws IOException {
    return Files.readString(dir.resolve(log));
  }

  private void assertEnds(int code, Process process, String log) throws Exception {
    assertTrue(process.waitFor(200, TimeUnit.SECONDS), said(log));
    assertEquals(code, process.exitValue(), said(log));
    assertFalse(said(log).contains("\tat "), said(log));
  }

  private Set<String> files() throws IOException {
    if (!Files.exists(cache)) {
      return Set.of();
    }
    try (Stream<Path> listed = Files.list(cache)) {
      return listed
          .map(file -> file.getFileName().toString().replaceAll(".*\\.", ""))
          .collect(Collectors.toCollection(TreeSet::new));
    }
  }

  @Test
  void theSecondProcessWaitsForTheFirst() throws Exception {
    Process first = start("first", null);
    Process second = start("second", null);
    assertEnds(0, first, "first");
    assertEnds(0, second, "second");
    String both = said("first") + said("second");
    assertTrue(both.contains("decoding 3,000 images into the cache"), both);
    assertEquals(1, both.lines().filter(line -> line.contains("into the cache")).count(), both);
    assertEquals(Set.of("index", "lock", "pixels"), files());
  }

  @Test
  void aProcessThatIsKilledLeavesACacheThatGoesOn() throws Exception {
    Process killed = start("killed", null);
    while (killed.isAlive() && !files().contains("pixels")) {
      Thread.sleep(20);
    }
    killed.destroyForcibly().waitFor();
    assertEnds(0, start("next", null), "next");
    assertEnds(0, start("last", null), "last");
    assertFalse(said("last").contains("into the cache"), said("last"));
    assertEquals(Set.of("index", "lock", "pixels"), files());
    try (Stream<Path> listed = Files.list(cache)) {
      assertEquals(3, listed.count());
    }
  }

  /** A limit on the size of files is met as a full disk is: by an error while writing. */
  @Test
  void aDiskThatFillsIsSaidAndCleaned() throws Exception {
    assertEnds(2, start("full", "ulimit -f 4000"), "full");
    String last = said("full").lines().reduce((a, b) -> b).orElse("");
    assertTrue(last.contains("cache " + cache + ": expected to write 35 MB of images"), last);
    assertTrue(last.contains("--cache"), last);
    assertEquals(Set.of("lock"), files());
    assertEnds(0, start("free", null), "free");
  }
}
