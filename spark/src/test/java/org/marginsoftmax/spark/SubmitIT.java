package org.marginsoftmax.spark;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.marginsoftmax.npy.NpyFile;

/** The jar by spark-submit, on two executors that are processes, against {@code embed}. */
class SubmitIT {
  private static final int IMAGES = 3_000;
  private static final double ROUNDING = 1e-5;
  @TempDir static Path dir;
  private static Path model;
  private static Path images;
  private static List<String> names;
  private static Map<String, float[]> expected;

  @BeforeAll
  static void embed() throws IOException {
    model = Programs.model(1);
    // A folder in a folder: embed takes all images below it for those of no class.
    images = dir.resolve("all the images");
    Path below = Files.createDirectories(images.resolve("50% of them"));
    names =
        Pictures.write(below, IMAGES).stream().map(name -> "50% of them/" + name).sorted().toList();
    Files.writeString(below.resolve("notes.txt"), "no image");
    Files.writeString(below.resolve(".hidden.png"), "hidden");
    Path output = dir.resolve("e.npy");
    Programs.marginSoftmax(
        "embed", model.toString(), "--data", images.toString(), "--output", output.toString());
    expected = new HashMap<>();
    float[][] rows = NpyFile.readFloats(output).rows();
    List<String> rowNames = Files.readAllLines(dir.resolve("e.names.txt"));
    for (int i = 0; i < rows.length; i++) {
      expected.put(rowNames.get(i), rows[i]);
    }
    assertEquals(Set.copyOf(names), expected.keySet());
  }

  @Test
  void aFolderIsEmbeddedAsByEmbedWhileAnExecutorIsKilled()
      throws IOException, InterruptedException {
    Path out = dir.resolve("killed");
    Programs.Running running = submitting(out);
    awaitParts(out, 1, running);
    List<ProcessHandle> executors = running.executors();
    assertEquals(2, executors.size());
    executors.get(0).destroyForcibly();
    Programs.Said said = running.await();
    assertEquals(0, said.code(), said.err());
    assertTrue(said.err().contains("Lost executor"), "the executor was not needed any more");
    assertTrue(said.out().contains("3,000 embeddings of 24 floats in 6 files"), said.out());
    assertTrue(
        said.err().contains("passed over, no images by their extension: 1 .txt"), said.err());
    assertEmbedded(out, expected);
    assertTrue(Files.exists(out.resolve("_SUCCESS")));
    assertFalse(Files.exists(out.resolve("_temporary")));
  }

  @Tag("release")
  @Test
  void aStoppedJobGoesOnWithTheRest() throws IOException, InterruptedException {
    Path out = dir.resolve("stopped");
    Programs.Running running = submitting(out);
    awaitParts(out, 2, running);
    List<ProcessHandle> executors = running.executors();
    running.process().destroyForcibly();
    running.await();
    executors.forEach(ProcessHandle::destroyForcibly);
    Map<Path, FileTime> before = times(out);
    assertTrue(before.size() < 6, "it was not stopped in the middle");
    assertFalse(Files.exists(out.resolve("_SUCCESS")));
    // What a task leaves that was killed while it wrote.
    Files.writeString(out.resolve("_temporary/part-00005.parquet.some"), "half");

    Programs.Said said = submitting(out).await();
    assertEquals(0, said.code(), said.err());
    assertTrue(
        said.err()
            .contains("going on: %,d of 3,000 images are done".formatted(500 * before.size())),
        said.err());
    Map<Path, FileTime> after = times(out);
    before.forEach((file, time) -> assertEquals(time, after.get(file), file.toString()));
    assertEmbedded(out, expected);
  }

