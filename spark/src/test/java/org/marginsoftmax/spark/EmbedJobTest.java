package org.marginsoftmax.spark;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.util.LongAccumulator;
import org.apache.spark.util.SerializableConfiguration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.data.Folders;
import org.marginsoftmax.export.ServedModel;
import org.marginsoftmax.serving.Embedder;
import org.marginsoftmax.serving.EmbedderConfig;

/** The job in one process: its parts, what it goes on with, what it refuses. */
class EmbedJobTest {
  private static final int IMAGES = 1_200;
  private static final PrintStream QUIET = new PrintStream(OutputStream.nullOutputStream());
  @TempDir static Path dir;
  private static SparkSession spark;
  private static Path model;
  private static Path images;
  private static Map<String, float[]> expected;

  @BeforeAll
  static void open() throws IOException {
    spark =
        SparkSession.builder()
            .master("local[2]")
            .config("spark.ui.enabled", "false")
            .config("spark.driver.bindAddress", "127.0.0.1")
            .config("spark.driver.host", "127.0.0.1")
            .config("spark.sql.shuffle.partitions", "2")
            .config("spark.hadoop.fs.far.impl", FarFileSystem.class.getName())
            .getOrCreate();
    spark.sparkContext().setLogLevel("ERROR");
    model = Programs.model(1);
    images = dir.resolve("images");
    List<String> names = Pictures.write(images, IMAGES);
    expected = new TreeMap<>();
    try (Embedder embedder = Embedder.open(model, EmbedderConfig.usual())) {
      for (String name : names) {
        expected.put(name, embedder.embed(images.resolve(name)));
      }
    }
  }

  @AfterAll
  static void close() {
    spark.close();
  }

  private static EmbedJob.Result run(ImageSet set, Path out) {
    return EmbedJob.run(spark, EmbedJobConfig.usual(model.toString(), set, out.toString()), QUIET);
  }

  private static EmbedJob.Result run(Path out) {
    return run(new ImageSet.Folder(images.toString()), out);
  }

  private static void assertEmbedded(Path out) throws IOException {
    assertEmbedded(out, expected);
  }

  private static void assertEmbedded(Path out, Map<String, float[]> wanted) throws IOException {
    Map<String, float[]> rows = ParquetRows.embeddings(out);
    assertEquals(wanted.keySet(), rows.keySet());
    rows.forEach((name, row) -> assertArrayEquals(wanted.get(name), row, 1e-5f, name));
  }

  private static void assertRefused(String words, ImageSet set, Path out) {
    InvalidInputException refused = assertThrows(InvalidInputException.class, () -> run(set, out));
    assertTrue(refused.getMessage().contains(words), refused.getMessage());
    assertFalse(refused.getMessage().contains("\n"), refused.getMessage());
  }

  @Test
  void onlyThePartsThatAreMissingAreEmbedded() throws IOException {
    Path out = dir.resolve("again");
    EmbedJob.Result result = run(out);
    assertEquals(
        new EmbedJob.Result(out.toString(), IMAGES, 0, 0, null, 24, 3, result.seconds()), result);
    assertEmbedded(out);
    assertEquals(IMAGES, spark.read().parquet(out.toString()).count());
    Path removed = out.resolve("part-00001.parquet");
    FileTime kept = Files.getLastModifiedTime(out.resolve("part-00000.parquet"));
    byte[] before = Files.readAllBytes(out.resolve("part-00000.parquet"));
    Files.delete(removed);
    Files.delete(out.resolve("_SUCCESS"));
    result = run(out);
    assertEquals(700, result.before());
    assertEquals(kept, Files.getLastModifiedTime(out.resolve("part-00000.parquet")));
    assertArrayEquals(before, Files.readAllBytes(out.resolve("part-00000.parquet")));
    assertEmbedded(out);
    assertTrue(Files.exists(out.resolve("_SUCCESS")));
    assertEquals(IMAGES, run(out).before());
    try (var files = Files.list(out)) {
      assertEquals(
          Set.of(
              "_SUCCESS",
              "_job.json",
              "part-00000.parquet",
              "part-00001.parquet",
              "part-00002.parquet"),
          new TreeSet<>(files.map(file -> file.getFileName().toString()).toList()));
    }
  }

