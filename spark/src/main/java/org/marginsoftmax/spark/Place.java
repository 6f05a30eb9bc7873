package org.marginsoftmax.spark;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.marginsoftmax.InvalidInputException;

/**
 * A file or folder: on a disk, which Java reads by itself, or on a file system that Hadoop reads.
 * Nothing in a path is an escape: a percent sign is one.
 *
 * @param path absolute if local, else with its scheme
 * @param local whether it is on a disk
 */
record Place(String path, boolean local) implements Serializable {
  private static final Pattern SCHEME =
      Pattern.compile("([A-Za-z][A-Za-z0-9+.-]*):/.*", Pattern.DOTALL);
  private static final int LARGEST_FILE = 1 << 30;

  /** The place that a path means. */
  static Place of(String given, Configuration hadoop) {
    Matcher scheme = SCHEME.matcher(given);
    if (scheme.matches()) {
      return scheme.group(1).equalsIgnoreCase("file")
          ? new Place(given.replaceFirst("^[^/]*/+", "/"), true)
          : new Place(given, false);
    }
    if ("file".equals(FileSystem.getDefaultUri(hadoop).getScheme())) {
      try {
        return new Place(
            java.nio.file.Path.of(given).toAbsolutePath().normalize().toString(), true);
      } catch (InvalidPathException e) {
        throw unwritable(given, e);
      }
    }
    return new Place(
        systemOf(given, new Path(given), hadoop).makeQualified(new Path(given)).toString(), false);
  }

  /** A name below this folder; a name that is a whole path stands for itself. */
  Place resolve(String name, Configuration hadoop) {
    return name.startsWith("/") || SCHEME.matcher(name).matches()
        ? of(name, hadoop)
        : new Place(path.endsWith("/") ? path + name : path + "/" + name, local);
  }

  Place parent() {
    return new Place(path.substring(0, Math.max(1, path.lastIndexOf('/'))), local);
  }

  java.nio.file.Path onDisk() {
    try {
      return java.nio.file.Path.of(path);
    } catch (InvalidPathException e) {
      throw unwritable(path, e);
    }
  }

  Path inHadoop() {
    return new Path(local ? "file:" + path : path);
  }

  /**
   * The file system that it is on.
   *
   * @throws InvalidInputException if there is none of its scheme
   */
  FileSystem system(Configuration hadoop) {
    return systemOf(path, inHadoop(), hadoop);
  }

  private static FileSystem systemOf(String given, Path path, Configuration hadoop) {
    try {
      return path.getFileSystem(hadoop);
    } catch (IOException e) {
      throw new InvalidInputException(
          "files: expected a file system that Spark is set up for, found %s of %s; write file:/... for a disk, or add its jars"
              .formatted(e.getMessage(), given),
          e);
    }
  }

  boolean isFolder(Configuration hadoop) {
    try {
      return local
          ? Files.isDirectory(onDisk())
          : system(hadoop).getFileStatus(inHadoop()).isDirectory();
    } catch (FileNotFoundException e) {
      return false;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  boolean exists(Configuration hadoop) {
    try {
      return local ? Files.exists(onDisk()) : system(hadoop).exists(inHadoop());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * The whole content of a file.
   *
   * @throws FileNotFoundException or {@link java.nio.file.NoSuchFileException} if it is not there
   */
  byte[] content(Configuration hadoop) throws IOException {
    if (local) {
      require(Files.size(onDisk()));
      return Files.readAllBytes(onDisk());
    }
    FileSystem system = system(hadoop);
    require(system.getFileStatus(inHadoop()).getLen());
    try (InputStream in = system.open(inHadoop())) {
      return in.readAllBytes();
    }
  }

  private static void require(long bytes) throws Unreadable {
    if (bytes > LARGEST_FILE) {
      throw new Unreadable("too large: %d bytes".formatted(bytes));
    }
  }

  private static InvalidInputException unwritable(String path, InvalidPathException e) {
    return new InvalidInputException(
        "files: expected a locale of UTF-8 for names beyond ASCII, found %s with %s; set LC_ALL=C.UTF-8 for the driver, and spark.executorEnv.LC_ALL"
            .formatted(System.getProperty("sun.jnu.encoding"), path),
        e);
  }

  /** What is wrong with one image, in a few words; the job goes on without it. */
  static final class Unreadable extends IOException {
    private static final long serialVersionUID = 1L;

    Unreadable(String why) {
      super(why);
    }
  }
}