  @Tag("release")
  @Test
  void aListWithWhatCannotBeRead() throws IOException {
    List<String> some = new ArrayList<>(names.subList(0, 1_500));
    Path root = images;
    Files.writeString(root.resolve("broken.png"), "no picture");
    Files.copy(root.resolve(some.get(20)), root.resolve("cut.png"));
    byte[] whole = Files.readAllBytes(root.resolve("cut.png"));
    Files.write(root.resolve("cut.png"), java.util.Arrays.copyOf(whole, whole.length / 2));
    List<String> listed = new ArrayList<>(some);
    listed.addAll(List.of("broken.png", "cut.png", "gone.png"));
    // One by its whole path, and one by its URI.
    String absolute = root.resolve(some.get(3)).toString();
    String uri = "file:" + root.resolve(some.get(4));
    listed.set(3, absolute);
    listed.set(4, uri);
    Path list = dir.resolve("list ä.txt");
    Files.write(list, listed);
    Path out = dir.resolve("listed");
    try {
      Programs.Said said =
          Programs.submit(
              "--model",
              model.toString(),
              "--list",
              list.toString(),
              "--root",
              root.toString(),
              "--out",
              out.toString(),
              "--model-in-place",
              "--skip-missing",
              "--json");
      assertEquals(0, said.code(), said.err());
      assertTrue(said.out().contains("\"unreadable\":3"), said.out());
      Map<String, float[]> wanted = new HashMap<>();
      some.forEach(name -> wanted.put(name, expected.get(name)));
      wanted.put(absolute, wanted.remove(some.get(3)));
      wanted.put(uri, wanted.remove(some.get(4)));
      assertEmbedded(out, wanted);
      Map<String, String> failures = ParquetRows.failures(out);
      assertEquals(Set.of("broken.png", "cut.png", "gone.png"), failures.keySet());
      assertEquals("no such file", failures.get("gone.png"));
      assertTrue(failures.get("broken.png").startsWith("no PNG"), failures.toString());
    } finally {
      Files.delete(root.resolve("broken.png"));
      Files.delete(root.resolve("cut.png"));
    }
  }

  @Test
  void whatCannotBeEmbeddedIsRefusedInOneLine() throws IOException {
    Programs.Said said =
        Programs.submit(
            "--model", dir.toString(), "--images", images.toString(), "--out", dir + "/none");
    assertEquals(2, said.code(), said.err());
    assertTrue(
        said.refusal().startsWith("margin-softmax-spark: model " + dir + ": expected a folder"),
        said.refusal());
    // Spark's own processes may log theirs while they end.
    assertFalse(said.err().contains("\tat org.marginsoftmax"), said.err());
  }

  @Tag("release")
  @Test
  void theColumnOfADataFrame() throws IOException {
    Path out = dir.resolve("columns");
    Programs.Said said =
        Programs.submitTest(
            "org.marginsoftmax.spark.ColumnProgram",
            model.toString(),
            images.resolve("50% of them/03").toString(),
            out.toString());
    assertEquals(0, said.code(), said.err());
    for (String table : List.of("function", "batches", "paths", "sql")) {
      Map<String, float[]> rows = ParquetRows.embeddings(out.resolve(table));
      assertTrue(rows.size() > 400, table);
      rows.forEach(
          (path, row) ->
              assertArrayEquals(
                  expected.get(path.substring(path.indexOf("50% of them"))), row, 1e-5f, table));
    }
  }

  private static Programs.Running submitting(Path out) throws IOException {
    return Programs.submitting(
        "--model", model.toString(), "--images", images.toString(), "--out", out.toString());
  }

  private static void awaitParts(Path out, int parts, Programs.Running running)
      throws IOException, InterruptedException {
    while (!Files.isDirectory(out) || ParquetRows.files(out).size() < parts) {
      assertTrue(running.process().isAlive(), () -> running.await().err());
      Thread.sleep(20);
    }
  }

  private static Map<Path, FileTime> times(Path out) throws IOException {
    Map<Path, FileTime> times = new HashMap<>();
    for (Path file : ParquetRows.files(out)) {
      times.put(file, Files.getLastModifiedTime(file));
    }
    return times;
  }

  private static void assertEmbedded(Path out, Map<String, float[]> wanted) throws IOException {
    Map<String, float[]> rows = ParquetRows.embeddings(out);
    assertEquals(new TreeSet<>(wanted.keySet()), rows.keySet());
    rows.forEach((name, row) -> assertArrayEquals(wanted.get(name), row, (float) ROUNDING, name));
  }
}
