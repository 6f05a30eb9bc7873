package org.marginsoftmax.run;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.marginsoftmax.npy.NpyFile;
import org.marginsoftmax.source.Idx;

/** What a run keeps of its features after each epoch. */
class GrowthFilesTest {
  private static final PrintStream QUIET = new PrintStream(OutputStream.nullOutputStream());
  @TempDir Path dir;

  private Train.Result train(Path out, double validation, int epochs) {
    Map<String, Object> options = new HashMap<>();
    options.put("data.source", dir.resolve("data").toString());
    options.put("data.validation", validation);
    options.put("loop.epochs", epochs);
    options.put("loop.batch_size", 16);
    options.put("loop.device", "cpu");
    options.put("loop.threads", 1);
    options.put("backbone.embedding", 5);
    return Train.run(
        TrainConfig.usual().with(options),
        new RunFolder(out),
        Files.exists(out),
        StopSignal.onRequest(),
        QUIET);
  }

  private static Set<String> files(Path run) throws IOException {
    try (Stream<Path> files = Files.list(run.resolve("growth"))) {
      return files
          .map(f -> f.getFileName().toString())
          .collect(Collectors.toCollection(TreeSet::new));
    }
  }

  private static JsonNode page(Path run) throws IOException {
    String page = Files.readString(run.resolve("report.html"));
    String open = "<script type=\"application/json\" id=\"data\">";
    int start = page.indexOf(open) + open.length();
    return new ObjectMapper().readTree(page.substring(start, page.indexOf("</script>", start)));
  }

  private static short[] numbers(JsonNode base64) {
    byte[] bytes = Base64.getDecoder().decode(base64.asText());
    short[] numbers = new short[bytes.length / 2];
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asShortBuffer().get(numbers);
    return numbers;
  }

  @Test
  void eachEpochIsKeptAndShownWithOrWithoutValidation() throws IOException {
    Idx.folder(dir.resolve("data"), 4, 30, 10);
    for (double validation : new double[] {0, 0.25}) {
      Path out = dir.resolve("run-" + validation);
      train(out, validation, 3);
      assertEquals(Set.of("epoch-1.npy", "epoch-2.npy", "epoch-3.npy"), files(out));
      int samples = validation == 0 ? 120 : 32;
      for (String name : files(out)) {
        NpyFile.Floats floats = NpyFile.readFloats(out.resolve("growth").resolve(name));
        assertArrayEquals(new int[] {samples, 5}, floats.shape());
        for (float[] row : floats.rows()) {
          double square = 0;
          for (float value : row) {
            square += value * value;
          }
          assertEquals(1, square, 1e-5);
        }
      }
      JsonNode growth = page(out).path("growth");
      assertEquals(validation == 0 ? "training" : "validation", growth.path("of").asText());
      assertEquals("[1,2,3]", growth.path("epochs").toString());
      assertEquals(samples, numbers(growth.path("labels")).length);
      assertEquals(3 * 3 * samples, numbers(growth.path("points")).length);
    }
  }

  @Test
  void aResumedRunKeepsThemAndTrainsTheRestAgain() throws IOException {
    Idx.folder(dir.resolve("data"), 4, 30, 10);
    Path whole = dir.resolve("whole");
    train(whole, 0.25, 4);
    Path parts = dir.resolve("parts");
    train(parts, 0.25, 2);
    byte[] second = Files.readAllBytes(parts.resolve("growth/epoch-2.npy"));
    // Of an epoch that a killed session had ended, though its checkpoint was not written.
    Files.write(parts.resolve("growth/epoch-3.npy"), new byte[] {1});
    Files.write(parts.resolve("growth/epoch-9.npy"), new byte[] {1});
    train(parts, 0.25, 4);
    assertEquals(files(whole), files(parts));
    assertArrayEquals(second, Files.readAllBytes(parts.resolve("growth/epoch-2.npy")));
  }

  @Test
  void whatIsDamagedOrMissingIsPassedOver() throws IOException {
    Path folder = dir.resolve("growth");
    assertTrue(GrowthFiles.read(folder, 2, 3).isEmpty());
    Files.createDirectories(folder);
    for (int epoch = 1; epoch <= 12; epoch++) {
      NpyFile.write(folder.resolve("epoch-" + epoch + ".npy"), new float[6], 2, 3);
    }
    NpyFile.write(folder.resolve("epoch-3.npy"), new float[6], 3, 2);
    NpyFile.write(folder.resolve("epoch-4.npy"), new float[] {0, 0, 0, 0, 0, Float.NaN}, 2, 3);
    NpyFile.write(folder.resolve("epoch-5.npy"), new float[] {0, 0, 0, 0, 0, 2}, 2, 3);
    Files.write(folder.resolve("epoch-6.npy"), new byte[] {1, 2, 3});
    Files.write(folder.resolve("epoch-7.npy"), new byte[0]);
    Files.write(folder.resolve("other.npy"), new byte[0]);
    assertEquals(
        List.of(1, 2, 8, 9, 10, 11, 12),
        List.copyOf(GrowthFiles.read(folder, 2, 3).keySet()),
        "ascending by number");
  }
}
