package org.marginsoftmax.spark;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.Serializable;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.util.HadoopInputFile;
import org.marginsoftmax.InvalidInputException;

/**
 * The folder of a job: a Parquet table with a file for each part, and beside it, under names that
 * readers of Parquet pass over, its record and what could not be read.
 *
 * <pre>
 * part-00017.parquet               path, embedding
 * _unreadable/part-00017.parquet   path, failure; there if the part has any
 * _job.json                        what the job is
 * _temporary/                      while it runs
 * _SUCCESS                         once it is whole
 * </pre>
 */
record Output(Place folder) implements Serializable {
  private static final String RECORD = "_job.json";
  private static final String SUCCESS = "_SUCCESS";
  private static final String TEMPORARY = "_temporary";
  private static final String UNREADABLE = "_unreadable";

  /** A configuration by which files on disks are renamed with nothing beside them. */
  static Configuration configuration(Configuration hadoop) {
    Configuration plain = new Configuration(hadoop);
    plain.set("fs.file.impl", "org.apache.hadoop.fs.RawLocalFileSystem");
    plain.setBoolean("fs.file.impl.disable.cache", true);
    return plain;
  }

  /**
   * Requires a folder that is new, empty or a job's, and creates it.
   *
   * @return the record of the job that it is of; null for a new one
   */
  JobRecord open(Configuration hadoop) throws IOException {
    FileSystem system = folder.system(hadoop);
    Path record = path(RECORD);
    try {
      FileStatus[] found = system.listStatus(folder.inHadoop());
      if (!system.getFileStatus(folder.inHadoop()).isDirectory()) {
        throw refused("a file");
      }
      if (system.exists(record)) {
        try (var in = system.open(record)) {
          return JobRecord.read(in.readAllBytes(), folder.path());
        }
      }
      if (found.length > 0) {
        throw refused(found[0].getPath().getName() + " in it, and no record of a job");
      }
    } catch (FileNotFoundException e) {
      // A new one.
    }
    return null;
  }

  /** Creates the folder with the record of a job. */
  void create(JobRecord job, Configuration hadoop) throws IOException {
    FileSystem system = folder.system(hadoop);
    Path record = path(RECORD);
    Path aside = path(TEMPORARY + "/" + RECORD);
    if (!system.mkdirs(aside.getParent())) {
      throw refused("no way to create it");
    }
    try (var out = system.create(aside, true)) {
      out.write(job.json());
    }
    if (!system.rename(aside, record)) {
      throw refused("no way to write its record");
    }
  }

  private InvalidInputException refused(String found) {
    return new InvalidInputException(
        "out %s: expected a new or an empty folder, or that of the same job, found %s; choose another"
            .formatted(folder.path(), found));
  }

  /** Numbers of the parts that are done. */
  Set<Integer> done(Configuration hadoop) throws IOException {
    Set<Integer> numbers = new TreeSet<>();
    for (FileStatus file : folder.system(hadoop).listStatus(folder.inHadoop())) {
      String name = file.getPath().getName();
      if (name.matches("part-\\d{5,9}\\.parquet")) {
        numbers.add(Integer.parseInt(name.replaceAll("\\D", "")));
      }
    }
    return numbers;
  }

  boolean isDone(Part part, Configuration hadoop) throws IOException {
    return folder.system(hadoop).exists(path(name(part)));
  }

  PartFile embeddings(Part part, Configuration hadoop) throws IOException {
    return PartFile.ofEmbeddings(path(name(part)), path(TEMPORARY), hadoop);
  }

  PartFile failures(Part part, Configuration hadoop) throws IOException {
    folder.system(hadoop).mkdirs(path(UNREADABLE));
    return PartFile.ofFailures(path(UNREADABLE + "/" + name(part)), path(TEMPORARY), hadoop);
  }

  /** How many images could not be read, in all parts that are done. */
  long unreadable(Configuration hadoop) throws IOException {
    long rows = 0;
    try {
      for (FileStatus file : folder.system(hadoop).listStatus(path(UNREADABLE))) {
        try (ParquetFileReader reader =
            ParquetFileReader.open(HadoopInputFile.fromStatus(file, hadoop))) {
          rows += reader.getRecordCount();
        }
      }
    } catch (FileNotFoundException e) {
      // There are none.
    }
    return rows;
  }

  /** Marks the output as whole, and removes what interrupted tasks left. */
  void finish(Configuration hadoop) throws IOException {
    FileSystem system = folder.system(hadoop);
    system.delete(path(TEMPORARY), true);
    system.create(path(SUCCESS), true).close();
  }

  String unreadableFolder() {
    return folder.path() + "/" + UNREADABLE;
  }

  private static String name(Part part) {
    return String.format(Locale.ROOT, "part-%05d.parquet", part.number());
  }

  private Path path(String name) {
    return new Path(folder.inHadoop(), name);
  }
}
