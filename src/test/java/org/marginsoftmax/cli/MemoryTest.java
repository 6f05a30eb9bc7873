package org.marginsoftmax.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.marginsoftmax.ChildJvm;
import org.marginsoftmax.source.Idx;

/** What does not fit into memory is refused before it is read, or said in a line. */
class MemoryTest extends CommandTest {
  @TempDir Path dir;
  private String said;

  /** Exit code in a process with so much memory. */
  private int withHeap(String heap, String... args) throws Exception {
    List<String> command = ChildJvm.of(List.of("-Xmx" + heap), "org.marginsoftmax.cli.Main", args);
    Path log = dir.resolve("log");
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    assertTrue(process.waitFor(120, TimeUnit.SECONDS));
    said = Files.readString(log);
    assertFalse(said.contains("\tat "), said);
    return process.exitValue();
  }

  /** No image could be read of these files: nobody comes to try. */
  @Test
  void imagesThatDoNotFitAreRefusedBeforeOneIsRead() throws Exception {
    Path data = dir.resolve("data");
    for (int i = 0; i < 40; i++) {
      Path file = data.resolve("train").resolve("class" + i % 2).resolve(i + ".png");
      Files.createDirectories(file.getParent());
      Files.writeString(file, "no image");
      Path test = data.resolve("test").resolve("class" + i % 2).resolve(i + ".png");
      Files.createDirectories(test.getParent());
      Files.writeString(test, "no image");
    }
    for (String command : List.of("train", "check")) {
      int code =
          withHeap(
              "128m",
              command,
              "--data",
              data.toString(),
              "--image-size",
              "1024",
              "--image-color",
              "color",
              "--cache",
              "none");
      assertEquals(2, code, said);
      assertEquals("train to train on, test to test on", said.lines().findFirst().orElse(""));
      assertEquals(2, said.lines().count(), said);
      assertTrue(said.contains("80 of 1024x1024x3, 240 MB"), said);
      assertTrue(said.contains("MARGIN_SOFTMAX_JAVA=-Xmx1g"), said);
      assertTrue(said.contains("--image-size"), said);
      assertTrue(said.contains("--cache DIR"), said);
    }
  }

  @Test
  void filesOfImagesThatDoNotFitAreRefusedByTheirHeaders() throws Exception {
    Path data = Files.createDirectory(dir.resolve("data"));
    for (String part : List.of("train", "test")) {
      try (RandomAccessFile file =
          new RandomAccessFile(data.resolve(part + "-images").toFile(), "rw")) {
        file.write(Idx.bytes(0x08, new int[] {100_000, 28, 28}, new byte[0]));
        file.setLength(16 + 100_000L * 784);
      }
      Files.writeString(data.resolve(part + "-labels"), "not read");
    }
    assertEquals(2, withHeap("128m", "check", "--data", data.toString()), said);
    assertEquals(1, said.lines().count(), said);
    assertTrue(said.contains("149 MB"), said);
    // A header alone takes no memory.
    try (RandomAccessFile file =
        new RandomAccessFile(data.resolve("train-images").toFile(), "rw")) {
      file.setLength(1000);
    }
    assertEquals(2, withHeap("256m", "check", "--data", data.toString()), said);
    assertTrue(said.contains("truncated"), said);
  }

  /** Whatever the data are, and in digits that tell what is too large. */
  @ParameterizedTest
  @CsvSource({"64m, fashion-mnist", "16m, fashion-mnist", "64m, large", "16m, large", "16m, small"})
  void dataThatDoNotFitAreRefusedByTheirHeaders(String heap, String data) throws Exception {
    Path folder = Files.createDirectory(dir.resolve("of"));
    int n = data.equals("large") ? 100_000 : 500;
    for (String part : List.of("train", "test")) {
      try (RandomAccessFile file =
          new RandomAccessFile(folder.resolve(part + "-images").toFile(), "rw")) {
        file.write(Idx.bytes(0x08, new int[] {n, 28, 28}, new byte[0]));
        file.setLength(16 + n * 784L);
      }
      Files.writeString(folder.resolve(part + "-labels"), "not read");
    }
    int code =
        withHeap(
            heap,
            "train",
            "--out",
            dir.resolve("run").toString(),
            "--data",
            data.equals("fashion-mnist") ? data : folder.toString());
    assertEquals(2, code, said);
    assertEquals(1, said.lines().count(), said);
    Matcher sizes = Pattern.compile("memory, ([^,].*?), found .*?, (\\S+ \\w+) \\(").matcher(said);
    assertTrue(sizes.find(), said);
    assertNotEquals(sizes.group(1), sizes.group(2), said);
  }