  @Test
  void anotherModelOrOtherImagesAreRefused() throws IOException {
    Path out = dir.resolve("other");
    Path some = dir.resolve("some");
    List<String> names = Pictures.write(some, 30);
    ImageSet set = new ImageSet.Folder(some.toString());
    run(set, out);
    InvalidInputException refused =
        assertThrows(
            InvalidInputException.class,
            () ->
                EmbedJob.run(
                    spark,
                    EmbedJobConfig.usual(Programs.model(2).toString(), set, out.toString()),
                    QUIET));
    assertTrue(refused.getMessage().contains("found another model"), refused.getMessage());
    Files.move(some.resolve(names.get(20)), some.resolve("renamed.png"));
    assertRefused("expected the 30 images that it was begun with, found as many others", set, out);
    Files.delete(some.resolve("renamed.png"));
    assertRefused("expected the 30 images that it was begun with, found 29", set, out);
  }

  @Test
  void twoTasksOfOnePartLeaveOneFile() throws Exception {
    Output output = new Output(Place.of(dir.resolve("twice").toString(), new Configuration()));
    Configuration plain = Output.configuration(new Configuration());
    output.create(new JobRecord(1, "", 24, 100, "", 500, 1), plain);
    List<String> names = new ArrayList<>(List.copyOf(expected.keySet()).subList(0, 100));
    Part part = new Part.Files(0, Place.of(images.toString(), new Configuration()), names);
    LongAccumulator done = spark.sparkContext().longAccumulator();
    PartTask task =
        new PartTask(
            SharedModel.of(spark, model.toString(), false, 7),
            output,
            new SerializableConfiguration(new Configuration()),
            false,
            done);
    List<Throwable> failures = new ArrayList<>();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      Thread thread =
          new Thread(
              () -> {
                try {
                  task.call(PartTask.bytes(part));
                } catch (Throwable e) {
                  failures.add(e);
                }
              });
      thread.start();
      threads.add(thread);
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertEquals(List.of(), failures);
    Map<String, float[]> wanted = new TreeMap<>(expected);
    wanted.keySet().retainAll(names);
    assertEmbedded(dir.resolve("twice"), wanted);
    try (var left = Files.list(dir.resolve("twice/_temporary"))) {
      assertEquals(0, left.count());
    }
  }

  @Test
  void aTableOfContentsIsReadByRowGroups() throws IOException {
    Path table = dir.resolve("a table of 100% ä");
    contents("name", "bytes")
        .repartition(2)
        .write()
        .option("parquet.block.size", 40_000)
        .option("parquet.page.size.row.check.min", 10)
        .option("parquet.page.size.row.check.max", 10)
        .option("parquet.block.size.row.check.min", 10)
        .option("parquet.block.size.row.check.max", 10)
        .parquet(table.toString());
    Path out = dir.resolve("of contents");
    ImageSet set = new ImageSet.Table(table.toString(), "name", "bytes", null);
    EmbedJob.Result result = run(set, out);
    assertTrue(result.parts() > 2, result.toString());
    assertEquals(IMAGES, result.images());
    assertEmbedded(out);
    Files.delete(out.resolve("part-00001.parquet"));
    assertTrue(run(set, out).before() > 0);
    assertEmbedded(out);

    Path file = ParquetRows.files(table).get(0);
    run(new ImageSet.Table(file.toString(), "name", "bytes", null), dir.resolve("of a file"));
    Files.delete(file);
    assertRefused("images that it was begun with", set, out);
  }

  @Test
  void aTableOfPathsReadsTheirFiles() throws IOException {
    Path table = dir.resolve("paths");
    contents("path", "bytes").drop("bytes").repartition(3).write().parquet(table.toString());
    Path out = dir.resolve("of paths");
    run(new ImageSet.Table(table.toString(), "path", null, images.toString()), out);
    assertEmbedded(out);
    Path named = dir.resolve("named");
    contents("path", "content").write().parquet(named.toString());
    run(new ImageSet.Table(named.toString(), "path", null, null), dir.resolve("of named"));
    assertEmbedded(dir.resolve("of named"));
  }

  @Test
  void tablesThatCannotBeUsedAreRefused() throws IOException {
    Path out = dir.resolve("none");
    Path table = dir.resolve("numbers");
    spark.range(5).toDF("path").write().parquet(table.toString());
    assertRefused(
        "expected a column 'path' of strings, found one of bigint",
        new ImageSet.Table(table.toString(), "path", null, null),
        out);
    assertRefused(
        "expected a column 'file' of strings, found columns path; name it with `path-column`",
        new ImageSet.Table(table.toString(), "file", null, null),
        out);
    Path paths = dir.resolve("texts");
    contents("path", "content").limit(3).drop("content").write().parquet(paths.toString());
    assertRefused(
        "expected a column 'content' of binaries, found columns path",
        new ImageSet.Table(paths.toString(), "path", "content", null),
        out);
    assertRefused(
        "found nothing", new ImageSet.Table(dir.resolve("x").toString(), "path", null, null), out);
    Path text = Files.writeString(dir.resolve("text"), "no Parquet");
    assertRefused(
        "expected a Parquet file or a folder of them",
        new ImageSet.Table(text.toString(), "path", null, null),
        out);
    Path nulls = dir.resolve("nulls");
    spark.sql("select cast(null as string) as path").write().parquet(nulls.toString());
    assertRefused(
        "expected a path in every row",
        new ImageSet.Table(nulls.toString(), "path", null, null),
        out);
    assertFalse(Files.exists(out));
  }

