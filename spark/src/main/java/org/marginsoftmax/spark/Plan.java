package org.marginsoftmax.spark;

import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocatedFileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.hadoop.util.HadoopInputFile;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.BinaryType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.util.SerializableConfiguration;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.data.Sha256;
import org.marginsoftmax.image.Archives;
import org.marginsoftmax.image.ImageFile;
import org.marginsoftmax.image.ImageListing;
import org.marginsoftmax.image.PassedOver;
import org.marginsoftmax.source.NameLines;

/**
 * The images of a job, divided into parts. The same images give the same parts, whatever the
 * cluster.
 *
 * @param parts in order
 * @param imagesPerPart at most, unless a row group of the table has more
 * @param hash of the names of the images, or of the layout of their table
 */
record Plan(List<Part> parts, int imagesPerPart, String hash) {
  private static final int LEAST = 500;
  private static final int MOST = 10_000;
  private static final int USUAL_PARTS = 1_000;

  long images() {
    return parts.stream().mapToLong(Part::images).sum();
  }

  /**
   * Lists the images.
   *
   * @param imagesPerPart of the job that goes on; 0 for a new one
   * @param progress is told what is passed over
   * @throws InvalidInputException if there are none, or one is named twice
   */
  static Plan of(SparkSession spark, ImageSet images, int imagesPerPart, PrintStream progress) {
    Configuration hadoop = spark.sparkContext().hadoopConfiguration();
    try {
      if (images instanceof ImageSet.Folder set) {
        Place folder = Place.of(set.folder(), hadoop);
        if (!folder.isFolder(hadoop)) {
          throw new InvalidInputException(
              "images %s: expected a folder, found %s; check the path"
                  .formatted(set.folder(), folder.exists(hadoop) ? "a file" : "nothing"));
        }
        return ofNames(
            folder,
            folder.local() ? onDisk(folder, progress) : inHadoop(folder, hadoop, progress),
            imagesPerPart,
            set.folder());
      }
      if (images instanceof ImageSet.Listed set) {
        Place file = Place.of(set.file(), hadoop);
        Place root = set.root() == null ? file.parent() : Place.of(set.root(), hadoop);
        return ofNames(root, listed(file, set.file(), hadoop), imagesPerPart, set.file());
      }
      return ofTable(spark, (ImageSet.Table) images, imagesPerPart);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<String> onDisk(Place folder, PrintStream progress) {
    java.nio.file.Path root = folder.onDisk();
    ImageListing listing = ImageListing.of(root);
    listing.passedOver().tell(progress::println);
    return listing.images().stream()
        .map(file -> root.relativize(file).toString().replace(File.separatorChar, '/'))
        .toList();
  }

  /** By the rules of {@link ImageListing}. */
  private static List<String> inHadoop(Place folder, Configuration hadoop, PrintStream progress)
      throws IOException {
    FileSystem system = folder.system(hadoop);
    int below = system.makeQualified(folder.inHadoop()).toString().length() + 1;
    List<String> names = new ArrayList<>();
    PassedOver.Counter passedOver = new PassedOver.Counter();
    RemoteIterator<LocatedFileStatus> files = system.listFiles(folder.inHadoop(), true);
    while (files.hasNext()) {
      String name = files.next().getPath().toString().substring(below);
      java.nio.file.Path last = java.nio.file.Path.of(name.substring(name.lastIndexOf('/') + 1));
      boolean hidden = Arrays.stream(name.split("/")).anyMatch(ImageListing::isHidden);
      String why = hidden ? "hidden" : ImageListing.whyNot(last);
      if (why == null) {
        names.add(name);
      } else {
        passedOver.add(why, name);
      }
    }
    passedOver.counted().tell(progress::println);
    return names;
  }

  private static List<String> listed(Place file, String given, Configuration hadoop)
      throws IOException {
    if (file.isFolder(hadoop)) {
      throw new InvalidInputException(
          "list %s: expected a file, found a folder; name a file with one path per line, or give the folder as `images`"
              .formatted(given));
    }
    if (file.local()) {
      Archives.requireNone(file.onDisk());
      return NameLines.read(file.onDisk());
    }
    java.nio.file.Path copy = Files.createTempFile("margin-softmax-spark", ".txt");
    try {
      Files.write(copy, file.content(hadoop));
      return NameLines.read(copy);
    } finally {
      Files.delete(copy);
    }
  }

  private static Plan ofNames(Place root, List<String> names, int imagesPerPart, String where) {
    if (names.isEmpty()) {
      throw none(where, ImageFile.KINDS);
    }
    Set<String> seen = new HashSet<>();
    for (String name : names) {
      if (!seen.add(name)) {
        throw new InvalidInputException(
            "images: expected each once, found '%s' twice in %s; remove one"
                .formatted(name, where));
      }
    }
    List<String> sorted = new ArrayList<>(names);
    Collections.sort(sorted);
    int size = imagesPerPart > 0 ? imagesPerPart : usual(sorted.size());
    List<Part> parts = new ArrayList<>();
    for (int from = 0; from < sorted.size(); from += size) {
      parts.add(
          new Part.Files(
              parts.size(),
              root,
              List.copyOf(sorted.subList(from, Math.min(sorted.size(), from + size)))));
    }
    return new Plan(parts, size, Sha256.of(sorted));
  }

  /** About a thousand parts, so that little is lost with one, and no file is small. */
  private static int usual(long images) {
    return (int) Math.max(LEAST, Math.min(MOST, (images + USUAL_PARTS - 1) / USUAL_PARTS));
  }

  private static InvalidInputException none(String where, String expected) {
    return new InvalidInputException(
        "images: expected %s, found none in %s; name others".formatted(expected, where));
  }

  private static Plan ofTable(SparkSession spark, ImageSet.Table set, int imagesPerPart) {
    Configuration hadoop = spark.sparkContext().hadoopConfiguration();
    Place place = Place.of(set.table(), hadoop);
    if (!place.exists(hadoop)) {
      throw new InvalidInputException(
          "parquet %s: expected a Parquet file or a folder of them, found nothing; check the path"
              .formatted(set.table()));
    }
    Dataset<Row> table = opened(spark, place, set.table());
    require(table, set.pathColumn(), DataTypes.StringType, set.table());
    String content = set.contentColumn();
    if (content == null && isBinary(table, ImageSet.CONTENT)) {
      content = ImageSet.CONTENT;
    }
    if (content != null) {
      require(table, content, DataTypes.BinaryType, set.table());
      return ofContents(
          spark, table, new TableColumns(set.pathColumn(), content), imagesPerPart, set.table());
    }
    List<String> names = new ArrayList<>();
    Iterator<String> rows =
        table
            .select(table.col("`" + set.pathColumn() + "`"))
            .as(Encoders.STRING())
            .toLocalIterator();
    rows.forEachRemaining(names::add);
    if (names.contains(null)) {
      throw new InvalidInputException(
          "table: expected a path in every row, found null in %s; give each image one"
              .formatted(set.table()));
    }
    Place root = Place.of(set.root() == null ? "/" : set.root(), hadoop);
    return ofNames(root, names, imagesPerPart, set.table());
  }

  private static Dataset<Row> opened(SparkSession spark, Place place, String given) {
    try {
      return spark.read().parquet(escaped(place.inHadoop().toString()));
    } catch (Exception e) {
      // Spark declares none of what it throws here: files of other kinds, no files, no schema.
      throw new InvalidInputException(
          "parquet %s: expected a Parquet file or a folder of them, found %s; check the path"
              .formatted(given, String.valueOf(e.getMessage()).lines().findFirst().orElse("")),
          e);
    }
  }

  /** A path that Spark does not take for a pattern. */
  private static String escaped(String path) {
    return path.replaceAll("([\\\\{}\\[\\]*?])", "\\\\$1");
  }

  private static boolean isBinary(Dataset<Row> table, String column) {
    return Arrays.asList(table.columns()).contains(column)
        && table.schema().apply(column).dataType() instanceof BinaryType;
  }

  private static void require(Dataset<Row> table, String column, DataType type, String where) {
    boolean there = Arrays.asList(table.columns()).contains(column);
    if (!there || !table.schema().apply(column).dataType().equals(type)) {
      throw new InvalidInputException(
          "parquet %s: expected a column '%s' of %s, found %s; name it with `%s`"
              .formatted(
                  where,
                  column,
                  type instanceof StringType ? "strings" : "binaries",
                  there
                      ? "one of " + table.schema().apply(column).dataType().simpleString()
                      : "columns " + String.join(", ", table.columns()),
                  type instanceof StringType ? "path-column" : "content-column"));
    }
  }

  private static Plan ofContents(
      SparkSession spark,
      Dataset<Row> table,
      TableColumns columns,
      int imagesPerPart,
      String where) {
    List<String> files =
        Arrays.stream(table.inputFiles())
            .map(file -> new Path(URI.create(file)).toString())
            .sorted()
            .toList();
    SerializableConfiguration hadoop =
        new SerializableConfiguration(spark.sparkContext().hadoopConfiguration());
    List<long[][]> groups =
        new JavaSparkContext(spark.sparkContext())
            .parallelize(files, Math.max(1, Math.min(files.size(), USUAL_PARTS)))
            .map(file -> rowGroups(file, hadoop.value()))
            .collect();
    long images = groups.stream().flatMap(Arrays::stream).mapToLong(group -> group[2]).sum();
    if (images == 0) {
      throw none(where, "rows");
    }
    int size = imagesPerPart > 0 ? imagesPerPart : usual(images);
    List<Part> parts = new ArrayList<>();
    List<String> layout = new ArrayList<>();
    for (int i = 0; i < files.size(); i++) {
      layout.add(new Path(files.get(i)).getName() + Arrays.deepToString(groups.get(i)));
      addParts(parts, files.get(i), groups.get(i), size, columns);
    }
    return new Plan(parts, size, Sha256.of(layout));
  }

  /** Of each row group of a file: where it begins, where it ends, how many rows it has. */
  private static long[][] rowGroups(String file, Configuration hadoop) throws IOException {
    try (ParquetFileReader reader =
        ParquetFileReader.open(HadoopInputFile.fromPath(new Path(file), hadoop))) {
      List<BlockMetaData> blocks = reader.getFooter().getBlocks();
      return blocks.stream()
          .map(
              block ->
                  new long[] {
                    block.getStartingPos(),
                    block.getStartingPos() + block.getCompressedSize(),
                    block.getRowCount()
                  })
          .toArray(long[][]::new);
    }
  }

  /** Row groups that follow each other are one part while they are few. */
  private static void addParts(
      List<Part> parts, String file, long[][] groups, int size, TableColumns columns) {
    int first = 0;
    long rows = 0;
    for (int i = 0; i < groups.length; i++) {
      rows += groups[i][2];
      boolean last = i == groups.length - 1;
      if (rows > 0 && (last || rows + groups[i + 1][2] > size)) {
        parts.add(
            new Part.RowGroups(
                parts.size(),
                file,
                groups[first][0],
                groups[i][1],
                Math.toIntExact(rows),
                columns));
        first = i + 1;
        rows = 0;
      }
    }
  }
}
