package org.marginsoftmax.source;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.data.ImageShape;
import org.marginsoftmax.data.TrainTest;

class FashionMnistTest {
  private static final Path DATA = Path.of("data", "fashion-mnist");
  @TempDir Path dir;

  @Test
  void isAllThere() {
    TrainTest data = FashionMnist.read(DATA);
    assertEquals(60_000, data.train().size());
    assertEquals(10_000, data.test().size());
    assertEquals(new ImageShape(28, 28, 1), data.train().element());
    int[] counts = new int[10];
    Arrays.stream(data.train().labels()).forEach(y -> counts[y]++);
    int[] each = new int[10];
    Arrays.fill(each, 6_000);
    assertArrayEquals(each, counts);
    assertEquals("Ankle boot", data.train().classNames().get(data.train().label(0)));
  }

  @Test
  void refusesChangedContent() throws IOException {
    try (Stream<Path> files = Files.list(DATA)) {
      for (Path file : files.toList()) {
        Files.copy(file, dir.resolve(file.getFileName()));
      }
    }
    Path labels = dir.resolve("t10k-labels-idx1-ubyte.gz");
    byte[] content;
    try (var in = new GZIPInputStream(Files.newInputStream(labels))) {
      content = in.readAllBytes();
    }
    content[100] ^= 1;
    Files.write(labels, Idx.gzip(content));
    String message =
        assertThrows(InvalidInputException.class, () -> FashionMnist.read(dir)).getMessage();
    assertTrue(message.contains("SHA-256") && message.contains("t10k-labels"), message);
  }
}