  @Test
  void memoryThatEndsAllTheSameIsALine() throws Exception {
    Path features = dir.resolve("features.npy");
    String header = "{'descr': '<f4', 'fortran_order': False, 'shape': (1000000, 16), }";
    byte[] padded =
        (header + " ".repeat(117 - header.length()) + "\n").getBytes(StandardCharsets.US_ASCII);
    ByteBuffer start = ByteBuffer.allocate(128).put((byte) 0x93);
    start.put("NUMPY".getBytes(StandardCharsets.US_ASCII)).put((byte) 1).put((byte) 0);
    start.put((byte) 118).put((byte) 0).put(padded);
    try (RandomAccessFile file = new RandomAccessFile(features.toFile(), "rw")) {
      file.write(start.array());
      file.setLength(128 + 64_000_000L);
    }
    String array = features.toString();
    int code =
        withHeap(
            "48m",
            "head",
            "--features",
            array,
            "--centers",
            array,
            "--labels",
            array,
            "--out",
            dir.resolve("out").toString());
    assertEquals(1, code, said);
    assertEquals(1, said.lines().count(), said);
    assertTrue(said.contains("MARGIN_SOFTMAX_JAVA=-Xmx8g"), said);
  }

  /** TensorFlow's memory is outside of the heap: here more than four times of it. */
  @Test
  void theHeapDoesNotLimitTheNetwork() throws Exception {
    String data = Idx.folder(dir.resolve("data"), 4, 40, 40).toString();
    String run = dir.resolve("run").toString();
    assertEquals(
        0, withHeap("64m", "train", "--data", data, "--epochs", "1", "--out", run), () -> said);
  }

  /**
   * The centers alone take 102 MB, and the heap has 128: they stay in TensorFlow's memory, and the
   * page names a thousand classes.
   */
  @Test
  void centersOfManyClassesAreNotInTheHeap() throws Exception {
    int classes = 200_000;
    Path data = Files.createDirectory(dir.resolve("data"));
    for (String part : List.of("train", "test")) {
      int n = part.equals("train") ? classes : 2_000;
      byte[] pixels = new byte[n * 16];
      new Random(1).nextBytes(pixels);
      ByteBuffer labels = ByteBuffer.allocate(4 * n);
      for (int i = 0; i < n; i++) {
        labels.putInt(i * (classes / n));
      }
      Files.write(data.resolve(part + "-images"), Idx.bytes(0x08, new int[] {n, 4, 4}, pixels));
      Files.write(data.resolve(part + "-labels"), Idx.bytes(0x0c, new int[] {n}, labels.array()));
    }
    Path run = dir.resolve("run");
    String[] train = {
      "train",
      "--data",
      data.toString(),
      "--partial-fc",
      "0.01",
      "--validation",
      "0",
      "--steps",
      "1",
      "--out",
      run.toString()
    };
    assertEquals(0, withHeap("128m", train), () -> said);
    JsonNode metrics = new ObjectMapper().readTree(run.resolve("metrics.json").toFile());
    assertTrue(metrics.get("accuracy").get("value").asDouble() < 0.01, metrics.toString());
    String definition = metrics.get("mean_angle_between_centers").get("definition").asText();
    assertTrue(definition.contains("10000 drawn ones of 200000"), definition);
    String page = Files.readString(run.resolve("report.html"));
    assertTrue(page.contains("\"classes\":200000"));
    Matcher names = Pattern.compile("\"classNames\":\\[([^\\]]*)\\]").matcher(page);
    assertTrue(names.find());
    assertEquals(1_000, names.group(1).split(",").length);
    assertEquals(0, withHeap("128m", "evaluate", run.toString()), () -> said);
  }

  /** The metrics need the embeddings of all test samples at once. */
  @Test
  void embeddingsThatDoNotFitAreRefusedBeforeTraining() throws IOException {
    int largest = 4096;
    long each = 2L * largest * Float.BYTES;
    int tested = (int) (Runtime.getRuntime().maxMemory() / each) + 1;
    String data = Idx.folder(dir.resolve("data"), 4, 10, tested / 4 + 1).toString();
    Path folder = dir.resolve("run");
    String[] options = {"--data", data, "--embedding", String.valueOf(largest)};
    for (String[] command :
        List.of(new String[] {"check"}, new String[] {"train", "--out", folder.toString()})) {
      String[] args = Stream.of(command, options).flatMap(Stream::of).toArray(String[]::new);
      assertEquals(2, run(args), () -> out);
      assertTrue(err.contains("samples and their embeddings that fit into memory"), err);
      assertTrue(err.contains("to embed for the metrics, of size 4,096"), err);
    }
    assertFalse(Files.exists(folder));
    assertEquals(0, run("check", "--data", data, "--embedding", "64"), () -> err);
  }

  /** All images of a file are in memory, chosen or not. */
  @Test
  void checkTellsWhatPixelsTake() throws IOException {
    String data = Idx.folder(dir.resolve("data"), 4, 400, 100, 64).toString();
    String[] all = {"check", "--data", data, "--json"};
    String[] some = {"check", "--data", data, "--json", "--classes", "0-1", "--limit", "200"};
    for (String[] args : List.of(all, some)) {
      assertEquals(0, run(args), () -> err);
      JsonNode found = new ObjectMapper().readTree(out);
      assertEquals(8, found.get("memory_pixels_mb").asInt());
      assertTrue(found.get("memory_needed_mb").asInt() >= 8);
      assertEquals(
          Runtime.getRuntime().maxMemory() / 1e6 * 1e6 / (1 << 20),
          found.get("java_heap_mb").asDouble(),
          1);
    }
  }
}