  @Test
  void imagesThatCannotBeReadAreListed() throws IOException {
    Path table = dir.resolve("broken");
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      String name = List.copyOf(expected.keySet()).get(i);
      byte[] bytes = Files.readAllBytes(images.resolve(name));
      rows.add(
          RowFactory.create(
              name,
              i == 7
                  ? null
                  : i == 8
                      ? new byte[0]
                      : i == 9 ? "text".getBytes(StandardCharsets.UTF_8) : bytes));
    }
    spark.createDataFrame(rows, schema("path", "content")).write().parquet(table.toString());
    Path out = dir.resolve("of broken");
    EmbedJob.Result result = run(new ImageSet.Table(table.toString(), "path", null, null), out);
    assertEquals(3, result.unreadable());
    assertEquals(37, ParquetRows.embeddings(out).size());
    List<String> names = List.copyOf(expected.keySet());
    assertEquals(
        Map.of(
            names.get(7), "no content",
            names.get(8), "no PNG, JPEG, GIF, BMP, TIFF or WebP",
            names.get(9), "no PNG, JPEG, GIF, BMP, TIFF or WebP"),
        ParquetRows.failures(out));
    assertEquals(3, spark.read().parquet(out.resolve("_unreadable").toString()).count());
    assertEquals(37, spark.read().parquet(out.toString()).count());

