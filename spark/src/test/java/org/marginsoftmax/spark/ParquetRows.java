package org.marginsoftmax.spark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.hadoop.ParquetReader;
import org.apache.parquet.hadoop.example.GroupReadSupport;

/** Reads the files of an output by Parquet's own reader, without Spark. */
final class ParquetRows {
  private ParquetRows() {}

  static List<Path> files(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> file.toString().endsWith(".parquet")).sorted().toList();
    }
  }

  /** Embeddings by path; a path that is twice is refused. */
  static Map<String, float[]> embeddings(Path folder) throws IOException {
    Map<String, float[]> rows = new TreeMap<>();
    for (Path file : files(folder)) {
      each(
          file,
          row -> {
            Group list = row.getGroup("embedding", 0);
            float[] vector = new float[list.getFieldRepetitionCount("list")];
            for (int i = 0; i < vector.length; i++) {
              vector[i] = list.getGroup("list", i).getFloat("element", 0);
            }
            if (rows.put(row.getString("path", 0), vector) != null) {
              throw new AssertionError("twice: " + row.getString("path", 0));
            }
          });
    }
    return rows;
  }

  /** Why images could not be read, by path. */
  static Map<String, String> failures(Path folder) throws IOException {
    Map<String, String> rows = new TreeMap<>();
    for (Path file : files(folder.resolve("_unreadable"))) {
      each(file, row -> rows.put(row.getString("path", 0), row.getString("failure", 0)));
    }
    return rows;
  }

  private interface Use {
    void row(Group row);
  }

  private static void each(Path file, Use use) throws IOException {
    try (ParquetReader<Group> reader =
        ParquetReader.builder(new GroupReadSupport(), new org.apache.hadoop.fs.Path("file:" + file))
            .withConf(Output.configuration(new Configuration()))
            .build()) {
      for (Group row = reader.read(); row != null; row = reader.read()) {
        use.row(row);
      }
    }
  }
}
