package org.marginsoftmax.spark;

import java.util.Objects;

/**
 * Which images to embed. Paths are as elsewhere in Spark: one without a scheme is on the default
 * file system of its configuration, {@code file:/...} is on a disk that every machine sees at the
 * same place.
 */
public sealed interface ImageSet {
  /** What the paths of a table are called unless told otherwise. */
  String PATH = "path";

  /** What the contents of files in a table are called unless told otherwise. */
  String CONTENT = "content";

  /**
   * All images below a folder, as {@code embed --data} lists those of a folder without classes.
   * They are named by their paths relative to it.
   *
   * @param folder its path
   */
  record Folder(String folder) implements ImageSet {
    /** Requires a folder. */
    public Folder {
      Objects.requireNonNull(folder);
    }
  }

  /**
   * The images that a file lists, one path per line, in UTF-8. They are named as they stand there.
   *
   * @param file its path
   * @param root folder that relative paths start from; null for that of the file
   */
  record Listed(String file, String root) implements ImageSet {
    /** Requires a file. */
    public Listed {
      Objects.requireNonNull(file);
    }
  }

  /**
   * The images of a Parquet table, named as its column of paths does. Either the paths are those of
   * files, or a second column has the contents of the files and the paths are mere names.
   *
   * @param table its path, a file or a folder of files
   * @param pathColumn a column of strings
   * @param contentColumn a column of binaries; null for {@code content} if there is one, else the
   *     files are read
   * @param root folder that relative paths of files start from; null if there are none
   */
  record Table(String table, String pathColumn, String contentColumn, String root)
      implements ImageSet {
    /** Requires a table and a column. */
    public Table {
      Objects.requireNonNull(table);
      Objects.requireNonNull(pathColumn);
    }
  }
}