    Path alone = Files.createDirectories(dir.resolve("all broken"));
    Files.writeString(alone.resolve("a.png"), "x");
    assertRefused(
        "expected some that can be read, found none among 1",
        new ImageSet.Folder(alone.toString()),
        dir.resolve("of all broken"));
  }

  @Test
  void whatCannotBeEmbeddedIsRefused() throws IOException {
    Path out = dir.resolve("refused");
    ImageSet set = new ImageSet.Folder(images.toString());
    for (String none : List.of("nowhere", "images", "images/a#b?c=d&e.png")) {
      InvalidInputException refused =
          assertThrows(
              InvalidInputException.class,
              () ->
                  EmbedJob.run(
                      spark,
                      EmbedJobConfig.usual(dir.resolve(none).toString(), set, out.toString()),
                      QUIET));
      assertTrue(refused.getMessage().contains("expected a folder that export wrote"), none);
    }
    assertRefused(
        "expected a folder, found nothing",
        new ImageSet.Folder(dir.resolve("nowhere").toString()),
        out);
    Path empty = Files.createDirectories(dir.resolve("empty"));
    assertRefused(
        "images: expected PNG, JPEG, GIF, BMP, TIFF or WebP, found none",
        new ImageSet.Folder(empty.toString()),
        out);
    assertRefused("No FileSystem for scheme \"nosuch\"", new ImageSet.Folder("nosuch://x/y"), out);
    Path list = Files.writeString(dir.resolve("twice.txt"), "a.png\nb.png\na.png\n");
    assertRefused(
        "expected each once, found 'a.png' twice", new ImageSet.Listed(list.toString(), null), out);
    Files.writeString(list, "images/02/00009.png\ngone.png\n");
    assertRefused("gone.png", new ImageSet.Listed(list.toString(), null), dir.resolve("of gone"));
    assertFalse(Files.exists(out));
    Path foreign = Files.createDirectories(dir.resolve("foreign"));
    Files.writeString(foreign.resolve("part-00000.parquet"), "of somebody else");
    assertRefused("found part-00000.parquet in it, and no record of a job", set, foreign);
    Path file = Files.writeString(dir.resolve("file"), "");
    assertRefused("or that of the same job, found a file", set, file);
    assertThrows(
        InvalidInputException.class,
        () -> new EmbedJobConfig(model.toString(), set, "x", false, 5000, false));
  }

  @Test
  void everythingMayLieOnAnotherFileSystem() throws IOException {
    Folders.delete(dir.resolve("model"));
    Files.createDirectories(dir.resolve("model/assets.extra"));
    for (String name : List.of("saved_model.pb", "assets.extra/model-card.json")) {
      Files.copy(model.resolve(name), dir.resolve("model").resolve(name));
    }
    String far = "far://" + dir + "/";
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    Files.writeString(images.resolve("notes.txt"), "");
    EmbedJob.Result result =
        EmbedJob.run(
            spark,
            EmbedJobConfig.usual(
                far + "model", new ImageSet.Folder(far + "images"), far + "of far"),
            new PrintStream(said, true, StandardCharsets.UTF_8));
    assertEquals(IMAGES, result.images());
    assertTrue(said.toString(StandardCharsets.UTF_8).contains("1 .txt"), said.toString());
    assertEmbedded(dir.resolve("of far"));

    Files.write(dir.resolve("far list.txt"), expected.keySet());
    EmbedJob.run(
        spark,
        EmbedJobConfig.usual(
            far + "model",
            new ImageSet.Listed(far + "far list.txt", far + "images"),
            far + "of far list"),
        QUIET);
    assertEmbedded(dir.resolve("of far list"));
    contents("path", "content").write().parquet(far + "far table");
    EmbedJob.run(
        spark,
        EmbedJobConfig.usual(
            far + "model",
            new ImageSet.Table(far + "far table", "path", null, null),
            far + "of far table"),
        QUIET);
    assertEmbedded(dir.resolve("of far table"));
  }

  @Test
  void theColumnOfADataFrame() throws IOException {
    ImageEmbedding embedding = ImageEmbedding.of(spark, model.toString());
    assertEquals(24, embedding.dimension());
    List<Row> rows = new ArrayList<>();
    List<String> names = List.copyOf(expected.keySet()).subList(0, 50);
    for (String name : names) {
      rows.add(RowFactory.create(name, Files.readAllBytes(images.resolve(name))));
    }
    rows.add(RowFactory.create("null", null));
    rows.add(RowFactory.create("broken", new byte[] {1}));
    Dataset<Row> table = spark.createDataFrame(rows, schema("name", "bytes")).repartition(3);
    List<Dataset<Row>> both =
        List.of(
            embedding.embed(table, "bytes", "embedding"),
            table.withColumn("embedding", embedding.function().apply(functions.col("bytes"))));
    for (Dataset<Row> each : both) {
      assertEquals("array<float>", each.schema().apply("embedding").dataType().simpleString());
      List<Row> collected = each.select("name", "embedding").collectAsList();
      assertEquals(52, collected.size());
      for (Row row : collected) {
        float[] vector = row.isNullAt(1) ? null : vector(row.getList(1));
        assertArrayEquals(expected.get(row.getString(0)), vector, 1e-5f);
      }
    }
    for (String column : List.of("none", "name")) {
      assertThrows(
          InvalidInputException.class, () -> embedding.embed(table, column, "bytes"), column);
    }
    assertThrows(
        InvalidInputException.class, () -> embedding.embed(spark.range(3).toDF("n"), "n", "e"));
  }

  private static float[] vector(List<Float> values) {
    float[] vector = new float[values.size()];
    for (int i = 0; i < vector.length; i++) {
      vector[i] = values.get(i);
    }
    return vector;
  }

  @Test
  void batchesAreAsLargeAsMemoryAllows() {
    long gigabyte = 1L << 30;
    // 512 MB for batches of images that take 6 MB, by two tasks.
    assertEquals(42, BatchSize.of(1 << 20, 100, gigabyte, 8 * gigabyte, 2));
    assertEquals(85, BatchSize.of(1 << 20, 100, 2 * gigabyte, 8 * gigabyte, 2));
    assertEquals(1024, BatchSize.of(1 << 10, 100, gigabyte, 8 * gigabyte, 2));
    assertEquals(16, BatchSize.of(1 << 28, 100, gigabyte, 8 * gigabyte, 1));
    // Pixels on the heap: a sixteenth of a gigabyte.
    assertEquals(64, BatchSize.of(1 << 10, 1 << 20, gigabyte, gigabyte, 1));
    // The largest tensor of the small network: the first convolution, 28 x 28 by 32 of 4 bytes.
    assertEquals(28 * 28 * 32 * 4, BatchSize.largestTensor(ServedModel.read(model)));
  }

  @Test
  void progressSaysTheTimeThatIsLeft() {
    assertEquals(
        "embedded 5,000 of 10,000, 40/s, 2:05 left", Progress.line(1_000, 10_000, 4_000, 100));
  }

  private static Dataset<Row> contents(String path, String content) throws IOException {
    List<Row> rows = new ArrayList<>();
    for (String name : expected.keySet()) {
      rows.add(RowFactory.create(name, Files.readAllBytes(images.resolve(name))));
    }
    return spark.createDataFrame(rows, schema(path, content));
  }

  private static StructType schema(String path, String content) {
    return new StructType().add(path, DataTypes.StringType).add(content, DataTypes.BinaryType);
  }
}
